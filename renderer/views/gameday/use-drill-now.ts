import { useEffect, useState } from 'react';
import type { DrillState } from '#shared/model/drill.ts';

const TICK_MS = 500;

/** The drill's clock, moving at its speed between two messages; simulated, epoch ms. */
export function useDrillNow({ nowMs, speed }: Pick<DrillState, 'nowMs' | 'speed'>): number {
  const [shown, setShown] = useState({ nowMs, speed, ahead: 0 });
  const isSame = shown.nowMs === nowMs && shown.speed === speed;
  useEffect(() => {
    const sinceMs = performance.now();
    if (speed === 0) return undefined;
    const timer = setInterval(
      () => setShown({ nowMs, speed, ahead: (performance.now() - sinceMs) * speed }),
      TICK_MS,
    );
    return () => clearInterval(timer);
  }, [nowMs, speed]);
  return isSame ? nowMs + shown.ahead : nowMs;
}
