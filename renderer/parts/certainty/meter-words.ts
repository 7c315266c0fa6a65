import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import type { MeterReading, StreamId } from '#shared/model/detection.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import { STREAM_TITLES, times } from './evidence-words.ts';
import { roughMinutes } from './standing.ts';

const SHORT_TITLES: Record<StreamId, string> = {
  complaints: 'complaints',
  csat: 'csat',
  safety: 'safety',
  downstream: 'errors',
  fallback: 'fallbacks',
  escalation: 'escalations',
  correction: 'corrections',
};
const SOON_MS = 3 * 3600_000;

/** The meter of a prompt in two short lines and in sentences; null where nothing is known. */
export type MeterSummary = {
  readonly rise: string;
  readonly blind: string;
  readonly isBlind: boolean;
  readonly sentences: string;
};

/** How soon a fourfold rise would page, and for what the prompt is still blind. Pooled cohorts, the four signals. */
export function meterSummary(meter: readonly MeterReading[], nowMs: number): MeterSummary | null {
  const pooled = SIGNAL_IDS.flatMap((signal) =>
    meter.filter((reading) => reading.signal === signal && reading.cohort === 'all'),
  );
  if (pooled.length === 0) return null;
  const quickest = pooled
    .filter((reading) => reading.signal !== 'csat' && reading.minutesTo4x !== null)
    .toSorted((a, b) => (a.minutesTo4x ?? 0) - (b.minutesTo4x ?? 0));
  const rise =
    pooled.find((each) => each.signal === 'complaints' && each.minutesTo4x !== null) ?? quickest[0];
  const blind = pooled
    .filter((reading) => reading.blindUntilMs !== null && reading.blindUntilMs > nowMs)
    .toSorted((a, b) => (b.blindUntilMs ?? 0) - (a.blindUntilMs ?? 0));
  const untold = pooled.find((reading) => reading.unknownBecause !== null);
  const last = blind[0];
  return {
    rise:
      rise === undefined || rise.minutesTo4x === null
        ? '4x: cannot say'
        : `4x in ~${roughMinutes(rise.minutesTo4x)}`,
    blind: last === undefined ? 'not blind' : blindShort(last, blind.length, nowMs),
    isBlind: last !== undefined,
    sentences: [
      rise === undefined || rise.minutesTo4x === null
        ? `How soon a regression would show cannot be said: ${untold?.unknownBecause ?? 'no traffic to reckon with'}.`
        : `A 4x rise in ${STREAM_TITLES[rise.signal]} would page in about ${roughMinutes(rise.minutesTo4x)}.`,
      last === undefined
        ? null
        : `Blind for ${blind.map((each) => STREAM_TITLES[each.signal]).join(', ')} until ${untilWords(last.blindUntilMs ?? nowMs, nowMs)}${blind.length > 1 ? ' at the latest' : ''}.`,
    ]
      .filter((part) => part !== null)
      .join(' '),
  };
}

function blindShort(last: MeterReading, amount: number, nowMs: number): string {
  const until = last.blindUntilMs ?? nowMs;
  const what = amount > 1 ? `${amount} blind` : `blind: ${SHORT_TITLES[last.signal]}`;
  if (until - nowMs <= SOON_MS) return `${what} to ${clockLabel(until)}`;
  return `${what}, ${roughMinutes((until - nowMs) / 60_000)}`;
}

/** "about 14:40"; further off how long it still takes, which no one should have to reckon at night. */
export function untilWords(atMs: number, nowMs: number): string {
  return `about ${untilText(atMs, nowMs)}`;
}

/** The same where a column has no room for words: "~14:40". */
export function untilShort(atMs: number, nowMs: number): string {
  return `~${untilText(atMs, nowMs)}`;
}

function untilText(atMs: number, nowMs: number): string {
  if (atMs - nowMs <= SOON_MS) return clockLabel(atMs);
  return `${roughMinutes((atMs - nowMs) / 60_000)} from now`;
}

/** The smallest change that would show: "2.4x", csat "3.1 points"; "none" where none would. */
export function smallestWords(reading: MeterReading, smallest: number | null): string {
  if (reading.unknownBecause !== null) return '–';
  if (smallest === null) return 'none would';
  return reading.signal === 'csat' ? `${smallest.toFixed(1)} points` : times(smallest);
}

/** Minutes to a page: "9 min"; a dash where it cannot be said. */
export function minutesWords(reading: MeterReading, minutes: number | null): string {
  if (reading.unknownBecause !== null) return '–';
  return minutes === null ? 'never' : roughMinutes(minutes);
}
