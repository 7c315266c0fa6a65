import type { Incident } from '#shared/model/incident.ts';
import type { Wave2 } from '#shared/model/wave2.ts';
import {
  EVIDENCE_LINE,
  recoveryEvidence,
  type Counts,
  type RecoveryEvidence,
} from '../verification/recovery-evidence.ts';
import { progressOf } from './playbooks.ts';

/** Where an incident stands with its second wave. `suspected`: the checks say so, and nobody has opened it (again). */
export type Wave2Phase = 'none' | 'suspected' | 'open' | 'ended';

export function wave2Phase({ wave2, verification }: Pick<Incident, 'wave2' | 'verification'>): Wave2Phase {
  const life = wave2?.life ?? null;
  if (life !== null && life.end === null) return 'open';
  if (verification?.wave2.suspected && life?.end?.how !== 'person') return 'suspected';
  return life === null ? 'none' : 'ended';
}

/** A new second wave, or the one that was over and came back: its checklists and whom one has told stay as they are. */
export function openWave2(
  before: Wave2 | null,
  opening: Pick<Wave2['life'], 'openedAtMs' | 'openedBy' | 'openedHow' | 'reason' | 'errorsSeenAtMs'>,
): Wave2 {
  if (before === null) {
    return {
      life: { ...opening, end: null, revision: 1, earlier: [] },
      playbooks: {},
      steps: {},
      tenants: {},
    };
  }
  const { revision, earlier, ...period } = before.life;
  return {
    ...before,
    life: { ...opening, end: null, revision: revision + 1, earlier: [...earlier, period] },
  };
}

/** What the checks say about a second wave: opens it, marks that errors were seen, or leaves it. Null = as it is. */
export function noticeErrors(
  before: Wave2 | null,
  suspicion: { readonly suspected: boolean; readonly sentence: string },
  nowMs: number,
  tool: string,
): { readonly wave2: Wave2; readonly isOpened: boolean } | null {
  if (!suspicion.suspected) return null;
  const isOver = before !== null && before.life.end !== null;
  // Somebody said that it is over: the checks do not argue with that.
  if (isOver && before.life.end?.how === 'person') return null;
  if (before === null || isOver) {
    const wave2 = openWave2(before, {
      openedAtMs: nowMs,
      openedBy: tool,
      openedHow: 'verification',
      reason: suspicion.sentence,
      // That is what the check has counted from: it goes on counting.
      errorsSeenAtMs: before?.life.end?.backSinceMs ?? nowMs,
    });
    return { wave2, isOpened: true };
  }
  if (before.life.errorsSeenAtMs !== null) return null;
  return { wave2: { ...before, life: { ...before.life, errorsSeenAtMs: nowMs } }, isOpened: false };
}

/** How far back one looks for "the errors are back at baseline": the shortest stretch that proves it counts. */
export const BACK_SPANS_MS = [5 * 60_000, 15 * 60_000, 3_600_000, 4 * 3_600_000] as const;
/** Four stretches, each with a chance of its own to be wrong. */
export const BACK_LINE = EVIDENCE_LINE * BACK_SPANS_MS.length;

/**
 * Where the stretches to look at now begin. Of an open wave whose errors were seen: none before it began, to find its end. Of one that
 * ended at baseline: none before its end, to find it back. What a person ended, or opened without any error seen, is theirs.
 */
export function stretchesOf({ life }: Wave2, earliestMs: number, nowMs: number): number[] {
  if (life.end === null ? life.errorsSeenAtMs === null : life.end.how === 'person') return [];
  const fromMs = Math.max(earliestMs, life.end?.atMs ?? life.openedAtMs);
  return BACK_SPANS_MS.map((spanMs) => nowMs - spanMs).filter((startMs) => startMs >= fromMs);
}

export type Stretch = Counts & { readonly fromMs: number };
type Reference = { readonly baseline: Counts; readonly incident: Counts };

/**
 * The stretch that proves the errors to be back at baseline: the same test as the check after a flip, over what began in it. Null = none
 * does. A rise that nobody could measure before the flip is nothing to come back from.
 */
export function backSince(
  reference: Reference,
  stretches: readonly Stretch[],
): { readonly stretch: Stretch; readonly baseline01: number } | null {
  return shortest(reference, stretches, ({ recovered }) => recovered >= BACK_LINE);
}

/** The stretch that proves the errors to be there once more. */
export function againSince(
  reference: Reference,
  stretches: readonly Stretch[],
): { readonly stretch: Stretch; readonly baseline01: number } | null {
  return shortest(reference, stretches, ({ notRecovered }) => notRecovered >= BACK_LINE);
}

function shortest(
  { baseline, incident }: Reference,
  stretches: readonly Stretch[],
  isProof: (evidence: RecoveryEvidence) => boolean,
) {
  for (const stretch of stretches.toSorted((a, b) => b.fromMs - a.fromMs)) {
    const evidence = recoveryEvidence(baseline, incident, stretch);
    if (isProof(evidence)) return { stretch, baseline01: evidence.baseline01 };
  }
  return null;
}

/**
 * From when on the downstream check counts: what a second wave did is not counted against the recovery after it, nor the calm before one
 * that came back against that. Null = from the drain.
 */
export function countsFromMs(wave2: Wave2 | null): number | null {
  if (wave2 === null) return null;
  const { life } = wave2;
  const known = [
    ...[...life.earlier, life].map(({ end }) => (end?.how === 'baseline' ? end.backSinceMs : null)),
    life.earlier.length > 0 && life.end === null ? life.errorsSeenAtMs : null,
  ].filter((atMs) => atMs !== null);
  return known.length === 0 ? null : Math.max(...known);
}

type Found = { readonly stretch: Stretch; readonly baseline01: number };

/** The errors are back at baseline: the clock stops, what is left of the repair is still owed. */
export function endAtBaseline(before: Wave2, found: Found, nowMs: number, tool: string): Wave2 {
  const reason = `${countWords(found, nowMs)}: back at the baseline of ${percent(found.baseline01)}.`;
  const end = {
    how: 'baseline' as const,
    atMs: nowMs,
    by: tool,
    reason,
    backSinceMs: found.stretch.fromMs,
  };
  return { ...before, life: { ...before.life, revision: before.life.revision + 1, end } };
}

/** It was over, and the errors are there once more. */
export function openAgain(before: Wave2, found: Found, nowMs: number, tool: string): Wave2 {
  return openWave2(before, {
    openedAtMs: nowMs,
    openedBy: tool,
    openedHow: 'verification',
    reason: `${countWords(found, nowMs)}, against a baseline of ${percent(found.baseline01)}: downstream errors are there once more.`,
    errorsSeenAtMs: found.stretch.fromMs,
  });
}

function countWords({ stretch }: Found, nowMs: number): string {
  const minutes = Math.round((nowMs - stretch.fromMs) / 60_000);
  return `${Math.round(stretch.events)} downstream errors in ${Math.round(stretch.conversations)} conversations of the last ${minutes} min`;
}

function percent(share01: number): string {
  return `${Math.round(share01 * 1_000) / 10} %`;
}

/** What still blocks closing the incident, in words; null = nothing. */
export function wave2Blocker(wave2: Wave2 | null): string | null {
  if (wave2 === null || wave2.life.end?.how === 'person') return null;
  const { total, finished, next } = progressOf(wave2);
  const isOpen = wave2.life.end === null;
  if (total === 0) {
    return isOpen
      ? 'Wave 2 is open and no repair playbook is chosen: choose one, or end wave 2 with a reason.'
      : null;
  }
  if (finished === total) return null;
  const steps = `${total - finished} of ${total} repair steps ${total - finished === 1 ? 'is' : 'are'} not finished (next: ${next?.title.toLowerCase() ?? ''})`;
  return `Wave 2 ${isOpen ? 'is open' : 'left work behind'}: ${steps}. Finish them, or say why one is not needed.`;
}
