/** Uniform on [0, 1), 32 bits of resolution. */
export type Uniform = () => number;

/** sfc32 (Chris Doty-Humphrey, PractRand, public domain): 128 bits of state, period at least 2^32, passes BigCrush. */
export function createUniform(seed: number): Uniform {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 16; round += 1) next();
  return next;
}

export type Poisson = { draw(uniform: Uniform): number };

const GUIDES = 256;

/** Poisson by inversion of the distribution function, looked up from a guide table (Chen and Asau 1974). Mean below 700. */
export function createPoisson(mean: number): Poisson {
  const cumulative: number[] = [];
  let term = Math.exp(-mean);
  let total = 0;
  for (let k = 0; k <= mean || total < 1 - 1e-12; k += 1) {
    total += term;
    cumulative.push(total);
    term *= mean / (k + 1);
    if (term === 0) break;
  }
  const table = Float64Array.from(cumulative);
  table[table.length - 1] = 1;
  const guides = new Int32Array(GUIDES);
  let at = 0;
  for (let guide = 0; guide < GUIDES; guide += 1) {
    while ((table[at] ?? 1) <= guide / GUIDES) at += 1;
    guides[guide] = at;
  }
  return {
    draw(uniform) {
      const u = uniform();
      let k = guides[(u * GUIDES) | 0] ?? 0;
      while ((table[k] ?? 1) <= u) k += 1;
      return k;
    },
  };
}

/** How many trials fail before the first success of chance `p01`; Infinity where there is none. */
export function failuresBefore(p01: number, uniform: Uniform): number {
  if (p01 <= 0) return Number.POSITIVE_INFINITY;
  return Math.floor(Math.log(1 - uniform()) / Math.log1p(-p01));
}
