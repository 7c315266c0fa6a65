/** One number against its limit. `value` must be at most `limit` (`at most`), at least (`at least`), or has none (`shown`). */
export type Measure = {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly rule: 'at most' | 'at least' | 'shown';
  readonly limit: number | null;
  readonly note: string;
};

export type Scale = {
  /** A smaller run that shows that the bench works; its numbers say little. */
  readonly isQuick: boolean;
  readonly say: (text: string) => void;
};

export type BenchItem = {
  readonly name: string;
  readonly title: string;
  /** Why it cannot run on this machine; undefined when it can. */
  readonly missingReason?: () => Promise<string | undefined>;
  /** Measures functions of the source: nothing built is needed. */
  readonly isOfSource?: true;
  /** Runs only when named: research, not a limit that a change may break. */
  readonly isOnRequest?: true;
  readonly run: (scale: Scale) => Promise<Measure[]>;
};

export function isMet({ value, rule, limit }: Measure): boolean {
  if (rule === 'shown' || limit === null) return true;
  return rule === 'at most' ? value <= limit : value >= limit;
}

/** The value below which `share01` of the values lie (nearest rank). */
export function quantile(values: readonly number[], share01: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share01 * sorted.length) - 1));
  const value = sorted[index];
  if (value === undefined) throw new Error('no values were measured');
  return value;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function atMost(what: string, value: number, unit: string, limit: number, note = ''): Measure {
  return { what, value, unit, rule: 'at most', limit, note };
}

export function atLeast(what: string, value: number, unit: string, limit: number, note = ''): Measure {
  return { what, value, unit, rule: 'at least', limit, note };
}

export function shown(what: string, value: number, unit: string, note = ''): Measure {
  return { what, value, unit, rule: 'shown', limit: null, note };
}

/** Runs `work` and gives its result and how long it took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; tookMs: number }> {
  const beganMs = performance.now();
  const result = await work();
  return { result, tookMs: performance.now() - beganMs };
}
