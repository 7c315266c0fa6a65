import type { ArmCounts, Counts } from './source.ts';
import { LEVELS, PERIOD_TICKS, RATE_SIGNALS, SIGNALS } from './world.ts';

// The recommended detector of the specification for one cohort, written down from its section 3 alone: the yardstick of the product.
// Nothing here is shared with the product. Its parts can be exchanged, to measure what another choice would give.

export const WATCH_LINE = 43.956;
export const PAGE_LINE = 740.8;

export type Grid = { readonly points: readonly number[]; readonly weights: readonly number[] };

export const evenly = (points: readonly number[]): Grid => ({
  points,
  weights: points.map(() => 1 / points.length),
});

/** The stake of the onset mixture spent by age `age` (ticks), and of the n-th known change. */
export type OnsetWeights = { readonly spentAt: Float64Array; change(n: number): number };

export type ReferenceSettings = {
  readonly ratios: Grid;
  readonly tilts: Grid;
  readonly onset: OnsetWeights;
  /** Units that close a block. */
  readonly blockUnits: number;
};

export function onsetWeights(launch: number, later: number, tauTicks: number, uniform = 0): OnsetWeights {
  const spentAt = new Float64Array(PERIOD_TICKS);
  for (let age = 0; age < PERIOD_TICKS; age += 1)
    spentAt[age] =
      launch +
      (later * Math.log(1 + (age + 1) / tauTicks)) / Math.log(1 + PERIOD_TICKS / tauTicks) +
      (uniform * (age + 1)) / PERIOD_TICKS;
  return { spentAt, change: (n) => 0.2 / 2 ** n };
}

export const DOCUMENT: ReferenceSettings = {
  ratios: evenly([1.4, 2, 3, 5, 10]),
  tilts: evenly([0.2, 0.4, 0.8, 1.6]),
  onset: onsetWeights(0.5, 0.3, 60),
  blockUnits: 20,
};

const chance = new Float64Array(65_536);
const merged = new Float64Array(65_536);

/** L(r) of section 3.1 for every r; `mc`, `m0` units and `xc`, `x0` events of a block. */
export function ratioFactors(
  ratios: readonly number[],
  mc: number,
  m0: number,
  xc: number,
  x0: number,
): number[] {
  const events = xc + x0;
  chance[0] = 1;
  for (let j = 0; j < events; j += 1) {
    const left = mc + m0 - j;
    chance[j + 1] = 0;
    for (let u = j + 1; u >= 0; u -= 1) {
      const stays = ((chance[u] ?? 0) * Math.max(0, m0 - (j - u))) / left;
      const rises = u === 0 ? 0 : ((chance[u - 1] ?? 0) * Math.max(0, mc - (u - 1))) / left;
      chance[u] = stays + rises;
    }
  }
  return ratios.map((r) => {
    let mean = 0;
    for (let u = events; u >= 0; u -= 1) mean = mean * r + (chance[u] ?? 0);
    return r ** xc / mean;
  });
}

/**
 * L(lambda) of section 3.2 for every lambda; ratings by level of each arm. The mean A over all picks is taken level by level instead of rating
 * by rating: of j picks from n + c ratings, i fall on the c of one level with hypergeometric chance. The same number, sooner.
 */
export function tiltFactors(
  tilts: readonly number[],
  candidate: ArrayLike<number>,
  control: ArrayLike<number>,
): number[] {
  let mc = 0;
  let m0 = 0;
  for (let level = 0; level < LEVELS.length; level += 1) {
    mc += candidate[level] ?? 0;
    m0 += control[level] ?? 0;
  }
  const isCandidate = mc <= m0;
  const chosen = isCandidate ? candidate : control;
  const m = Math.min(mc, m0);
  const width = m + 1;
  const means = tilts.length * width;
  for (let at = 0; at < means; at += 1) chance[at] = at % width === 0 ? 1 : 0;
  let n = 0;
  for (let level = 0; level < LEVELS.length; level += 1) {
    const c = (candidate[level] ?? 0) + (control[level] ?? 0);
    if (c === 0) continue;
    const y = ((LEVELS[level] ?? 0) / 100) * (isCandidate ? -1 : 1);
    merged.fill(0, 0, means);
    for (let j = 0; j <= Math.min(m, n + c); j += 1) {
      const first = Math.max(0, j - n);
      // C(c, i) C(n, j - i) / C(n + c, j) at i = first, then by its ratio.
      let hyper = 1;
      if (first === 0) for (let i = 0; i < j; i += 1) hyper *= (n - i) / (n + c - i);
      else for (let i = 0; i < n; i += 1) hyper *= (j - i) / (n + c - i);
      for (let i = first; i <= Math.min(j, c); i += 1) {
        for (let k = 0; k < tilts.length; k += 1) {
          const before = chance[k * width + j - i] ?? 0;
          merged[k * width + j] =
            (merged[k * width + j] ?? 0) + hyper * before * Math.exp((tilts[k] ?? 0) * y * i);
        }
        hyper *= ((c - i) * (j - i)) / ((i + 1) * (n - j + i + 1));
      }
    }
    n += c;
    for (let at = 0; at < means; at += 1) chance[at] = merged[at] ?? 0;
  }
  return tilts.map((tilt, k) => {
    let exponent = 0;
    for (let level = 0; level < LEVELS.length; level += 1)
      exponent += ((chosen[level] ?? 0) * (LEVELS[level] ?? 0)) / 100;
    return Math.exp(tilt * exponent * (isCandidate ? -1 : 1)) / (chance[k * width + m] ?? 1);
  });
}

type Stake = { readonly grid: Grid; readonly values: Float64Array };

/** E of section 3.3: the mean over the grid, plus what is not yet staked. */
const evidenceOf = ({ grid, values }: Stake, spent: number): number =>
  grid.weights.reduce((sum, weight, k) => sum + weight * (values[k] ?? 0), 1 - spent);

export type Reference = {
  /** First ticks at WATCH and PAGE; null = not yet. */
  readonly watchedAt: number | null;
  readonly pagedAt: number | null;
  /** E now, in the order of SIGNALS. */
  evidence(): number[];
  noteChange(): void;
  tick(age: number, counts: Counts): void;
};

export function createReference(settings: ReferenceSettings = DOCUMENT): Reference {
  const stakes: Stake[] = SIGNALS.map((signal) => {
    const grid = signal === 'csat' ? settings.tilts : settings.ratios;
    return { grid, values: new Float64Array(grid.points.length) };
  });
  const evidence = SIGNALS.map(() => 1);
  let spent = 0;
  let changes = 0;
  let changeStake = 0;
  let watchedAt: number | null = null;
  let pagedAt: number | null = null;
  // The open blocks: conversations with their events, and ratings.
  const units = [0, 0];
  const events = [RATE_SIGNALS.map(() => 0), RATE_SIGNALS.map(() => 0)] as const;
  const rated = [0, 0];
  const ratings = [new Int32Array(LEVELS.length), new Int32Array(LEVELS.length)] as const;

  const isFull = ([mc = 0, m0 = 0]: number[]) => mc >= 1 && m0 >= 1 && mc + m0 >= settings.blockUnits;

  const collect = (arm: 0 | 1, counts: ArmCounts) => {
    units[arm] = (units[arm] ?? 0) + counts.conversations;
    rated[arm] = (rated[arm] ?? 0) + counts.rated;
    for (let signal = 0; signal < RATE_SIGNALS.length; signal += 1)
      events[arm][signal] = (events[arm][signal] ?? 0) + (counts.events[signal] ?? 0);
    if (counts.rated > 0)
      for (let level = 0; level < LEVELS.length; level += 1)
        ratings[arm][level] = (ratings[arm][level] ?? 0) + (counts.ratings[level] ?? 0);
  };

  const multiply = (signal: number, factors: readonly number[]) => {
    const values = stakes[signal]?.values;
    if (values === undefined) return;
    for (let k = 0; k < values.length; k += 1)
      values[k] = Math.min(1e300, (values[k] ?? 0) * (factors[k] ?? 1));
  };

  const closeBlocks = () => {
    const [mc = 0, m0 = 0] = units;
    if (isFull(units)) {
      for (let signal = 0; signal < RATE_SIGNALS.length; signal += 1) {
        const xc = events[0][signal] ?? 0;
        const x0 = events[1][signal] ?? 0;
        if (xc + x0 > 0) multiply(signal, ratioFactors(settings.ratios.points, mc, m0, xc, x0));
      }
      units.fill(0);
      events[0].fill(0);
      events[1].fill(0);
    }
    if (isFull(rated)) {
      multiply(RATE_SIGNALS.length, tiltFactors(settings.tilts.points, ratings[0], ratings[1]));
      rated.fill(0);
      ratings[0].fill(0);
      ratings[1].fill(0);
    }
  };

  return {
    get watchedAt() {
      return watchedAt;
    },
    get pagedAt() {
      return pagedAt;
    },
    evidence: () => [...evidence],
    noteChange() {
      changes += 1;
      changeStake += settings.onset.change(changes);
      // Blocks do not reach across a change of the allocation.
      units.fill(0);
      events[0].fill(0);
      events[1].fill(0);
      rated.fill(0);
      ratings[0].fill(0);
      ratings[1].fill(0);
    },
    tick(age, counts) {
      if (counts.candidate.conversations + counts.control.conversations === 0) return;
      collect(0, counts.candidate);
      collect(1, counts.control);
      const due = (settings.onset.spentAt[age] ?? 0) + changeStake - spent;
      spent += due;
      for (const { values } of stakes)
        for (let k = 0; k < values.length; k += 1) values[k] = (values[k] ?? 0) + due;
      closeBlocks();
      let atWatch = 0;
      let isPage = false;
      for (let signal = 0; signal < stakes.length; signal += 1) {
        const stake = stakes[signal];
        if (stake === undefined) continue;
        const e = evidenceOf(stake, spent);
        evidence[signal] = e;
        if (e >= WATCH_LINE) atWatch += 1;
        if (e >= PAGE_LINE) isPage = true;
      }
      if (atWatch > 0) watchedAt ??= age;
      if (isPage || atWatch >= 2) pagedAt ??= age;
    },
  };
}
