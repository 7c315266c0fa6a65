import { BASE_CSAT, BASE_EVENTS, meanOf, RATE_SIGNALS, SIGNALS, TICKS_PER_HOUR } from '../world.ts';
import { type Totals, totalsOver, WIDTH } from './totals.ts';

/** A rule of somebody else: is it on at this tick? To be asked at every tick, in order. */
export type Rule = { readonly name: string; isOn(tick: number, totals: RunningView): boolean };
export type RunningView = { readonly launch: Totals; readonly hour: Totals; readonly minute: Totals };

const COUNT = SIGNALS.length;
const CSAT = RATE_SIGNALS.length;

/** The ordinary z: two proportions with pooled variance; csat Welch with at least two ratings per arm. Positive = candidate worse. */
export function plainZ(totals: Totals, signal: number): number {
  const nc = totals.n(signal, 0);
  const n0 = totals.n(signal, 1);
  if (nc === 0 || n0 === 0) return 0;
  const mc = totals.mean(signal, 0);
  const m0 = totals.mean(signal, 1);
  if (signal === CSAT) {
    if (nc < 2 || n0 < 2) return 0;
    const variance = totals.variance(signal, 0) / nc + totals.variance(signal, 1) / n0;
    return variance > 1e-12 ? (mc - m0) / Math.sqrt(variance) : 0;
  }
  const p = (mc * nc + m0 * n0) / (nc + n0);
  if (p <= 1e-12 || p >= 1) return 0;
  return (mc - m0) / Math.sqrt(p * (1 - p) * (1 / nc + 1 / n0));
}

/** "3 sigma on one signal, or 2 sigma on two", looked at every tick. */
function plainRule(name: string, window: 'launch' | 'hour'): Rule {
  return {
    name,
    isOn(_tick, view) {
      let atTwo = 0;
      let isThree = false;
      for (let signal = 0; signal < COUNT; signal += 1) {
        const z = plainZ(view[window], signal);
        if (z >= 2) atTwo += 1;
        if (z >= 3) isThree = true;
      }
      return isThree || atTwo >= 2;
    },
  };
}

/** One signal over `line`, since launch: the line is set afterwards, so that 1 % of the streams without a fault cross it. */
export function raisedLine(line: number): Rule {
  return {
    name: 'cumulative z, line raised to 1% A/A',
    isOn(_tick, { launch }) {
      for (let signal = 0; signal < COUNT; signal += 1) if (plainZ(launch, signal) >= line) return true;
      return false;
    },
  };
}

/** Under this many units in an arm the sample variances mean nothing (two equal ratings have none) and no rule of this kind should speak. */
const LEAST_UNITS = 30;

/** How much worse the candidate is, and the variance of that from the sample variances; 0 where nothing can be said or it is not worse. */
function difference(totals: Totals, signal: number): { by: number; variance: number } {
  const nc = totals.n(signal, 0);
  const n0 = totals.n(signal, 1);
  if (nc < LEAST_UNITS || n0 < LEAST_UNITS) return { by: 0, variance: 0 };
  const by = totals.mean(signal, 0) - totals.mean(signal, 1);
  if (by <= 0) return { by, variance: 0 };
  return { by, variance: totals.variance(signal, 0) / nc + totals.variance(signal, 1) / n0 };
}

/**
 * Asymptotic confidence sequence, tuned to 5,000 units, two-sided: lower limit of the harm above 0 (GrowthBook safe rollouts; eq. 9 of
 * Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024).
 */
function asymptoticSequence(name: string, alpha: number): Rule {
  const tuned = (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / 5000;
  return {
    name,
    isOn(_tick, { launch }) {
      for (let signal = 0; signal < COUNT; signal += 1) {
        const { by, variance } = difference(launch, signal);
        if (variance <= 0) continue;
        const n = launch.n(signal, 0) + launch.n(signal, 1);
        const k = n * tuned + 1;
        const half = Math.sqrt((variance * n * 2 * k * Math.log(Math.sqrt(k) / alpha)) / (n * n * tuned));
        if (by > half) return true;
      }
      return false;
    },
  };
}

/** The mixture SPRT as Statsig documents it (experiments/advanced-setup/sequential-testing, two-sided; after Zhao et al., arXiv 1905.10493). */
function mixtureSprt(name: string, alpha: number, zAlphaHalf: number): Rule {
  return {
    name,
    isOn(_tick, { launch }) {
      for (let signal = 0; signal < COUNT; signal += 1) {
        const { by, variance } = difference(launch, signal);
        if (variance <= 0) continue;
        const sum = launch.variance(signal, 0) + launch.variance(signal, 1);
        const tau = (zAlphaHalf ** 2 * sum) / (launch.n(signal, 0) + launch.n(signal, 1));
        const total = variance + tau;
        const z2 = (total / tau) * (-2 * Math.log(alpha / 2) - Math.log(variance / total));
        if (by * by > z2 * variance) return true;
      }
      return false;
    },
  };
}

const LOOKS = 24;
/**
 * O'Brien-Fleming for 0.135 % one-sided over 24 looks: a random walk against a constant, 3.2051 = the normal quantile of half the level, less
 * Siegmund's correction for looking 24 times only (0.5826 / sqrt(24); Siegmund 1985).
 */
const OBRIEN_FLEMING = 3.2051 - 0.5826 / Math.sqrt(LOOKS);

/** 24 hourly looks a day, each signal at 0.135 % per day, begun anew every day; on until the next look. */
function groupSequential(): Rule {
  const begin = new Float64Array(WIDTH);
  const values = new Float64Array(WIDTH);
  const day = totalsOver(values);
  let isOn = false;
  return {
    name: 'group sequential, 24 hourly looks, daily restart',
    isOn(tick, { launch }) {
      if ((tick + 1) % TICKS_PER_HOUR !== 0) return isOn;
      for (let at = 0; at < WIDTH; at += 1) values[at] = (launch.values[at] ?? 0) - (begin[at] ?? 0);
      const look = ((tick + 1) / TICKS_PER_HOUR - 1) % LOOKS;
      const line = OBRIEN_FLEMING * Math.sqrt(LOOKS / (look + 1));
      isOn = SIGNALS.some((_, signal) => plainZ(day, signal) >= line);
      if (look === LOOKS - 1) begin.set(launch.values);
      return isOn;
    },
  };
}

const LIMITS = [...BASE_EVENTS.map((rate) => 2 * rate), 1 - (meanOf(BASE_CSAT) - 10) / 100];

/** Fixed limits on each minute of the candidate: twice the usual rate, csat 10 points under the usual; three minutes in a row. */
function staticLimits(): Rule {
  let inARow = 0;
  return {
    name: 'static limits, 1-min checks',
    isOn(tick, { minute }) {
      if (tick % 6 !== 5) return inARow >= 3;
      const isOver = LIMITS.some(
        (limit, signal) => minute.n(signal, 0) > 0 && minute.mean(signal, 0) > limit,
      );
      inARow = isOver ? inARow + 1 : 0;
      return inARow >= 3;
    },
  };
}

export const RIVALS = {
  plainLaunch: () => plainRule('plain rule on cumulative z', 'launch'),
  plainHour: () => plainRule('plain rule on 60 min z', 'hour'),
  groupSequential,
  staticLimits,
  sequence5: () => asymptoticSequence('GrowthBook-like CS, alpha 5%', 0.05),
  sequence3Sigma: () => asymptoticSequence('GrowthBook-like CS at 3 sigma', 0.0027),
  mixtureSprt: () => mixtureSprt('Statsig-like mSPRT, alpha 5%', 0.05, 1.959964),
} as const satisfies Record<string, () => Rule>;
