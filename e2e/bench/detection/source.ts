import { createPoisson, failuresBefore, type Poisson, type Uniform } from './random.ts';
import { type ArmRates, LEVELS, RATE_SIGNALS, RESPONSE_01, type Segment, type World } from './world.ts';

/** Counts of one arm in one tick. The object is reused: take what you need before the next tick. */
export type ArmCounts = {
  conversations: number;
  /** Conversations with the event, in the order of RATE_SIGNALS. */
  readonly events: Int32Array;
  /** Ratings by level. */
  readonly ratings: Int32Array;
  rated: number;
};

export type Counts = { readonly candidate: ArmCounts; readonly control: ArmCounts };

export type Source = { readonly counts: Counts; next(tick: number): void };

const emptyArm = (): ArmCounts => ({
  conversations: 0,
  events: new Int32Array(RATE_SIGNALS.length),
  ratings: new Int32Array(LEVELS.length),
  rated: 0,
});

type ArmSource = { begin(perTick: number, rates: ArmRates): void; next(counts: ArmCounts): void };

/**
 * One arm. Conversations are Poisson, split by their rating (none, or a level) into independent Poisson counts. Events fall on
 * conversations independently with the chance of their signal: drawn as gaps between them (geometric, so the cost is one draw per event,
 * and the chance may change at any time because the gap has no memory). Where ratings depend on the complaint, conversations with a
 * complaint are Poisson counts of their own.
 */
function createArm(uniform: Uniform): ArmSource {
  let silent: Poisson = createPoisson(0);
  let rated: Poisson[] = [];
  let silentComplainers: Poisson | null = null;
  let ratedComplainers: Poisson[] = [];
  let chances: readonly number[] = [];
  const gaps = new Float64Array(RATE_SIGNALS.length);

  return {
    begin(perTick, rates) {
      const apart = rates.complainers;
      const complaint = apart === undefined ? 0 : rates.events[0];
      const rest = perTick * (1 - complaint);
      silent = createPoisson(rest * (1 - RESPONSE_01));
      rated = rates.csat.map((share) => createPoisson(rest * RESPONSE_01 * share));
      silentComplainers =
        apart === undefined ? null : createPoisson(perTick * complaint * (1 - apart.response01));
      ratedComplainers =
        apart?.csat.map((share) => createPoisson(perTick * complaint * apart.response01 * share)) ?? [];
      chances = apart === undefined ? rates.events : [0, ...rates.events.slice(1)];
      chances.forEach((chance, signal) => {
        gaps[signal] = failuresBefore(chance, uniform);
      });
    },
    next(counts) {
      let conversations = silent.draw(uniform);
      let ratings = 0;
      for (let level = 0; level < rated.length; level += 1) {
        const count = rated[level]?.draw(uniform) ?? 0;
        counts.ratings[level] = count;
        ratings += count;
      }
      let complainers = 0;
      if (silentComplainers !== null) {
        complainers = silentComplainers.draw(uniform);
        conversations += complainers;
        for (let level = 0; level < ratedComplainers.length; level += 1) {
          const count = ratedComplainers[level]?.draw(uniform) ?? 0;
          counts.ratings[level] = (counts.ratings[level] ?? 0) + count;
          ratings += count;
          complainers += count;
        }
      }
      conversations += ratings;
      counts.conversations = conversations;
      counts.rated = ratings;
      for (let signal = 0; signal < gaps.length; signal += 1) {
        let gap = gaps[signal] ?? 0;
        let events = 0;
        while (gap < conversations) {
          events += 1;
          gap += 1 + failuresBefore(chances[signal] ?? 0, uniform);
        }
        gaps[signal] = gap - conversations;
        counts.events[signal] = events;
      }
      if (silentComplainers !== null) counts.events[0] = complainers;
    },
  };
}

/** The stream of a world, tick by tick from 0. The same world and uniforms give the same stream. */
export function createSource(world: World, uniform: Uniform): Source {
  const counts: Counts = { candidate: emptyArm(), control: emptyArm() };
  const candidate = createArm(uniform);
  const control = createArm(uniform);
  let segment: Segment | null = null;
  return {
    counts,
    next(tick) {
      if (segment === null || tick >= segment.untilTick) {
        segment = world.segmentAt(tick);
        candidate.begin(segment.perTick * segment.share01, segment.candidate);
        control.begin(segment.perTick * (1 - segment.share01), segment.control);
      }
      candidate.next(counts.candidate);
      control.next(counts.control);
    },
  };
}
