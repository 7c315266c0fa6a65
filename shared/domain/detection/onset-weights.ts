import { TICK_MS } from './kind.ts';
import { PERIOD_MS } from './lines.ts';

/** What of the stake is laid at launch; on later starts, spread log-uniformly; and where that spread begins. */
export const LAUNCH = 0.5;
export const LATER = 0.3;
export const TAU_TICKS = 60;
const CHANGES = 0.2;
export const PERIOD_TICKS = PERIOD_MS / TICK_MS;

/**
 * Share of the stake laid by age `ageTicks` (0 = the first tick) on "the regression began by now": half at launch, 0.2/2^n at the n-th known
 * change, and 0.3 spread log-uniformly over later moments. The rest is still in hand; all of it together is never more than 1.
 */
export function laidByAge(ageTicks: number, changeAges: readonly number[]): number {
  let laid = LAUNCH;
  let share = CHANGES;
  for (const change of changeAges) {
    share /= 2;
    if (change <= ageTicks) laid += share;
  }
  const age = Math.min(Math.max(0, ageTicks), PERIOD_TICKS - 1);
  return laid + (LATER * Math.log(1 + (age + 1) / TAU_TICKS)) / Math.log(1 + PERIOD_TICKS / TAU_TICKS);
}
