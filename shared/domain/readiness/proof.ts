import { spanWords } from '#shared/domain/history/words.ts';
import type { DrillReport } from '#shared/model/drill.ts';
import type { KillswitchProof, LastPractice } from '#shared/model/prompt.ts';
import type { Rollback } from '#shared/model/rollback.ts';

/** Proof and practice older than this are overdue: levers, permissions, workers and people change within a quarter. */
export const PROOF_MAX_AGE_MS = 90 * 24 * 3_600_000;
/** A killswitch that took longer from press to seen in traffic is proven, and slow. */
export const SLOW_KILLSWITCH_MS = 60_000;

/** What a rollback proves of its prompt's killswitch; null = nothing: an undo, a change of share, or never seen in traffic. */
export function killswitchProofOf(rollback: Rollback): KillswitchProof | null {
  const { operation, undoes, state, lamps, operationId, incidentId, lever, actor, pressedAtMs } = rollback;
  const isKillswitch = operation.kind === 'serve-control' || operation.kind === 'point-label';
  if (!isKillswitch || undoes !== null || state !== 'seen-in-traffic') return null;
  if (lamps.readBack.state !== 'yes' || lamps.inTraffic.state !== 'yes') return null;
  const tookMs = lamps.inTraffic.afterMs;
  return { operationId, incidentId, lever, by: actor, atMs: pressedAtMs, tookMs };
}

/** What a drill's report says of the prompt that was cast in it; null = nothing: it was aborted. */
export function practiceOf(report: DrillReport): LastPractice | null {
  if (report.outcome !== 'finished') return null;
  const by = report.participants.length > 0 ? [...report.participants] : [report.facilitator];
  return { drillId: report.drillId, title: report.title, by, atMs: report.endedAtMs };
}

/** Never, or too long ago. */
export function isOverdue(last: { readonly atMs: number } | null, nowMs: number): boolean {
  return last === null || nowMs - last.atMs > PROOF_MAX_AGE_MS;
}

export function isSlow(proof: KillswitchProof | null): boolean {
  return (proof?.tookMs ?? 0) > SLOW_KILLSWITCH_MS;
}

const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);

/** "killswitch last proven 2026-05-08 by ana: 48 s from press to seen in traffic" */
export function provenWords(proof: KillswitchProof | null): string {
  if (proof === null) return 'killswitch never proven by a real flip';
  const took = proof.tookMs === null ? '' : `: ${spanWords(proof.tookMs)} from press to seen in traffic`;
  return `killswitch last proven ${day(proof.atMs)} by ${proof.by}${took}`;
}

/** "last practised 2026-05-08 (The shorter greeting) by ana, ben" */
export function practisedWords(practice: LastPractice | null): string {
  if (practice === null) return 'never practised in a drill';
  return `last practised ${day(practice.atMs)} (${practice.title}) by ${practice.by.join(', ')}`;
}
