import type { SignalId } from '#shared/model/signal.ts';

// What happens in a simulated stream: traffic, share and rates, constant within segments.

export const TICK_S = 10;
export const TICKS_PER_HOUR = 360;
export const TICKS_PER_DAY = 8640;
export const PERIOD_TICKS = 30 * TICKS_PER_DAY;

/** The three signals that are shares of conversations, in the order of every triple here. */
export const RATE_SIGNALS = ['complaints', 'safety', 'downstream'] as const;
export const SIGNALS = [...RATE_SIGNALS, 'csat'] as const satisfies readonly SignalId[];
/** Scores a rating may have, 100 best. */
export const LEVELS = [0, 25, 50, 75, 100] as const;
export const RESPONSE_01 = 0.25;

export type Triple = readonly [complaints: number, safety: number, downstream: number];
export const BASE_EVENTS: Triple = [0.005, 0.0005, 0.002];
/** Mean 79.25, standard deviation 24.8. */
export const BASE_CSAT: readonly number[] = [0.03, 0.04, 0.12, 0.35, 0.46];

export type ArmRates = {
  readonly events: Triple;
  readonly csat: readonly number[];
  /** How a conversation with a complaint is rated, where that depends on it. */
  readonly complainers?: { readonly response01: number; readonly csat: readonly number[] };
};

export type Segment = {
  /** First tick that no longer belongs to it. */
  readonly untilTick: number;
  /** Conversations started per tick, both arms. */
  readonly perTick: number;
  /** Share of the candidate that really happens. */
  readonly share01: number;
  readonly candidate: ArmRates;
  readonly control: ArmRates;
};

export type World = {
  readonly ticks: number;
  /** Asked with the first tick of each segment, in order. */
  segmentAt(tick: number): Segment;
  /** What the product and the document's detector are told, before the tick. */
  readonly changes: readonly { readonly tick: number; readonly share01: number }[];
};

export const SOUND: ArmRates = { events: BASE_EVENTS, csat: BASE_CSAT };

export function meanOf(csat: readonly number[]): number {
  return csat.reduce((sum, share, level) => sum + share * (LEVELS[level] ?? 0), 0);
}

/**
 * The csat levels with the mean lowered by `points`: the exponential tilt, which of all distributions with that mean is the one closest to the
 * old (least relative entropy), so the hardest to see.
 */
export function lowered(csat: readonly number[], points: number): readonly number[] {
  const goal = meanOf(csat) - points;
  let low = 0;
  let high = 0.1;
  const tilted = (tilt: number) => {
    const raw = csat.map((share, level) => share * Math.exp(-tilt * (LEVELS[level] ?? 0)));
    const sum = raw.reduce((a, b) => a + b, 0);
    return raw.map((share) => share / sum);
  };
  for (let round = 0; round < 60; round += 1) {
    const tilt = (low + high) / 2;
    if (meanOf(tilted(tilt)) > goal) low = tilt;
    else high = tilt;
  }
  return tilted(low);
}

/** Nothing wrong and nothing changes, for `ticks`. */
export function quietWorld(perHour: number, ticks = PERIOD_TICKS, rates: ArmRates = SOUND): World {
  return {
    ticks,
    changes: [],
    segmentAt: () => ({
      untilTick: ticks,
      perTick: perHour / TICKS_PER_HOUR,
      share01: 0.05,
      candidate: rates,
      control: rates,
    }),
  };
}

export type Effect = {
  readonly name: string;
  readonly signal: (typeof SIGNALS)[number];
  readonly before: ArmRates;
  readonly after: ArmRates;
};

const withRates = (events: Triple, csat = BASE_CSAT): ArmRates => ({ events, csat });

/** The five regressions that every table shows. */
export const EFFECTS: readonly Effect[] = [
  {
    name: 'complaint 0.5% to 2%',
    signal: 'complaints',
    before: SOUND,
    after: withRates([0.02, 0.0005, 0.002]),
  },
  {
    name: 'complaint 1% to 1.5%',
    signal: 'complaints',
    before: withRates([0.01, 0.0005, 0.002]),
    after: withRates([0.015, 0.0005, 0.002]),
  },
  {
    name: 'csat -2.4 of 100',
    signal: 'csat',
    before: SOUND,
    after: withRates(BASE_EVENTS, lowered(BASE_CSAT, 2.4)),
  },
  {
    name: 'safety 0.05% to 0.3%',
    signal: 'safety',
    before: SOUND,
    after: withRates([0.005, 0.003, 0.002]),
  },
  {
    name: 'error 0.2% to 1%',
    signal: 'downstream',
    before: SOUND,
    after: withRates([0.005, 0.0005, 0.01]),
  },
];

/** Complaints four times as frequent as `rate01`. */
export const complaints4x = (rate01: number): Effect => ({
  name: `complaint ${100 * rate01}% to ${400 * rate01}%`,
  signal: 'complaints',
  before: withRates([rate01, 0.0005, 0.002]),
  after: withRates([4 * rate01, 0.0005, 0.002]),
});

/** The candidate regresses at `onsetTick`. */
export function regressionWorld(effect: Effect, perHour: number, onsetTick: number): World {
  const ticks = onsetTick + PERIOD_TICKS;
  return {
    ticks,
    changes: [],
    segmentAt: (tick) => ({
      untilTick: tick < onsetTick ? onsetTick : ticks,
      perTick: perHour / TICKS_PER_HOUR,
      share01: 0.05,
      candidate: tick < onsetTick ? effect.before : effect.after,
      control: effect.before,
    }),
  };
}

/**
 * Candidate conversations that a test of one simple alternative with known control needs on average to reach a line:
 * ln(line) / relative entropy per conversation (Wald 1945, without the overshoot). The limit for any detector.
 */
export function informationLimit(effect: Effect, line: number): number {
  const at = SIGNALS.indexOf(effect.signal);
  const before = effect.before.events[at];
  const after = effect.after.events[at];
  if (before !== undefined && after !== undefined)
    return (
      Math.log(line) / (after * Math.log(after / before) + (1 - after) * Math.log((1 - after) / (1 - before)))
    );
  const entropy = effect.after.csat.reduce(
    (sum, share, level) => sum + share * Math.log(share / (effect.before.csat[level] ?? 1)),
    0,
  );
  return Math.log(line) / (RESPONSE_01 * entropy);
}
