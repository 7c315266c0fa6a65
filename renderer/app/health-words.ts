import { assertNever } from '#shared/lib/assert-never.ts';
import type { SourceHealth, SourceState } from '#shared/model/source.ts';
import { ageWords } from '#renderer/parts/age-words.ts';

/** Real time a message may take from the source to this page; counts where the engine's clock runs faster than the wall's. */
const DELIVERY_MS = 3_000;

/** How a source is now: its age goes on while nothing is heard, so `fresh` turns stale by itself. */
export function sourceStateNow(source: SourceHealth, nowMs: number, clockSpeed = 1): SourceState {
  if (source.state !== 'fresh' || source.lastOkMs === null) return source.state;
  const limitMs = 2 * source.refreshIntervalMs + (clockSpeed - 1) * DELIVERY_MS;
  return nowMs - source.lastOkMs > limitMs ? 'stale' : 'fresh';
}

/** A source's state in words, with its age. */
export function sourceWords(source: SourceHealth, nowMs: number, clockSpeed = 1): string {
  const age = source.lastOkMs === null ? null : ageWords(nowMs - source.lastOkMs);
  const state = sourceStateNow(source, nowMs, clockSpeed);
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
