import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSplitCheck, logMultinomialEvidence, responseNote, SPLIT_LINE } from './split.ts';

const p = (shares: readonly number[], counts: readonly number[]) =>
  Math.min(1, Math.exp(-logMultinomialEvidence(shares, counts)));

describe('the multinomial test', () => {
  it('gives the published p-values (Lindon and Malek; package savvi)', () => {
    expect(p([0.1, 0.4, 0.5], [40, 129, 233])).toBeCloseTo(0.0484559, 6);
    expect(p([0.8, 0.2], [148, 62])).toBeCloseTo(0.0455796, 6);
  });

  it('does not care in which order counts came', () => {
    const ticks = fc.array(fc.tuple(fc.nat(40), fc.nat(400)), { maxLength: 20 });
    fc.assert(
      fc.property(ticks, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (list, intended01) => {
        const forwards = createSplitCheck({ intended01 });
        const backwards = createSplitCheck({ intended01 });
        for (const [a, b] of list) forwards.add(a, b);
        for (const [a, b] of list.toReversed()) backwards.add(a, b);
        expect(forwards.evidence()).toBe(backwards.evidence());
        expect(Number.isFinite(forwards.evidence())).toBe(true);
        expect(forwards.evidence()).toBeGreaterThan(0);
        const [a, b] = [forwards.state(), JSON.parse(JSON.stringify(forwards.state()))];
        expect(createSplitCheck({ intended01 }, b).state()).toEqual(a);
      }),
    );
  });
});

describe('the split check', () => {
  it('tells 6.5 % from a configured 5 %, and leaves 5 % alone', () => {
    const wrong = createSplitCheck({ intended01: 0.05 });
    let ticks = 0;
    while (wrong.evidence() < SPLIT_LINE && ticks < 10_000) {
      ticks += 1;
      wrong.add(13, 187);
    }
    // About ln 1000 over the divergence of the two shares, 0.0022: 20 to 30 ticks of 200 conversations.
    expect(ticks).toBeGreaterThan(10);
    expect(ticks).toBeLessThan(40);
    const right = createSplitCheck({ intended01: 0.05 });
    for (let tick = 0; tick < 5_000; tick += 1) right.add(10, 190);
    expect(right.evidence()).toBeLessThan(1);
    expect(right.observed01()).toBeCloseTo(0.05, 9);
  });

  it('raises a false alarm in fewer than one of a thousand sound rollouts', () => {
    let seed = 99;
    const random = () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
    let alarms = 0;
    for (let run = 0; run < 1_000; run += 1) {
      const check = createSplitCheck({ intended01: 0.25 });
      for (let look = 0; look < 100; look += 1) {
        let mine = 0;
        for (let unit = 0; unit < 10; unit += 1) if (random() < 0.25) mine += 1;
        if (check.add(mine, 10 - mine) < SPLIT_LINE) continue;
        alarms += 1;
        break;
      }
    }
    expect(alarms).toBeLessThanOrEqual(4);
  });

  it('takes a straggler at 0 % and 100 % for what it is', () => {
    const full = createSplitCheck({ intended01: 1 });
    expect(full.add(20_000, 3)).toBe(1);
    expect(full.add(20_000, 2_000)).toBeGreaterThan(SPLIT_LINE);
    expect(createSplitCheck({ intended01: 0 }).add(500, 500)).toBeGreaterThan(SPLIT_LINE);
    expect(createSplitCheck({ intended01: 0.5 }).observed01()).toBeNull();
  });
});

describe('response rates', () => {
  it('are named where the arms answer differently often', () => {
    expect(
      responseNote({ conversations: 1_000, ratings: 120 }, { conversations: 19_000, ratings: 4_750 }),
    ).toBe("The candidate's users answer less often: 12 % against 25 %. csat compares those who answered.");
    expect(
      responseNote({ conversations: 1_000, ratings: 245 }, { conversations: 19_000, ratings: 4_750 }),
    ).toBeNull();
    expect(responseNote({ conversations: 0, ratings: 0 }, { conversations: 10, ratings: 1 })).toBeNull();
  });
});
