/** A stream of seeded random numbers, so that a run can be repeated. Not for secrets. */
export type Random = {
  /** Uniform on [0, 1). */
  next(): number;
  /** Uniform on [low, high). */
  between(low: number, high: number): number;
  /** One of the items, evenly. */
  pick<T>(items: readonly [T, ...T[]]): T;
  chance(probability01: number): boolean;
  normal(mean: number, deviation: number): number;
  poisson(mean: number): number;
  /** `bytes` bytes as lower-case hex. */
  hex(bytes: number): string;
};

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough for a simulation. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const word = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const next = () => word() / 2 ** 32;
  const normal = (mean: number, deviation: number) =>
    mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

  return {
    next,
    between: (low, high) => low + next() * (high - low),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    chance: (probability01) => next() < probability01,
    normal,
    poisson(mean) {
      // Past this the product of Knuth's method underflows; the normal is as good there.
      if (mean > 200) return Math.max(0, Math.round(normal(mean, Math.sqrt(mean))));
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = next(); product > limit; product *= next()) count += 1;
      return count;
    },
    hex(bytes) {
      let text = '';
      while (text.length < bytes * 2) text += word().toString(16).padStart(8, '0');
      return text.slice(0, bytes * 2);
    },
  };
}
