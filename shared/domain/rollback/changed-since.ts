import type { LeverState } from '#shared/model/prompt.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import { isInEffect } from './machine.ts';

/**
 * The lever as read after the flip was read back, when it no longer serves the good version alone: somebody has changed it since.
 * Null while the flip stands, and where the rules say nothing about shares.
 */
export function changedSince(rollback: Rollback | null, lever: LeverState | null): LeverState | null {
  if (rollback === null || lever === null || rollback.undoes !== null || !isInEffect(rollback.state))
    return null;
  const isToOneVersion =
    rollback.operation.kind === 'serve-control' || rollback.operation.kind === 'point-label';
  const isSameLever = lever.source === rollback.source && lever.key === rollback.key;
  const readBackAtMs = rollback.lamps.readBack.atMs ?? rollback.settledAtMs;
  if (!isToOneVersion || !isSameLever || readBackAtMs === null || lever.readAtMs <= readBackAtMs) return null;
  if (lever.intended.length === 0) return null;
  const good = lever.intended.find((share) => share.version === rollback.toVersion);
  return good === undefined || good.share01 < 1 ? lever : null;
}
