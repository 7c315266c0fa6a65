import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArmId } from '#shared/domain/detection/kind.ts';
import type { Counted } from './metric-ledger.ts';
import { beginLedger, moveAnchor, takeRates, takeScores } from './metric-ledger.ts';

const MINUTE = 60_000;
const UNBORN = { candidate: false, control: false };
const both = (candidate: Counted, control = candidate): Record<ArmId, Counted> => ({ candidate, control });
const rate = (numerator: number | null, denominator: number | null): Counted => ({
  numerator,
  denominator,
  sumSquares: null,
});

describe('a rate', () => {
  it('gives whole counts that add up, whatever fraction the source adds', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            conversations: fc.nat(200),
            events01: fc.double({ min: 0, max: 1, noNaN: true }),
            stretch: fc.double({ min: 1, max: 1.04, noNaN: true }),
            isAnchorMoved: fc.boolean(),
          }),
          { minLength: 1, maxLength: 60 },
        ),
        (minutes) => {
          let ledger = beginLedger(0, 0, both(rate(0, 0)), UNBORN);
          const counted = { numerator: 0, denominator: 0 };
          let before = { numerator: 0, denominator: 0 };
          const taken = { conversations: 0, events: 0 };
          for (const [index, minute] of minutes.entries()) {
            counted.denominator += minute.conversations;
            counted.numerator += Math.floor(minute.conversations * minute.events01);
            const from = (anchor: typeof before, stretch: number) =>
              rate(
                (counted.numerator - anchor.numerator) * stretch,
                (counted.denominator - anchor.denominator) * stretch,
              );
            const now = both(from(before, minute.stretch));
            const { ledger: next, steps } = takeRates(ledger, (index + 1) * MINUTE, now);
            ledger = next;
            const step = steps!.candidate;
            expect(Number.isInteger(step.conversations) && Number.isInteger(step.events)).toBe(true);
            expect(step.events).toBeGreaterThanOrEqual(0);
            expect(step.events).toBeLessThanOrEqual(step.conversations);
            taken.conversations += step.conversations;
            taken.events += step.events;
            if (minute.isAnchorMoved) {
              ledger = moveAnchor(ledger, index * MINUTE, now, both(rate(0, 0)));
              before = { ...counted };
            }
          }
          // Never more than the source ever showed, and all of it but what is not whole yet.
          expect(taken.conversations).toBeLessThanOrEqual(counted.denominator * 1.04 + 1);
          expect(taken.conversations).toBeGreaterThan(counted.denominator - 1 - 1e-6 * minutes.length);
          expect(taken.events).toBeLessThanOrEqual(counted.numerator * 1.04 + 1);
        },
      ),
    );
  });

  it('keeps events whose conversations are not there yet for a later minute', () => {
    const begun = beginLedger(0, 0, both(rate(0, 10)), UNBORN);
    const first = takeRates(begun, MINUTE, both(rate(3, 11)));
    expect(first.steps?.candidate).toEqual({ conversations: 1, events: 1 });
    const second = takeRates(first.ledger, 2 * MINUTE, both(rate(3, 21)));
    expect(second.steps?.candidate).toEqual({ conversations: 10, events: 2 });
  });

  it('takes a counter of events that is not born for zero', () => {
    const begun = beginLedger(0, 0, both(rate(null, 10), rate(4, 100)), UNBORN);
    expect(begun.isBorn).toEqual({ candidate: false, control: true });
    const { ledger, steps } = takeRates(begun, MINUTE, both(rate(1.02, 20), rate(5, 200)));
    expect(steps).toEqual({
      candidate: { conversations: 10, events: 1 },
      control: { conversations: 100, events: 1 },
    });
    expect(ledger.isBorn.candidate).toBe(true);
  });

  it('does not take a zero for a counter: a template may add one where there is none', () => {
    const begun = beginLedger(0, 0, both(rate(0, 10)), UNBORN);
    expect(begun.isBorn).toEqual(UNBORN);
    expect(takeRates(begun, MINUTE, both(rate(0, 20), rate(1, 20))).ledger.isBorn.control).toBe(true);
  });

  it('loses the minute of both arms when a counter of one begins anew, and goes on after it', () => {
    const begun = beginLedger(0, 0, both(rate(50, 1000)), UNBORN);
    const reset = takeRates(begun, MINUTE, both(rate(2, 40), rate(60, 1100)));
    expect(reset.steps).toBeNull();
    const after = takeRates(reset.ledger, 2 * MINUTE, both(rate(3, 60), rate(61, 1200)));
    expect(after.steps).toEqual({
      candidate: { conversations: 20, events: 1 },
      control: { conversations: 100, events: 1 },
    });
  });
});

describe('csat', () => {
  const scores = (ratings: number, sum: number, sumSquares: number | null): Counted => ({
    numerator: sum,
    denominator: ratings,
    sumSquares,
  });

  it('gives ratings, sum and squares of the minute, crumbs of a rating later', () => {
    const begun = beginLedger(0, 0, both(scores(10, 800, 70_000)), UNBORN);
    const crumb = takeScores(begun, MINUTE, both(scores(10.4, 832, 72_800)));
    expect(crumb.steps?.candidate).toEqual({ ratings: 0, sum: 0, sumSquares: 0 });
    const next = takeScores(crumb.ledger, 2 * MINUTE, both(scores(12, 960, 83_000)));
    expect(next.steps?.candidate).toEqual({ ratings: 2, sum: 160, sumSquares: 13_000 });
  });

  it('stays within what scores of 0-100 can have', () => {
    const figure = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        figure,
        figure,
        fc.option(figure),
        figure,
        figure,
        fc.option(figure),
        (a, b, c, d, e, f) => {
          const begun = beginLedger(0, 0, both(scores(a, b, c)), UNBORN);
          const { ratings, sum, sumSquares } = takeScores(begun, MINUTE, both(scores(a + d, b + e, f))).steps
            ?.candidate ?? { ratings: 0, sum: 0, sumSquares: 0 };
          const slack = 1 + 1e-9;
          expect(sum).toBeLessThanOrEqual(100 * ratings * slack);
          expect(sumSquares).toBeLessThanOrEqual(100 * sum * slack);
          if (ratings > 0) expect(sumSquares * slack).toBeGreaterThanOrEqual((sum * sum) / ratings);
        },
      ),
    );
  });

  it('takes the largest spread that scores can have where there are no squares', () => {
    const begun = beginLedger(0, 0, both(scores(0, 0, null)), UNBORN);
    const { steps } = takeScores(begun, MINUTE, both(scores(10, 900, null)));
    expect(steps?.candidate).toEqual({ ratings: 10, sum: 900, sumSquares: 90_000 });
  });
});
