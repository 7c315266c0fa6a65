import { assertNever } from '#shared/lib/assert-never.ts';
import type { SourceHealth, SourceState } from '#shared/model/source.ts';
import { ageWords } from '#renderer/parts/age-words.ts';

/** How a source is now: its age goes on while nothing is heard, so `fresh` turns stale by itself. */
export function sourceStateNow(source: SourceHealth, nowMs: number): SourceState {
  if (source.state !== 'fresh' || source.lastOkMs === null) return source.state;
  return nowMs - source.lastOkMs > 2 * source.refreshIntervalMs ? 'stale' : 'fresh';
}

/** A source's state in words, with its age. */
export function sourceWords(source: SourceHealth, nowMs: number): string {
  const age = source.lastOkMs === null ? null : ageWords(nowMs - source.lastOkMs);
  const state = sourceStateNow(source, nowMs);
  switch (state) {
    case 'fresh':
      return age ?? 'fresh';
    case 'stale':
      return `stale, ${age ?? 'never answered'}`;
    case 'failing':
      return age === null ? 'down, never answered' : `down, last ${age} ago`;
    case 'throttled':
      return 'throttled';
    case 'never':
      return 'no answer yet';
    case 'off':
      return 'switched off';
    default:
      return assertNever(state);
  }
}
