import { assertNever } from '#shared/lib/assert-never.ts';
import { type ArmReading, SIGNAL_IDS, type SignalId } from '#shared/model/signal.ts';
import type { StoreRow } from './store.ts';

/** Columns that count conversations and what they showed; addRow reads them. */
export const READINGS = `count(*)::DOUBLE AS conversations, count(*) FILTER (complaint)::DOUBLE AS complaints,
  count(*) FILTER (safety)::DOUBLE AS safety, count(*) FILTER (downstream)::DOUBLE AS downstream,
  count(csat)::DOUBLE AS ratings, coalesce(sum(csat), 0)::DOUBLE AS csat_sum, coalesce(sum(csat * csat), 0)::DOUBLE AS csat_squares`;

export type Tally = {
  conversations: number;
  complaints: number;
  safety: number;
  downstream: number;
  ratings: number;
  csat_sum: number;
  csat_squares: number;
};

const TALLY_KEYS = [
  'conversations',
  'complaints',
  'safety',
  'downstream',
  'ratings',
  'csat_sum',
  'csat_squares',
] as const;

export function emptyTally(): Tally {
  return {
    conversations: 0,
    complaints: 0,
    safety: 0,
    downstream: 0,
    ratings: 0,
    csat_sum: 0,
    csat_squares: 0,
  };
}

export function addRow(tally: Tally, row: StoreRow): void {
  for (const key of TALLY_KEYS) tally[key] += Number(row[key]);
}

function readingOf(signal: SignalId, tally: Tally): ArmReading {
  switch (signal) {
    case 'csat':
      return { kind: 'mean', ratings: tally.ratings, sum: tally.csat_sum, sumSquares: tally.csat_squares };
    case 'complaints':
      return { kind: 'rate', conversations: tally.conversations, events: tally.complaints };
    case 'safety':
      return { kind: 'rate', conversations: tally.conversations, events: tally.safety };
    case 'downstream':
      return { kind: 'rate', conversations: tally.conversations, events: tally.downstream };
    default:
      return assertNever(signal);
  }
}

export function readingsOf(tally: Tally): Record<SignalId, ArmReading> {
  return Object.fromEntries(SIGNAL_IDS.map((signal) => [signal, readingOf(signal, tally)])) as Record<
    SignalId,
    ArmReading
  >;
}
