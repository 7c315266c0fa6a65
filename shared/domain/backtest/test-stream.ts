import { backtest } from './judge.ts';
import type { BacktestResult, Recording } from './kind.ts';
import { createRecorder } from './recorder.ts';
import { numbers, poisson } from '../detection/test-traffic.ts';

/** Made-up recordings for the tests of this folder. */

export const START = Date.UTC(2026, 0, 1);
export const TICK = 10_000;
export type Line = Readonly<Record<string, unknown>>;

export function record(lines: readonly (Line | string)[]): Recording {
  const recorder = createRecorder();
  for (const line of lines) recorder.line(typeof line === 'string' ? line : JSON.stringify(line));
  return recorder.finish();
}

export const judged = (lines: readonly Line[]): BacktestResult => backtest(record(lines));

type Rates = { readonly complaints: number; readonly safetyTrips: number; readonly downstreamErrors: number };
const USUAL: Rates = { complaints: 0.005, safetyTrips: 0.0005, downstreamErrors: 0.002 };

export type Stretch = {
  /** Ticks since START, the end not included. */
  readonly from: number;
  readonly to: number;
  readonly perHour: number;
  readonly share01: number;
  readonly seed: number;
  readonly candidate?: Partial<Rates>;
  readonly control?: Partial<Rates>;
  /** Part of the conversations that are rated, 0 by default; both arms alike. */
  readonly rated01?: number;
  readonly cohort?: string;
  readonly versions?: readonly [candidate: string, control: string];
  /** Complaints become known so many ticks after the conversation began. */
  readonly lateTicks?: number;
};

const count = (units: number, rate01: number, next: () => number): number => {
  let events = 0;
  for (let unit = 0; unit < units; unit += 1) if (next() < rate01) events += 1;
  return events;
};

/** Lines of a stretch of traffic: Poisson arrivals, independent events. */
export function stretch(world: Stretch): Line[] {
  const next = numbers(world.seed);
  const lines: Line[] = [];
  const [candidate, control] = world.versions ?? ['v18', 'v17'];
  for (let tick = world.from; tick < world.to; tick += 1) {
    for (const role of ['candidate', 'control'] as const) {
      const share01 = role === 'candidate' ? world.share01 : 1 - world.share01;
      const conversations = poisson((world.perHour / 360) * share01, next);
      if (conversations === 0) continue;
      const rates = { ...USUAL, ...world[role] };
      const place = {
        t: START + tick * TICK,
        cohort: world.cohort ?? 'all',
        version: role === 'candidate' ? candidate : control,
        role,
      };
      const complaints = count(conversations, rates.complaints, next);
      const rated = count(conversations, world.rated01 ?? 0, next);
      const csat = Array.from({ length: rated }, () => [next() < 0.6 ? 100 : 50, 1]);
      const late = world.lateTicks ?? 0;
      lines.push({
        ...place,
        conversations,
        complaints: late > 0 ? 0 : complaints,
        safetyTrips: count(conversations, rates.safetyTrips, next),
        downstreamErrors: count(conversations, rates.downstreamErrors, next),
        csat,
      });
      if (late > 0 && complaints > 0)
        lines.push({ ...place, seenAt: START + (tick + 1 + late) * TICK, conversations: 0, complaints });
    }
  }
  return lines;
}

/** The same lines in an order drawn from the seed. */
export function shuffled<T>(lines: readonly T[], seed: number): T[] {
  const next = numbers(seed);
  return lines
    .map((line) => ({ line, key: next() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ line }) => line);
}
