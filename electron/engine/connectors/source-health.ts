import type { SourceHealth, SourceKind } from '#shared/model/source.ts';
import type { Clock } from '../clock.ts';
import { SourceError } from './kind.ts';

/** Facts about a source that do not change while it runs. */
export type SourceFacts = {
  readonly id: string;
  readonly title: string;
  readonly connector: string;
  readonly kinds: readonly SourceKind[];
  readonly refreshIntervalMs: number;
  readonly baseUrl: string | null;
  readonly leastPrivilegeHint: string | null;
  readonly isEnabled: boolean;
};

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

export type HealthBook = {
  succeeded(latencyMs: number): void;
  /** A failure with its words; `retryAfterMs` makes it "throttled". */
  failed(error: unknown): void;
  /** For the next turn of the poll loop; jittered, longer with each failure in a row. */
  nextDelayMs(): number;
  planned(atMs: number): void;
  setBaseUrl(baseUrl: string | null): void;
  health(): SourceHealth;
};

/** Plain words for what a source threw. Errors that are not ours say nothing of what they carry: they may quote an address. */
export function wordsOf(error: unknown): string {
  if (error instanceof SourceError) return [error.message, error.fix].filter((part) => part !== '').join(' ');
  return 'It failed for a reason that has no words yet; the log has the kind of error.';
}

/**
 * A place between 0 and 1 that differs from source to source and from moment to moment, and is the same when a drill is repeated: cockpits
 * that started together do not ask together.
 */
function spread01(id: string, nowMs: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${id} ${nowMs}`)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

/** Keeps the books of one source: when it was tried, when it answered, how fast, and what went wrong last. */
export function createHealthBook(facts: SourceFacts, clock: Clock): HealthBook {
  let { baseUrl } = facts;
  let lastAttemptMs: number | null = null;
  let lastOkMs: number | null = null;
  let latencyMs: number | null = null;
  let lastError: string | null = null;
  let throttledUntilMs: number | null = null;
  let nextAttemptMs: number | null = null;
  let failuresInARow = 0;
  let okSinceMonotonicMs: number | null = null;

  const place01 = () => spread01(facts.id, clock.nowMs());
  const stateNow = (): SourceHealth['state'] => {
    if (!facts.isEnabled) return 'off';
    if (throttledUntilMs !== null && lastError !== null && clock.monotonicMs() < throttledUntilMs)
      return 'throttled';
    if (lastError !== null) return 'failing';
    if (okSinceMonotonicMs === null) return 'never';
    return clock.monotonicMs() - okSinceMonotonicMs > 2 * facts.refreshIntervalMs ? 'stale' : 'fresh';
  };

  return {
    succeeded(tookMs) {
      lastAttemptMs = clock.nowMs();
      lastOkMs = lastAttemptMs;
      okSinceMonotonicMs = clock.monotonicMs();
      latencyMs = Math.round(tookMs);
      lastError = null;
      throttledUntilMs = null;
      failuresInARow = 0;
    },
    failed(error) {
      lastAttemptMs = clock.nowMs();
      lastError = wordsOf(error);
      failuresInARow += 1;
      const waitMs = error instanceof SourceError ? error.retryAfterMs : null;
      throttledUntilMs = waitMs === null ? null : clock.monotonicMs() + waitMs;
    },
    nextDelayMs() {
      if (failuresInARow === 0) return Math.round(facts.refreshIntervalMs * (0.95 + place01() * 0.1));
      const backoffMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failuresInARow - 1, 10));
      const throttledMs = throttledUntilMs === null ? 0 : throttledUntilMs - clock.monotonicMs();
      // Jitter takes up to half away, so that many cockpits do not come back at the same moment; a wish to wait is kept whole.
      return Math.max(throttledMs, backoffMs * (0.5 + place01() * 0.5));
    },
    planned(atMs) {
      nextAttemptMs = atMs;
    },
    setBaseUrl(next) {
      baseUrl = next;
    },
    health: () => ({
      id: facts.id,
      title: facts.title,
      connector: facts.connector,
      kinds: [...facts.kinds],
      state: stateNow(),
      refreshIntervalMs: facts.refreshIntervalMs,
      lastAttemptMs,
      lastOkMs,
      dataUpToMs: null,
      latencyMs,
      lastError,
      nextAttemptMs,
      baseUrl,
      leastPrivilegeHint: facts.leastPrivilegeHint,
      counters: {},
    }),
  };
}
