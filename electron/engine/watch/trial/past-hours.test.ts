import { expect, it } from 'vitest';
import { emptyTally, readingsOf } from '#engine/telemetry/tally.ts';
import { pastHours } from './past-hours.ts';

/** A version in two hours, with so many conversations, complaints and ratings (all 80) in each. */
function shown(version: string, conversations: number, complaints: number, ratings = 0) {
  const tally = { ...emptyTally(), conversations, complaints, ratings };
  const hour = readingsOf({ ...tally, csat_sum: 80 * ratings, csat_squares: 6_400 * ratings });
  return { version, conversations: [conversations, conversations], readings: [hour, hour] };
}
const hoursOf = (...versions: ReturnType<typeof shown>[]) =>
  pastHours({ startsMs: [0, 3_600_000], versions }, 'v18', ['complaints', 'csat']);

it('is what the version itself showed, hour by hour, where that is enough', () => {
  const complaints = { units: 2_000, events: 20, squares: 0 };
  const csat = { units: 100, events: 80, squares: 64 };
  const hours = hoursOf(shown('v18', 2_000, 20, 100), shown('v17', 50_000, 50, 900));
  expect(hours).toMatchObject([
    { startMs: 0, streams: { complaints } },
    { startMs: 3_600_000, streams: { complaints } },
  ]);
  expect(hours[0]?.streams.csat?.events).toBeCloseTo(csat.events, 9);
  expect(hours[0]?.streams.csat?.squares).toBeCloseTo(csat.squares, 9);
});

it('is what every named version of the prompt showed, where its own is too little to know what is normal', () => {
  const [hour] = hoursOf(
    shown('v18', 100, 1, 5),
    shown('v17', 50_000, 500, 900),
    shown('(none)', 9_000, 900),
  );
  expect(hour?.streams.complaints).toEqual({ units: 50_100, events: 501, squares: 0 });
  // It has ratings of its own, few as they are.
  expect(hour?.streams.csat?.units).toBe(5);
});
