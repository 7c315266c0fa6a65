import { isKnownRate, type PastHour } from '#shared/domain/detection/own-past.ts';
import { isNamedVersion } from '#shared/domain/distribution/shares.ts';
import type { ArmReading, SignalId } from '#shared/model/signal.ts';
import type { VersionSeries } from '#engine/telemetry/kind.ts';

/** `startsMs` and versions as the telemetry store gives them per hour. */
export type HourlySeries = {
  readonly startsMs: readonly number[];
  readonly versions: readonly VersionSeries[];
};

/**
 * What a version showed before it was watched alone, hour by hour. Where that is too little to know what is normal (it came days ago at a
 * small share), what the prompt showed on all versions stands in for it: it was promoted because it was no worse.
 */
export function pastHours(series: HourlySeries, version: string, streams: readonly SignalId[]): PastHour[] {
  const own = series.versions.filter((each) => each.version === version);
  const named = series.versions.filter((each) => isNamedVersion(each.version));
  return series.startsMs.map((startMs, hour) => ({
    startMs,
    streams: Object.fromEntries(
      streams.map((signal) => [signal, sumsOf(isEnough(own, signal) ? own : named, signal, hour)]),
    ),
  }));
}

function isEnough(versions: readonly VersionSeries[], signal: SignalId): boolean {
  let [units, events] = [0, 0];
  for (const { readings } of versions) {
    for (const hour of readings) {
      const sums = sumsOfReading(hour[signal]);
      units += sums.units;
      events += sums.events;
    }
  }
  return signal === 'csat' ? units > 0 : isKnownRate(units, events);
}

function sumsOf(versions: readonly VersionSeries[], signal: SignalId, hour: number) {
  const sums = { units: 0, events: 0, squares: 0 };
  for (const { readings } of versions) {
    const reading = readings[hour]?.[signal];
    if (!reading) continue;
    const more = sumsOfReading(reading);
    sums.units += more.units;
    sums.events += more.events;
    sums.squares += more.squares;
  }
  return sums;
}

function sumsOfReading(reading: ArmReading) {
  return reading.kind === 'rate'
    ? { units: reading.conversations, events: reading.events, squares: 0 }
    : { units: reading.ratings, events: reading.sum / 100, squares: reading.sumSquares / 10_000 };
}
