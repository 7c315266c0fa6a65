import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoopStepId } from '#shared/model/incident.ts';
import { incidentId, loopSteps, nextSequence, type LoopFacts } from './steps.ts';

const MIN = 60_000;
const story: LoopFacts = {
  shippedAtMs: 0,
  onsetAtMs: null,
  declaredAtMs: 8 * MIN,
  identifiedAtMs: 8 * MIN,
  decided: { outcome: 'roll-back', atMs: 11 * MIN },
  firstPressedAtMs: 11 * MIN,
  inEffectAtMs: 11 * MIN + 11_000,
  rollbackNote: null,
  recoveredAtMs: 15 * MIN,
  verifyNote: null,
  judgedAtMs: 15 * MIN,
  notedAtMs: null,
  isNotedByClosing: false,
  evals: null,
  isEvalWaived: false,
  closedAtMs: null,
};
const stateOf = (facts: LoopFacts) =>
  Object.fromEntries(loopSteps(facts).map(({ id, state }) => [id, state])) as Record<LoopStepId, string>;

describe('the loop', () => {
  it('runs its clocks from the moments of the story', () => {
    const took = loopSteps(story).map(({ id, startedAtMs, doneAtMs }) => [
      id,
      (doneAtMs ?? NaN) - (startedAtMs ?? NaN),
    ]);
    expect(took.slice(0, 5)).toEqual([
      ['detect', 8 * MIN],
      ['identify', 0],
      ['decide', 3 * MIN],
      ['rollback', 11_000],
      ['verify', 4 * MIN - 11_000],
    ]);
    expect(stateOf(story)).toMatchObject({ note: 'active', eval: 'waiting' });
    expect(loopSteps(story).at(-1)?.startedAtMs).toBe(15 * MIN);
  });

  it('skips rollback and verify for a forward-fix', () => {
    const fixed = stateOf({
      ...story,
      decided: { outcome: 'forward-fix', atMs: 10 * MIN },
      firstPressedAtMs: null,
      inEffectAtMs: null,
      recoveredAtMs: null,
    });
    expect(fixed).toMatchObject({ rollback: 'skipped', verify: 'skipped', note: 'active' });
  });

  it('notes within 30 minutes of the first verdict, good or bad', () => {
    const noteOf = (facts: Partial<LoopFacts>) =>
      loopSteps({ ...story, ...facts }).find(({ id }) => id === 'note');
    expect(noteOf({})).toMatchObject({ state: 'active', startedAtMs: 15 * MIN, targetMs: 30 * MIN });
    expect(noteOf({ recoveredAtMs: null, judgedAtMs: 13 * MIN })).toMatchObject({
      state: 'active',
      startedAtMs: 13 * MIN,
    });
    expect(noteOf({ recoveredAtMs: null, judgedAtMs: null })).toMatchObject({ state: 'waiting' });
    expect(noteOf({ notedAtMs: 20 * MIN })).toMatchObject({ state: 'done', doneAtMs: 20 * MIN });
    expect(noteOf({ closedAtMs: 40 * MIN })).toMatchObject({ state: 'skipped', doneAtMs: null });
    expect(noteOf({ closedAtMs: 40 * MIN, isNotedByClosing: true })).toMatchObject({
      state: 'done',
      doneAtMs: 40 * MIN,
    });
  });

  it('has its eval step done when a case is proven and gated, and left out when that was waived', () => {
    const evals = {
      cases: 1,
      acceptedCaseId: 'inc-1',
      acceptedAtMs: 16 * MIN,
      gatedAtMs: null,
      sentence: 'inc-1 is proven, not gated yet',
    };
    const stepOf = (change: Partial<LoopFacts>) => loopSteps({ ...story, ...change }).at(-1);
    expect(stepOf({ evals })).toMatchObject({ state: 'active', doneAtMs: null, note: evals.sentence });
    expect(stepOf({ evals: { ...evals, gatedAtMs: 20 * MIN } })).toMatchObject({
      state: 'done',
      startedAtMs: 15 * MIN,
      doneAtMs: 20 * MIN,
    });
    expect(stepOf({ isEvalWaived: true })).toMatchObject({ state: 'skipped' });
  });

  it('is at decide after the alarm', () => {
    const early = stateOf({
      ...story,
      decided: null,
      firstPressedAtMs: null,
      inEffectAtMs: null,
      recoveredAtMs: null,
    });
    expect(early).toMatchObject({ detect: 'done', identify: 'done', decide: 'active', rollback: 'waiting' });
  });

  it('counts detection from when the evidence says it began, never from before it shipped', () => {
    const detect = (facts: Partial<LoopFacts>) => loopSteps({ ...story, ...facts })[0];
    expect(detect({ onsetAtMs: 3 * MIN })).toMatchObject({ startedAtMs: 3 * MIN, doneAtMs: 8 * MIN });
    expect(detect({ onsetAtMs: -MIN })?.startedAtMs).toBe(0);
    expect(detect({ onsetAtMs: 9 * MIN })?.startedAtMs).toBe(8 * MIN);
    expect(detect({ onsetAtMs: null })?.note).toContain('not dated');
  });

  it('never shows a clock that runs backwards, whatever was corrected by hand', () => {
    const time = fc.option(fc.integer({ min: 0, max: 10 ** 12 }), { nil: null });
    const facts = fc.record({
      shippedAtMs: time,
      onsetAtMs: time,
      declaredAtMs: fc.integer({ min: 0, max: 10 ** 12 }),
      identifiedAtMs: time,
      decided: fc.option(
        fc.record({
          outcome: fc.constantFrom('roll-back', 'forward-fix', 'keep-ramping', 'not-the-prompt'),
          atMs: fc.integer({ min: 0, max: 10 ** 12 }),
        }),
        { nil: null },
      ),
      firstPressedAtMs: time,
      inEffectAtMs: time,
      rollbackNote: fc.constant(null),
      recoveredAtMs: time,
      verifyNote: fc.constant(null),
      judgedAtMs: time,
      notedAtMs: time,
      isNotedByClosing: fc.boolean(),
      evals: fc.option(
        fc.record({
          cases: fc.constant(1),
          acceptedCaseId: fc.constant(null),
          acceptedAtMs: fc.constant(null),
          gatedAtMs: time,
          sentence: fc.constant(''),
        }),
        { nil: null },
      ),
      isEvalWaived: fc.boolean(),
      closedAtMs: time,
    });
    fc.assert(
      fc.property(facts as fc.Arbitrary<LoopFacts>, (value) => {
        const steps = loopSteps(value);
        expect(steps).toHaveLength(7);
        for (const { startedAtMs, doneAtMs, state } of steps) {
          if (startedAtMs !== null && doneAtMs !== null) expect(doneAtMs).toBeGreaterThanOrEqual(startedAtMs);
          expect(state === 'done').toBe(doneAtMs !== null);
        }
      }),
    );
  });

  it('numbers incidents within their UTC day', () => {
    const late = Date.UTC(2026, 4, 9, 23, 59, 59);
    expect(incidentId(late, 1)).toBe('INC-20260509-1');
    const used = ['INC-20260509-1', 'INC-20260509-10', 'INC-20260508-44'];
    expect(nextSequence(late, used)).toBe(11);
    expect(nextSequence(late + 1_000, used)).toBe(1);
  });
});
