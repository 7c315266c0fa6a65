import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Increment } from '#shared/domain/detection/kind.ts';
import { createLedger, ledgerStateSchema, LOOK_BACK_MS } from './ledger.ts';
import type { ShownRow } from './ledger.ts';

const T0 = Date.UTC(2026, 4, 9, 14);
const TICK = 10_000;
const all = { fromMs: T0, toMs: T0 + LOOK_BACK_MS };
const row = (change: Partial<ShownRow> = {}): ShownRow => ({
  cohort: 'a',
  arm: 'candidate',
  bucketMs: T0,
  conversations: 10,
  events: {},
  ratings: [],
  ...change,
});

function sumsOf(increments: readonly Increment[]) {
  return increments.reduce(
    (sum, { conversations, events, ratings }) => ({
      conversations: sum.conversations + conversations,
      complaints: sum.complaints + (events.complaints ?? 0),
      ratings: sum.ratings + ratings.reduce((n, [, count]) => n + count, 0),
    }),
    { conversations: 0, complaints: 0, ratings: 0 },
  );
}

describe('the ledger', () => {
  it('gives what is new once, and late reports as increments of their old bucket', () => {
    const ledger = createLedger();
    expect(ledger.take([row()], all, T0 + TICK)).toEqual([row()]);
    expect(ledger.take([row()], all, T0 + 2 * TICK)).toEqual([]);
    const reported = row({ events: { complaints: 1 }, ratings: [[80, 2]] });
    expect(ledger.take([reported], all, T0 + 3 * TICK)).toEqual([
      row({ conversations: 0, events: { complaints: 1 }, ratings: [[80, 2]] }),
    ]);
  });

  it('does not count a conversation twice that turns out to have begun earlier, with its reports', () => {
    const ledger = createLedger();
    const later = { bucketMs: T0 + TICK };
    ledger.take(
      [row(), row({ ...later, events: { complaints: 1 }, ratings: [[20, 1]] })],
      all,
      T0 + 2 * TICK,
    );
    const moved = [
      row({ conversations: 11, events: { complaints: 1 }, ratings: [[20, 1]] }),
      row({ ...later, conversations: 9 }),
    ];
    expect(ledger.take(moved, all, T0 + 3 * TICK)).toEqual([]);
  });

  it('holds what left a bucket against what joins an older one that is only looked at later', () => {
    const ledger = createLedger();
    const recent = { fromMs: T0 + 10 * TICK, toMs: T0 + 20 * TICK };
    const young = row({ bucketMs: T0 + 12 * TICK });
    ledger.take([row(), young], all, T0 + 20 * TICK);
    expect(ledger.take([{ ...young, conversations: 9 }], recent, T0 + 21 * TICK)).toEqual([]);
    const now = [row({ conversations: 11 }), { ...young, conversations: 9 }];
    expect(ledger.take(now, all, T0 + 24 * TICK)).toEqual([]);
  });

  it('does not let what was deleted from the store silence the traffic to come', () => {
    const ledger = createLedger();
    ledger.take([row({ conversations: 1_000 })], all, T0 + TICK);
    expect(ledger.take([], all, T0 + 2 * TICK)).toEqual([]);
    const atMs = T0 + 4 * 60_000;
    const fresh = row({ bucketMs: atMs, conversations: 50 });
    expect(ledger.take([fresh], all, atMs + TICK)).toEqual([fresh]);
  });

  it('takes a changed rating for the one that was counted', () => {
    const ledger = createLedger();
    ledger.take([row({ ratings: [[20, 1]] })], all, T0 + TICK);
    expect(ledger.take([row({ ratings: [[90, 1]] })], all, T0 + 2 * TICK)).toEqual([]);
  });

  it('forgets what is too old to be corrected', () => {
    const ledger = createLedger();
    ledger.take([row()], all, T0 + TICK);
    ledger.take([], { fromMs: T0 + LOOK_BACK_MS, toMs: T0 + 2 * LOOK_BACK_MS }, T0 + LOOK_BACK_MS + 2 * TICK);
    expect(ledger.state().rows).toEqual([]);
  });

  it('gives in sum what is shown at the end, in whatever steps it grew, also over restarts', () => {
    const step = fc.record({
      bucket: fc.integer({ min: 0, max: 20 }),
      arm: fc.constantFrom('candidate' as const, 'control' as const),
      cohort: fc.constantFrom('a', 'b'),
      conversations: fc.integer({ min: 0, max: 5 }),
      complaints: fc.integer({ min: 0, max: 2 }),
      score: fc.integer({ min: 0, max: 100 }),
      isRestart: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let ledger = createLedger();
        const shown = new Map<string, ShownRow>();
        const given: Increment[] = [];
        for (const [
          index,
          { bucket, arm, cohort, conversations, complaints, score, isRestart },
        ] of steps.entries()) {
          const key = `${bucket}/${arm}/${cohort}`;
          const before =
            shown.get(key) ?? row({ bucketMs: T0 + bucket * TICK, arm, cohort, conversations: 0 });
          const scores = new Map(before.ratings);
          scores.set(score, (scores.get(score) ?? 0) + 1);
          shown.set(key, {
            ...before,
            conversations: before.conversations + conversations,
            events: { complaints: (before.events.complaints ?? 0) + complaints },
            ratings: [...scores],
          });
          given.push(...ledger.take([...shown.values()], all, T0 + (30 + index) * TICK));
          if (isRestart)
            ledger = createLedger(ledgerStateSchema.parse(JSON.parse(JSON.stringify(ledger.state()))));
        }
        expect(sumsOf(given)).toEqual(sumsOf([...shown.values()]));
      }),
    );
  });
});
