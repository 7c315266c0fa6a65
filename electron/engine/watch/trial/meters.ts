import { isCanary } from '#shared/domain/detection/lines.ts';
import { meterAdvice } from '#shared/domain/detection/meter-advice.ts';
import { baselineRate01, meterReading } from '#shared/domain/detection/meter.ts';
import type { MeterInput } from '#shared/domain/detection/meter.ts';
import { varianceOf } from '#shared/domain/detection/scores.ts';
import type { EvidenceReading, MeterAdvice, MeterReading } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { VersionCounts } from '#engine/telemetry/kind.ts';
import type { Totals } from './totals.ts';
import type { Trial } from './trial.ts';

/** Present traffic is that of this long, ... */
const PRESENT_MS = 15 * 60_000;
/** ... or since the share last changed and the change had this long to reach every worker, but at least ... */
const REACHED_MS = 60_000;
/** ... this long, so that it rests on something. */
const LEAST_MS = 2 * 60_000;

/** A forecast over minutes is worked out again after this long, or when something about the trial has changed: it is the dearest part of a look. */
const EVERY_MS = 20_000;
const kept = new WeakMap<
  Trial,
  { readonly key: string; readonly atMs: number; readonly answer: ReturnType<typeof metersOf> }
>();

/** The time over which traffic and split count as present. */
export function presentWindow(trial: Trial, nowMs: number): Window {
  const changedMs = trial.shares().length > 1 ? (trial.shares().at(-1)?.atMs ?? 0) : 0;
  const fromMs = Math.max(nowMs - PRESENT_MS, trial.settings.startedAtMs, changedMs + REACHED_MS);
  return { fromMs: Math.min(fromMs, nowMs - LEAST_MS), toMs: nowMs };
}

/**
 * What could be seen in every stream at present traffic and split, and what would let the cockpit see sooner. `present`: conversations of the
 * present window; null = not known.
 */
export function metersOf(input: {
  readonly trial: Trial;
  readonly readings: readonly EvidenceReading[];
  readonly present: { readonly counts: readonly VersionCounts[]; readonly window: Window } | null;
  readonly totals: Totals;
  readonly nowMs: number;
}): { meter: MeterReading[]; advice: MeterAdvice[] } {
  const about = input.readings
    .map(({ signal, cohort, isFrozen }) => `${signal}/${cohort}/${isFrozen}`)
    .join();
  const key = `${about} ${input.trial.shares().length} ${input.present === null}`;
  const known = kept.get(input.trial);
  const ageMs = input.nowMs - (known?.atMs ?? 0);
  if (known?.key === key && ageMs >= 0 && ageMs < EVERY_MS) return known.answer;
  const answer = metersNow(input);
  kept.set(input.trial, { key, atMs: input.nowMs, answer });
  return answer;
}

function metersNow(input: Parameters<typeof metersOf>[0]): ReturnType<typeof metersOf> {
  const inputs = input.readings.map((reading) => meterInput(input, reading));
  const main = inputs.find(({ signal, cohort }) => signal === 'complaints' && cohort === 'all');
  const cohorts = inputs.filter(({ signal, cohort }) => signal === 'complaints' && cohort !== 'all');
  return { meter: inputs.map(meterReading), advice: main ? meterAdvice(main, cohorts) : [] };
}

function meterInput(
  { trial, present, totals, nowMs }: Parameters<typeof metersOf>[0],
  reading: EvidenceReading,
): MeterInput {
  const { signal, cohort } = reading;
  const { candidate, startedAtMs, history } = trial.settings;
  // A signal of a metrics source has conversations of its own.
  const units = trial.totals(signal) ?? totals;
  const rows = present?.counts.filter((row) => cohort === 'all' || row.cohort === cohort) ?? [];
  const all = rows.reduce((sum, { conversations }) => sum + conversations, 0);
  const mine = rows.reduce((sum, row) => (row.version === candidate ? sum + row.conversations : sum), 0);
  const hours = present ? (present.window.toMs - present.window.fromMs) / 3_600_000 : 0;
  return {
    signal,
    cohort,
    basis: reading.basis,
    line: isCanary(signal) ? reading.watchLine : reading.pageLine,
    evidence: reading.evidence,
    nowMs,
    launchedAtMs: startedAtMs,
    // A flag at 0 % is believed at once: the last conversations before it would promise an answer in days.
    candidateShare01: trial.shares().at(-1)?.share01 === 0 ? 0 : all > 0 ? mine / all : null,
    conversationsPerHour: present && hours > 0 ? all / hours : null,
    candidateConversations: units.conversations('candidate', cohort),
    baseline01: signal === 'csat' ? null : baselineRate01(reading.control, history[signal] ?? null),
    scores: signal === 'csat' ? scoresOf(trial, totals, cohort) : null,
    isFrozen: reading.isFrozen,
  };
}

/** How scores scatter and how often they are given, on the control where it has any. */
function scoresOf(trial: Trial, totals: Totals, cohort: string): MeterInput['scores'] {
  for (const arm of ['control', 'candidate'] as const) {
    const ratings = trial.ratings(arm, cohort);
    const variance = varianceOf(ratings);
    const conversations = totals.conversations(arm, cohort);
    if (variance !== null && variance > 0 && conversations > 0) {
      return { sdPoints: Math.sqrt(variance), response01: Math.min(1, ratings.ratings / conversations) };
    }
  }
  return null;
}
