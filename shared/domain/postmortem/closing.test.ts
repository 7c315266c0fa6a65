import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockerIdSchema, EMPTY_AFTERMATH, type Aftermath } from '#shared/model/closing.ts';
import { closingBlockers, owesPostmortem, type ClosingFacts } from './closing.ts';
import { storyIncident } from './story.ts';

const OVER: ClosingFacts = {
  unsettled: null,
  flipAtMs: 10,
  wasFlipped: true,
  decided: { outcome: 'roll-back', atMs: 5 },
  verification: storyIncident().verification,
  aftermath: EMPTY_AFTERMATH,
  evals: null,
  wave2: null,
};
const DONE: Aftermath = {
  ...EMPTY_AFTERMATH,
  note: { ...EMPTY_AFTERMATH.note, doneAtMs: 1 },
  hasCause: true,
  hasMissedByEvals: true,
  hasWhyNotSooner: true,
  timelineConfirmed: { by: 'ana', atMs: 1 },
  actionItems: { total: 1, ready: 1 },
};
const ACCEPTED = { cases: 1, acceptedCaseId: 'c', acceptedAtMs: 1, gatedAtMs: 1, sentence: '' };
const ids = (facts: Partial<ClosingFacts>) => closingBlockers({ ...OVER, ...facts }).map(({ id }) => id);

describe('what blocks closing', () => {
  it('every output, until it is there', () => {
    expect(ids({})).toEqual(['note', 'timeline', 'cause', 'detection-gap', 'eval-case', 'action-items']);
    expect(ids({ aftermath: DONE })).toEqual(['eval-case']);
    expect(ids({ aftermath: DONE, evals: { ...ACCEPTED, gatedAtMs: null } })).toEqual(['eval-gate']);
    expect(ids({ aftermath: DONE, evals: ACCEPTED })).toEqual([]);
    const half = { ...DONE, actionItems: { total: 3, ready: 2 } };
    expect(closingBlockers({ ...OVER, aftermath: half, evals: ACCEPTED })[0]?.sentence).toBe(
      '1 of 3 action items has no owner or no due date.',
    );
  });

  it('is owed where the prompt was at fault, whatever the severity', () => {
    const owes = (
      wasFlipped: boolean,
      outcome: 'roll-back' | 'forward-fix' | 'keep-ramping' | 'not-the-prompt',
    ) => owesPostmortem({ wasFlipped, decided: { outcome, atMs: 1 } });
    expect(owes(true, 'not-the-prompt')).toBe(true);
    expect(owes(false, 'forward-fix')).toBe(true);
    expect(owes(false, 'not-the-prompt')).toBe(false);
    expect(owes(false, 'keep-ramping')).toBe(false);
  });

  it('a rollback that was undone owes it all the same', () => {
    expect(ids({ flipAtMs: null, decided: { outcome: 'keep-ramping', atMs: 20 } })).toContain('eval-case');
  });

  it('never lets a waiver stand in for the response itself, nor for another blocker', () => {
    const facts = fc.record({
      unsettled: fc.option(fc.constant('checking')),
      flipAtMs: fc.option(fc.integer({ min: 0, max: 9 })),
      wasFlipped: fc.boolean(),
      decided: fc.option(
        fc.record({
          outcome: fc.constantFrom('roll-back', 'forward-fix', 'keep-ramping', 'not-the-prompt', 'undecided'),
          atMs: fc.integer({ min: 0, max: 20 }),
        }),
      ),
      verification: fc.constantFrom(null, storyIncident().verification),
      evals: fc.constantFrom(null, ACCEPTED),
      wave2: fc.constant(null),
      waived: fc.subarray([...blockerIdSchema.options]),
      aftermath: fc.constantFrom(EMPTY_AFTERMATH, DONE),
    });
    fc.assert(
      fc.property(facts, ({ waived, aftermath, ...rest }) => {
        const waivers = waived.map((blocker) => ({ blocker, name: 'Mira', reason: 'r', atMs: 1 }));
        const without = closingBlockers({ ...(rest as ClosingFacts), aftermath });
        const found = closingBlockers({ ...(rest as ClosingFacts), aftermath: { ...aftermath, waivers } });
        expect(found.map(({ id }) => id)).toEqual(without.map(({ id }) => id));
        for (const { id, isWaivable, waiver } of found) {
          expect(waiver !== null).toBe(isWaivable && waived.includes(id));
        }
      }),
    );
  });
});
