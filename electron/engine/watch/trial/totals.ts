import { z } from 'zod';
import type { ArmId, Increment } from '#shared/domain/detection/kind.ts';
import type { RateStreamId } from '#shared/model/detection.ts';
import { STREAM_IDS } from '#shared/model/detection.ts';
import type { ArmReading, SignalId } from '#shared/model/signal.ts';

const RATE_STREAMS = STREAM_IDS.filter((stream) => stream !== 'csat');

const sumSchema = z.object({
  arm: z.enum(['candidate', 'control']),
  cohort: z.string(),
  conversations: z.number(),
  events: z.partialRecord(z.enum(RATE_STREAMS), z.number()),
  ratings: z.number(),
  sum: z.number(),
  sumSquares: z.number(),
});
export const totalsStateSchema = z.array(sumSchema);
type Sum = z.infer<typeof sumSchema>;
export type TotalsState = readonly Sum[];

/** Everything fed since the launch, per arm and cohort: what "looks like" is worked out from. */
export type Totals = {
  add(increments: readonly Increment[]): void;
  /** `cohort` 'all' adds them up; zero where nothing was fed. */
  reading(arm: ArmId, signal: SignalId, cohort: string): ArmReading;
  conversations(arm: ArmId, cohort: string): number;
  cohorts(): string[];
  state(): TotalsState;
};

export function createTotals(saved: TotalsState = []): Totals {
  const sums = new Map(
    saved.map((sum) => [`${sum.arm}/${sum.cohort}`, { ...sum, events: { ...sum.events } }]),
  );

  function sumOf({ arm, cohort }: { arm: ArmId; cohort: string }): Sum {
    const known = sums.get(`${arm}/${cohort}`);
    if (known) return known;
    const fresh: Sum = { arm, cohort, conversations: 0, events: {}, ratings: 0, sum: 0, sumSquares: 0 };
    sums.set(`${arm}/${cohort}`, fresh);
    return fresh;
  }
  const chosen = (arm: ArmId, cohort: string) =>
    [...sums.values()].filter((sum) => sum.arm === arm && (cohort === 'all' || sum.cohort === cohort));

  return {
    add(increments) {
      for (const increment of increments) {
        const sum = sumOf(increment);
        sum.conversations += increment.conversations;
        for (const stream of RATE_STREAMS) {
          const events = increment.events[stream];
          if (events) sum.events[stream] = (sum.events[stream] ?? 0) + events;
        }
        for (const [score, count] of increment.ratings) {
          sum.ratings += count;
          sum.sum += score * count;
          sum.sumSquares += score * score * count;
        }
      }
    },
    reading(arm, signal, cohort) {
      const over = chosen(arm, cohort);
      const total = (pick: (sum: Sum) => number) => over.reduce((all, sum) => all + pick(sum), 0);
      if (signal === 'csat') {
        return {
          kind: 'mean',
          ratings: total(({ ratings }) => ratings),
          sum: total(({ sum }) => sum),
          sumSquares: total(({ sumSquares }) => sumSquares),
        };
      }
      const stream: RateStreamId = signal;
      return {
        kind: 'rate',
        conversations: total(({ conversations }) => conversations),
        events: total(({ events }) => events[stream] ?? 0),
      };
    },
    conversations: (arm, cohort) => chosen(arm, cohort).reduce((all, sum) => all + sum.conversations, 0),
    cohorts: () => [...new Set([...sums.values()].map(({ cohort }) => cohort))],
    state: () => [...sums.values()],
  };
}
