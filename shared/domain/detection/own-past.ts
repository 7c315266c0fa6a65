import { poissonUpperLimit } from '#shared/domain/recovery/poisson.ts';
import type { StreamId } from '#shared/model/detection.ts';

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The past reaches back so far: whole weeks carry the week's swing. */
export const PAST_MS = 7 * DAY_MS;
/** What is younger is not taken for normal yet, so that a regression does not become its own baseline while it is looked for. */
const LAG_MS = DAY_MS;
/** A past of fewer hours has not seen the whole swing of a day; until then it may stand this much higher (csat: on 0..1, lower). */
const WHOLE_DAY_HOURS = 24;
const SHORT_FACTOR = 1.5;
const SHORT_MARGIN = 0.02;

/** A baseline demands this much; under 50 events the upper 90 % limit stands in for the rate. */
const MIN_CONVERSATIONS = 2000;
const MIN_EVENTS = 10;
export const FIRM_EVENTS = 50;
export const MIN_RATINGS = 200;
/** The hours of the day around the present one, over all days, count beside the whole; the whole as much as this many events (ratings). */
const AROUND_HOURS = 1;
const WHOLE_EVENTS = 50;
const WHOLE_RATINGS = 200;
/** One-sided 95 %, as the lower end of a 90 % interval. */
const Z_95 = 1.6449;

/** What one version showed in one hour, by stream: conversations and events; csat: ratings, sum of y and of y^2, y = score / 100. */
export type PastHour = {
  readonly startMs: number;
  readonly streams: Readonly<
    Partial<Record<StreamId, { readonly units: number; readonly events: number; readonly squares?: number }>>
  >;
};

export type PastSums = { readonly units: number; readonly events: number; readonly squares: number };
type Sums = PastSums & {
  readonly hours: number;
  /** Of these, around this hour of the day. */
  readonly around: Omit<PastSums, 'squares'>;
};
export type SavedPast = readonly (readonly [startMs: number, ...sums: number[]])[];

/**
 * What is normal for a version that has nothing beside it: its own last seven days, up to a day ago, the hours of the day around the
 * present one above all. It moves along, so that ordinary swings and drift are followed and a step is not. It is made of closed hours only: at every minute it was known before the minute, which is all
 * that the e-detector of history-stream.ts asks of the rate it bets against (README).
 */
export type OwnPast = {
  /** A closed minute. */
  add(startMs: number, stream: number, units: number, events: number, squares: number): void;
  /** Events per conversation that count as normal at a time; null = not known well enough. */
  rate01(stream: number, atMs: number): number | null;
  /** Mean of y that counts as normal; null = too few ratings. */
  mean01(stream: number, atMs: number): number | null;
  /** What that rests on. */
  sums(stream: number, atMs: number): PastSums;
  save(): SavedPast;
};

const FIELDS = 3;
const NOTHING: Sums = { units: 0, events: 0, squares: 0, hours: 0, around: { units: 0, events: 0 } };

export function createOwnPast(input: {
  readonly streams: readonly StreamId[];
  readonly startedAtMs: number;
  readonly hours: readonly PastHour[];
  readonly saved: SavedPast | null;
}): OwnPast {
  const { streams, startedAtMs } = input;
  const csat = streams.indexOf('csat');
  const hours = new Map<number, Float64Array>();
  for (const [startMs, ...sums] of input.saved ?? input.hours.map(packed)) put(startMs, sums);
  /** Asked for every minute, new every hour. */
  const known: { atHourMs: number; sums: Sums[] } = { atHourMs: Number.NaN, sums: [] };

  function packed({ startMs, streams: given }: PastHour): [number, ...number[]] {
    const sums = streams.flatMap((id) => {
      const { units = 0, events = 0, squares = 0 } = given[id] ?? {};
      return [units, events, squares];
    });
    return [startMs, ...sums];
  }

  function put(startMs: number, sums: readonly number[]): void {
    const hourMs = Math.floor(startMs / HOUR_MS) * HOUR_MS;
    const cells = hours.get(hourMs) ?? new Float64Array(streams.length * FIELDS);
    hours.set(hourMs, cells);
    for (let index = 0; index < cells.length; index += 1)
      cells[index] = (cells[index] ?? 0) + (sums[index] ?? 0);
  }

  const isEnough = (stream: number, units: number, events: number) =>
    stream === csat ? units >= MIN_RATINGS : isKnownRate(units, events);

  function sumOf(stream: number, hourMs: number): Sums {
    const ripeMs = Math.max(startedAtMs, hourMs - LAG_MS);
    let [units, events, squares, count] = [0, 0, 0, 0];
    const around = { units: 0, events: 0 };
    const order = [...hours.keys()].filter((start) => start >= ripeMs - PAST_MS && start < hourMs);
    for (const start of order.toSorted((a, b) => a - b)) {
      // Only as much of the last day as it takes to know anything at all.
      if (start + HOUR_MS > ripeMs && isEnough(stream, units, events)) break;
      const cells = hours.get(start);
      const more = cells?.[FIELDS * stream] ?? 0;
      units += more;
      const shown = cells?.[FIELDS * stream + 1] ?? 0;
      events += shown;
      squares += cells?.[FIELDS * stream + 2] ?? 0;
      if (more > 0) count += 1;
      const apart = Math.abs(start - hourMs) % DAY_MS;
      if (Math.min(apart, DAY_MS - apart) > AROUND_HOURS * HOUR_MS) continue;
      around.units += more;
      around.events += shown;
    }
    return { units, events, squares, hours: count, around };
  }

  function at(stream: number, atMs: number): Sums {
    const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
    if (known.atHourMs !== hourMs) {
      known.atHourMs = hourMs;
      known.sums = streams.map((_, index) => sumOf(index, hourMs));
      for (const start of hours.keys()) if (start < hourMs - PAST_MS - LAG_MS) hours.delete(start);
    }
    return known.sums[stream] ?? NOTHING;
  }

  return {
    add(startMs, stream, units, events, squares) {
      if (units === 0 && events === 0) return;
      const sums = Array.from({ length: streams.length * FIELDS }, () => 0);
      [units, events, squares].forEach((value, index) => {
        sums[FIELDS * stream + index] = value;
      });
      put(startMs, sums);
    },
    rate01(stream, atMs) {
      const { units, events, hours: count, around } = at(stream, atMs);
      if (!isEnough(stream, units, events)) return null;
      const whole = limitedRate(events, units);
      if (count < WHOLE_DAY_HOURS) return SHORT_FACTOR * whole;
      // Gamma-Poisson: the mean of the hours around this one, with the whole as a prior worth WHOLE_EVENTS.
      return (around.events + WHOLE_EVENTS) / (around.units + WHOLE_EVENTS / whole);
    },
    mean01(stream, atMs) {
      const { units, events, squares, hours: count, around } = at(stream, atMs);
      if (!isEnough(stream, units, events)) return null;
      const mean = events / units;
      const error = Math.sqrt(Math.max(0, squares / units - mean * mean) / units);
      if (count < WHOLE_DAY_HOURS) return mean - Z_95 * error - SHORT_MARGIN;
      const own = (around.events + WHOLE_RATINGS * mean) / (around.units + WHOLE_RATINGS);
      return own - Z_95 * error;
    },
    sums: (stream, atMs) => at(stream, atMs),
    save: () => [...hours].toSorted(([a], [b]) => a - b).map(([startMs, cells]) => [startMs, ...cells]),
  };
}

/** The rate once it rests on enough, or its upper 90 % limit (Garwood 1936) where it rests on few events. */
export function limitedRate(events: number, units: number): number {
  return (events < FIRM_EVENTS ? poissonUpperLimit(Math.ceil(events), 0.95) : events) / units;
}

/** Is this enough to call a rate known? */
export function isKnownRate(units: number, events: number): boolean {
  return units >= MIN_CONVERSATIONS && events >= MIN_EVENTS;
}
