import type { Increment } from '#shared/domain/detection/kind.ts';
import type { Scale } from '../bench-item.ts';
import { atMsOf, createWatched, incrementOf } from './product.ts';
import { createUniform, type Uniform } from './random.ts';
import { createReference } from './reference.ts';
import { RIVALS } from './rivals/rules.ts';
import { createRunningTotals } from './rivals/totals.ts';
import { createSource, type Counts } from './source.ts';
import {
  type ArmRates,
  BASE_CSAT,
  BASE_EVENTS,
  lowered,
  quietWorld,
  SOUND,
  TICKS_PER_DAY,
  TICKS_PER_HOUR,
  type World,
} from './world.ts';

// Worlds without a fault of the candidate that fool simpler rules.

export type Robustness = {
  readonly name: string;
  readonly streams: number;
  readonly productPages: number;
  /** Streams in which the product says that the split is not the one set, and whether that is so. */
  readonly productSplits: number;
  readonly isSplitWrong: boolean;
  /** Periods of one share each, over all streams: each is checked anew. */
  readonly sharePeriods: number;
  readonly naivePages: number;
  /** A test that trusts the configured share, or the event's arrival, or raw counts: what the row warns of. Null = the row warns of nothing. */
  readonly fooled: { readonly what: string; readonly pages: number } | null;
};

const PER_HOUR = 10_000;
const SHORT_SEGMENT = 60;
const scaled = (rates: ArmRates, by: number): ArmRates => ({
  ...rates,
  events: [rates.events[0] * by, rates.events[1] * by, rates.events[2] * by],
});

/** Traffic swings by +-60 % and rates by +-40 % over the day; on the second day a provider fails for two hours: three times the events for all. */
function driftWorld(days: number): World {
  return {
    ticks: days * TICKS_PER_DAY,
    changes: [],
    segmentAt(tick) {
      const phase = (2 * Math.PI * tick) / TICKS_PER_DAY;
      const hour = tick / TICKS_PER_HOUR;
      const isOutage = hour >= 34 && hour < 36;
      const rates = {
        ...scaled(SOUND, (1 + 0.4 * Math.sin(phase + 1)) * (isOutage ? 3 : 1)),
        csat: isOutage ? lowered(BASE_CSAT, 10) : BASE_CSAT,
      };
      return {
        untilTick: tick + SHORT_SEGMENT,
        perTick: (PER_HOUR / TICKS_PER_HOUR) * (1 + 0.6 * Math.sin(phase)),
        share01: 0.05,
        candidate: rates,
        control: rates,
      };
    },
  };
}

/** Ramp 1-5-25-50-5 %, a day each, while the rates swing over the day (without the swing a ramp fools nobody). */
function rampWorld(days: number): World {
  const steps = [0.01, 0.05, 0.25, 0.5, 0.05];
  const shareAt = (tick: number) =>
    steps[Math.min(steps.length - 1, Math.floor(tick / TICKS_PER_DAY))] ?? 0.05;
  return {
    ticks: days * TICKS_PER_DAY,
    changes: steps.slice(1, days).map((share01, at) => ({ tick: (at + 1) * TICKS_PER_DAY, share01 })),
    segmentAt(tick) {
      const day = Math.floor(tick / TICKS_PER_DAY);
      const rates = scaled(
        SOUND,
        (1 + 0.4 * Math.sin((2 * Math.PI * tick) / TICKS_PER_DAY)) * (1 + 0.15 * day),
      );
      return {
        untilTick: tick + SHORT_SEGMENT,
        perTick: PER_HOUR / TICKS_PER_HOUR,
        share01: shareAt(tick),
        candidate: rates,
        control: rates,
      };
    },
  };
}

/** The share flips between 2 % and 50 % every hour. */
function flippingWorld(days: number): World {
  const shareAt = (tick: number) => (Math.floor(tick / TICKS_PER_HOUR) % 2 === 0 ? 0.02 : 0.5);
  const ticks = days * TICKS_PER_DAY;
  return {
    ticks,
    changes: Array.from({ length: ticks / TICKS_PER_HOUR - 1 }, (_, at) => ({
      tick: (at + 1) * TICKS_PER_HOUR,
      share01: shareAt((at + 1) * TICKS_PER_HOUR),
    })),
    segmentAt: (tick) => ({
      untilTick: (Math.floor(tick / TICKS_PER_HOUR) + 1) * TICKS_PER_HOUR,
      perTick: PER_HOUR / TICKS_PER_HOUR,
      share01: shareAt(tick),
      candidate: SOUND,
      control: SOUND,
    }),
  };
}

function constantWorld(days: number, candidate: ArmRates, control: ArmRates, share01 = 0.05): World {
  const world = quietWorld(PER_HOUR, days * TICKS_PER_DAY);
  return {
    ...world,
    segmentAt: (tick) => ({ ...world.segmentAt(tick), candidate, control, share01 }),
  };
}

/** A conversation with a complaint is rated by six in ten, mostly badly: complaint and csat are the same bad luck. */
const correlated: ArmRates = {
  ...SOUND,
  events: [0.01, BASE_EVENTS[1], BASE_EVENTS[2]],
  complainers: { response01: 0.6, csat: [0.7, 0.2, 0.1, 0, 0] },
};
/** The same mean, but every second 75 is a 50 or a 100. */
const wider: ArmRates = { ...SOUND, csat: [0.03, 0.04, 0.22, 0.15, 0.56] };

/** Poisson test of the candidate's events that trusts a configured share of 5 %: factor r^x_c (1 + s (r - 1))^-X, r as in the document. */
function trustingTest(): { tick(counts: Counts): boolean } {
  const ratios = [1.4, 2, 3, 5, 10];
  const logs = [0, 1, 2].map(() => ratios.map(() => 0));
  const ratingLogs = ratios.map(() => 0);
  return {
    tick({ candidate, control }) {
      let isOn = false;
      const bet = (log: number[], xc: number, x0: number) => {
        let mean = 0;
        ratios.forEach((r, k) => {
          log[k] = (log[k] ?? 0) + xc * Math.log(r) - (xc + x0) * Math.log(1 + 0.05 * (r - 1));
          mean += Math.exp(Math.min(600, log[k] ?? 0)) / ratios.length;
        });
        if (mean >= 740.8) isOn = true;
      };
      logs.forEach((log, signal) => bet(log, candidate.events[signal] ?? 0, control.events[signal] ?? 0));
      bet(ratingLogs, candidate.ratings[0] ?? 0, control.ratings[0] ?? 0);
      return isOn;
    },
  };
}

type Row = {
  readonly name: string;
  readonly world: (days: number) => World;
  readonly days: number;
  /** The share the product is told, where it is not the real one. */
  readonly intended01?: number;
  /** Events become known after an exponential delay with this mean. */
  readonly lateMeanTicks?: number;
  readonly fooled?: 'trusting' | 'arrival' | 'raw';
};

const ROWS: readonly Row[] = [
  { name: 'daily drift and a provider incident of 3x for all', world: driftWorld, days: 5 },
  {
    name: 'real share 6.5%, configured 5%',
    world: (days) => constantWorld(days, SOUND, SOUND, 0.065),
    days: 5,
    intended01: 0.05,
    fooled: 'trusting',
  },
  { name: 'ramp 1-5-25-50-5%, rates drifting', world: rampWorld, days: 5 },
  {
    name: 'complaints 20 min late, share flips hourly',
    world: flippingWorld,
    days: 2,
    lateMeanTicks: 120,
    fooled: 'arrival',
  },
  {
    name: 'three complaints per complainer, deduplicated',
    world: (days) => constantWorld(days, SOUND, SOUND),
    days: 5,
    fooled: 'raw',
  },
  {
    name: 'complaint and csat correlated',
    world: (days) => constantWorld(days, correlated, correlated),
    days: 5,
  },
  {
    name: 'csat with equal mean, wider spread',
    world: (days) => constantWorld(days, wider, SOUND),
    days: 5,
  },
];

/** Keeps events back until they are known. */
function createPost(uniform: Uniform, meanTicks: number) {
  const due = new Map<number, Increment[]>();
  const delay = () => Math.floor(-Math.log(1 - uniform()) * meanTicks);
  return {
    /** What becomes known in this tick: its conversations and ratings, and events of this and earlier ticks. */
    tick(tick: number, counts: Counts): Increment[] {
      const known: Increment[] = [];
      for (const arm of ['candidate', 'control'] as const) {
        const whole = incrementOf(arm, tick, counts[arm]);
        if (whole === null) continue;
        known.push({ ...whole, events: {} });
        for (const [signal, count] of Object.entries(whole.events))
          for (let event = 0; event < count; event += 1) {
            const at = tick + delay();
            const list = due.get(at) ?? [];
            list.push({ ...whole, conversations: 0, events: { [signal]: 1 }, ratings: [] });
            due.set(at, list);
          }
      }
      const late = due.get(tick) ?? [];
      due.delete(tick);
      return [...known, ...late];
    },
  };
}

/** The counts as they would be if events belonged to the tick in which they became known. */
function byArrival(counts: Counts, known: readonly Increment[]): Counts {
  const arm = (id: Increment['arm']) => {
    const events = new Int32Array(3);
    for (const { arm, events: seen } of known) {
      if (arm !== id) continue;
      events[0] = (events[0] ?? 0) + (seen.complaints ?? 0);
      events[1] = (events[1] ?? 0) + (seen.safety ?? 0);
      events[2] = (events[2] ?? 0) + (seen.downstream ?? 0);
    }
    return { ...counts[id], events };
  };
  return { candidate: arm('candidate'), control: arm('control') };
}

/** Complaint reports where each complaining conversation sends three. */
function threeTimes(counts: Counts): Counts {
  const arm = (id: Increment['arm']) => {
    const events = Int32Array.from(counts[id].events);
    events[0] = 3 * (events[0] ?? 0);
    return { ...counts[id], events, conversations: Math.max(counts[id].conversations, events[0] ?? 0) };
  };
  return { candidate: arm('candidate'), control: arm('control') };
}

function runRow(row: Row, streams: number): Robustness {
  const world = row.world(row.days);
  let productPages = 0;
  let productSplits = 0;
  let naivePages = 0;
  let fooledPages = 0;
  for (let stream = 0; stream < streams; stream += 1) {
    const uniform = createUniform(500_000 + stream);
    const source = createSource(world, uniform);
    const product = createWatched(row.intended01 ?? world.segmentAt(0).share01);
    const naive = RIVALS.plainLaunch();
    const totals = createRunningTotals();
    const fooled = createReference();
    const trusting = trustingTest();
    const post =
      row.lateMeanTicks === undefined ? null : createPost(createUniform(stream), row.lateMeanTicks);
    const changes = [...world.changes];
    let isNaiveOn = false;
    let isFooled = false;
    for (let tick = 0; tick < world.ticks; tick += 1) {
      if (changes[0]?.tick === tick) {
        const change = changes.shift();
        product.detector.noteChange({
          atMs: atMsOf(tick),
          what: 'ramp step',
          intendedShare01: change?.share01 ?? null,
        });
        fooled.noteChange();
      }
      source.next(tick);
      let counts = source.counts;
      if (post === null) product.tick(tick, counts);
      else {
        const known = post.tick(tick, counts);
        if (known.length > 0) product.pass(tick, known);
        counts = byArrival(counts, known);
      }
      if (row.fooled === 'raw') counts = threeTimes(counts);
      totals.add(tick, counts);
      isNaiveOn ||= naive.isOn(tick, totals);
      if (row.fooled === 'trusting') isFooled ||= trusting.tick(counts);
      else if (row.fooled !== undefined) fooled.tick(tick, counts);
    }
    if (product.pagedAt !== null) productPages += 1;
    if (product.splitAt !== null) productSplits += 1;
    if (isNaiveOn) naivePages += 1;
    if (isFooled || fooled.pagedAt !== null) fooledPages += 1;
  }
  const warnings = {
    trusting: 'a test that trusts the 5%',
    arrival: 'the same test by arrival',
    raw: 'the same test on raw reports',
  };
  return {
    name: row.name,
    streams,
    productPages,
    productSplits,
    isSplitWrong: row.intended01 !== undefined,
    sharePeriods: streams * (world.changes.length + 1),
    naivePages,
    fooled: row.fooled === undefined ? null : { what: warnings[row.fooled], pages: fooledPages },
  };
}

export function robustness(streams: number, { say }: Pick<Scale, 'say'>): Robustness[] {
  return ROWS.map((row) => {
    const result = runRow(row, streams);
    say(
      `${row.name}: ${result.productPages} of ${streams} pages (plain rule ${result.naivePages}` +
        `${result.fooled === null ? '' : `, ${result.fooled.what} ${result.fooled.pages}`})`,
    );
    return result;
  });
}
