import { sourceStateNow } from '#renderer/app/health-words.ts';
import type { SourceHealth } from '#shared/model/source.ts';

/** How many sources answer, and what the others do. */
export function connectionsSentence(sources: readonly SourceHealth[], nowMs: number, clockSpeed = 1): string {
  const inUse = sources.filter((source) => source.state !== 'off');
  const of = (...states: string[]) =>
    inUse.filter((source) => states.includes(sourceStateNow(source, nowMs, clockSpeed))).length;
  const parts = [
    `${of('fresh')} of ${inUse.length} answer`,
    [of('failing'), 'down'],
    [of('stale', 'throttled'), 'late'],
    [of('never'), 'not heard from yet'],
  ].flatMap((part) =>
    typeof part === 'string' ? [part] : Number(part[0]) > 0 ? [`${part[0]} ${part[1]}`] : [],
  );
  return `${parts.join(', ')}.`;
}
