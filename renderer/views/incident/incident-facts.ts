import type { Window } from '#shared/model/evidence.ts';
import type { Incident, LoopStep } from '#shared/model/incident.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import { SIGNALS } from '#shared/model/signal.ts';

const MINUTE_MS = 60_000;

/** The operation the screen is about: the newest one that was not itself taken back. */
export function currentRollback(incident: Incident): Rollback | null {
  const undone = new Set(incident.rollbacks.map((rollback) => rollback.undoes).filter((id) => id !== null));
  const standing = incident.rollbacks.filter(
    (rollback) => !undone.has(rollback.operationId) || !isInEffect(rollback),
  );
  return standing.toSorted((a, b) => b.pressedAtMs - a.pressedAtMs)[0] ?? null;
}

/** The provider was read back and shows what was asked for. */
export function isInEffect(rollback: Rollback): boolean {
  return rollback.state === 'in-effect' || rollback.state === 'seen-in-traffic';
}

/** Still on its way: nobody may call it done or failed. */
export function isUnderWay(rollback: Rollback): boolean {
  switch (rollback.state) {
    case 'armed':
    case 'intent-recorded':
    case 'sent':
    case 'accepted':
    case 'unknown':
    case 'reading-back':
      return true;
    case 'refused':
    case 'in-effect':
    case 'not-in-effect':
    case 'changed-by-other':
    case 'seen-in-traffic':
      return false;
  }
}

/** When the flip took effect (read back), in ms; null before. */
export function flippedAtMs(incident: Incident): number | null {
  const rollback = currentRollback(incident);
  if (!rollback || rollback.undoes !== null || !isInEffect(rollback)) return null;
  return rollback.lamps.readBack.atMs ?? rollback.settledAtMs ?? rollback.pressedAtMs;
}

/** The window the incident is drawn over: from a little before the bad version shipped to the newest data (or the end). At most three hours. */
export function incidentWindow(incident: Incident, dataUpToMs: number | null): Window {
  const endMs = incident.closedAtMs ?? dataUpToMs ?? incident.declaredAtMs;
  const beganMs = Math.min(
    incident.shippedAtMs ?? incident.declaredAtMs,
    incident.declaredAtMs - 12 * MINUTE_MS,
  );
  const fromMs = Math.max(beganMs - 3 * MINUTE_MS, endMs - 180 * MINUTE_MS);
  // Whole ten-second buckets, so that a request repeats exactly while nothing new has come in.
  return {
    fromMs: Math.floor(fromMs / 10_000) * 10_000,
    toMs: Math.max(Math.ceil(endMs / 10_000) * 10_000, fromMs + MINUTE_MS),
  };
}

/** The clock in the header: time to rollback from the alarm until the flip, then time since the flip. */
export function headlineClock(
  incident: Incident,
  nowMs: number,
): { label: string; elapsedMs: number; targetMs: number; isOver: boolean } {
  const flipped = flippedAtMs(incident);
  const endMs = flipped ?? incident.closedAtMs ?? nowMs;
  const elapsedMs = Math.max(0, endMs - incident.declaredAtMs);
  const targetMs = 5 * MINUTE_MS;
  return {
    label: flipped === null ? 'to roll back' : 'alarm to flag flipped',
    elapsedMs,
    targetMs,
    isOver: elapsedMs > targetMs,
  };
}

/** m:ss, or h:mm:ss from one hour on. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const pad = (value: number) => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

/** A target in words as short as the rail allows: 5:00, 30:00, 24 h. */
export function targetLabel(targetMs: number): string {
  return targetMs >= 2 * 3600_000 ? `${Math.round(targetMs / 3600_000)} h` : duration(targetMs);
}

/** How long a step has taken so far. */
export function stepElapsedMs(step: LoopStep, nowMs: number): number | null {
  if (step.startedAtMs === null) return null;
  return Math.max(0, (step.doneAtMs ?? nowMs) - step.startedAtMs);
}

/** A signal's value in its own unit and precision, or a dash: unknown is never zero. */
export function signalValue(comparison: Pick<SignalComparison, 'signal'>, value: number | null): string {
  if (value === null) return '–';
  const { unit } = SIGNALS[comparison.signal];
  return unit === '%' ? `${value.toFixed(2)} %` : value.toFixed(1);
}

/** Signed difference with a real minus sign. */
export function signedDifference(comparison: SignalComparison): string {
  if (comparison.difference === null) return '';
  const digits = SIGNALS[comparison.signal].unit === '%' ? 2 : 1;
  const text = Math.abs(comparison.difference).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${comparison.difference > 0 ? '+' : '\u2212'}${text}`;
}

/** What a command says of the incident that its sender looks at: somebody else's change that is not on screen yet is not overwritten. */
export function seen({ id, revision }: Incident): { incidentId: string; revisionShown?: string } {
  return revision === '' ? { incidentId: id } : { incidentId: id, revisionShown: revision };
}
