import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verification } from '#shared/model/incident.ts';
import { PLAYBOOK_IDS, type Wave2 } from '#shared/model/wave2.ts';
import { storyIncident } from '../postmortem/story.ts';
import {
  againSince,
  BACK_SPANS_MS,
  backSince,
  countsFromMs,
  endAtBaseline,
  noticeErrors,
  openWave2,
  stretchesOf,
  wave2Blocker,
  wave2Phase,
} from './clock.ts';
import { plannedChecklists, progressOf, stepKeys, stepOf } from './playbooks.ts';

const MIN = 60_000;
const HAND = {
  openedAtMs: 1_000,
  openedBy: 'ana',
  openedHow: 'person' as const,
  reason: 'the queue grows',
  errorsSeenAtMs: null,
};
const SUSPECTED = { suspected: true, sentence: 'errors go on' };
const opened = (): Wave2 => {
  const found = noticeErrors(null, SUSPECTED, 10 * MIN, 'fusebox');
  if (!found) throw new Error('not opened');
  return found.wave2;
};
const choosing = (wave2: Wave2, ...ids: readonly (typeof PLAYBOOK_IDS)[number][]): Wave2 => ({
  ...wave2,
  playbooks: Object.fromEntries(
    ids.map((id) => [id, { isChosen: true, revision: 1, by: 'ana', atMs: 1 }] as const),
  ),
});
const step = (state: 'open' | 'doing' | 'done' | 'not-needed') => ({
  state,
  owner: null,
  reason: state === 'not-needed' ? 'no column' : null,
  revision: 1,
  by: 'ana',
  atMs: 1,
});
const REFERENCE = {
  baseline: { conversations: 1_000, events: 20 },
  incident: { conversations: 300, events: 90 },
};
const endedAtBaseline = () =>
  endAtBaseline(
    opened(),
    { stretch: { fromMs: 20 * MIN, conversations: 400, events: 8 }, baseline01: 0.02 },
    25 * MIN,
    'fusebox',
  );

describe('the clock of a second wave', () => {
  it('begins when the checks see errors outlive the bad version, once', () => {
    const wave2 = opened();
    expect(wave2.life).toMatchObject({
      openedHow: 'verification',
      errorsSeenAtMs: 10 * MIN,
      end: null,
      revision: 1,
    });
    expect(noticeErrors(wave2, SUSPECTED, 11 * MIN, 'fusebox')).toBeNull();
    expect(noticeErrors(null, { suspected: false, sentence: '' }, 0, 'fusebox')).toBeNull();
  });

  it('begins again after it ended at baseline, and not after a person ended it', () => {
    const ended = endedAtBaseline();
    const again = noticeErrors(ended, SUSPECTED, 40 * MIN, 'fusebox');
    expect(again?.isOpened).toBe(true);
    expect(again?.wave2.life).toMatchObject({ openedAtMs: 40 * MIN, end: null, revision: 3 });
    expect(again?.wave2.life.earlier).toHaveLength(1);
    // What counted as recovered stays so: the check does not go back to the first wave.
    expect(countsFromMs(again?.wave2 ?? null)).toBe(20 * MIN);
    const end = {
      how: 'person' as const,
      atMs: 1,
      by: 'ana',
      reason: 'the payment outage',
      backSinceMs: null,
    };
    const byHand: Wave2 = { ...ended, life: { ...ended.life, end } };
    expect(noticeErrors(byHand, SUSPECTED, 40 * MIN, 'fusebox')).toBeNull();
    expect(openWave2(byHand, HAND).life.end).toBeNull();
  });

  it('one opened by hand ends by hand, unless the checks see its errors', () => {
    const byHand = openWave2(null, HAND);
    expect(stretchesOf(byHand, 0, 3 * 3_600_000)).toEqual([]);
    const seen = noticeErrors(byHand, SUSPECTED, 2 * MIN, 'fusebox');
    expect(seen?.isOpened).toBe(false);
    expect(stretchesOf(seen?.wave2 ?? byHand, 0, 3 * 3_600_000)).toHaveLength(3);
  });

  it('looks at no stretch from before it began', () => {
    const wave2 = opened();
    expect(stretchesOf(wave2, 0, 14 * MIN)).toEqual([]);
    expect(stretchesOf(wave2, 0, 15 * MIN)).toEqual([10 * MIN]);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 * 3_600_000 }),
        fc.integer({ min: 0, max: 3_600_000 }),
        (later, drained) => {
          const nowMs = 10 * MIN + later;
          for (const fromMs of stretchesOf(wave2, drained, nowMs)) {
            expect(fromMs).toBeGreaterThanOrEqual(Math.max(drained, wave2.life.openedAtMs));
            expect(BACK_SPANS_MS).toContain(nowMs - fromMs);
          }
        },
      ),
    );
  });

  it('ends on the shortest stretch that proves the baseline, never at the level of the incident', () => {
    const calm = (fromMs: number, conversations: number) => ({
      fromMs,
      conversations,
      events: conversations * 0.02,
    });
    expect(backSince(REFERENCE, [calm(1, 2_000), calm(2, 600)])?.stretch.fromMs).toBe(2);
    expect(backSince(REFERENCE, [calm(2, 20)])).toBeNull();
    expect(backSince(REFERENCE, [])).toBeNull();
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5_000 }),
        fc.integer({ min: 200, max: 1_000 }),
        (conversations, perMille) => {
          const stretch = { fromMs: 0, conversations, events: (conversations * perMille) / 1_000 };
          expect(backSince(REFERENCE, [stretch])).toBeNull();
        },
      ),
    );
    expect(againSince(REFERENCE, [calm(1, 2_000)])).toBeNull();
    expect(againSince(REFERENCE, [{ fromMs: 7, conversations: 600, events: 150 }])?.stretch.fromMs).toBe(7);
    expect(endedAtBaseline().life.end).toMatchObject({ how: 'baseline', backSinceMs: 20 * MIN });
  });

  it('has one word for where it stands', () => {
    const verification = storyIncident().verification as Verification;
    const suspecting: Verification = { ...verification, wave2: SUSPECTED };
    expect(wave2Phase({ wave2: null, verification })).toBe('none');
    expect(wave2Phase({ wave2: null, verification: null })).toBe('none');
    expect(wave2Phase({ wave2: null, verification: suspecting })).toBe('suspected');
    expect(wave2Phase({ wave2: opened(), verification: suspecting })).toBe('open');
    expect(wave2Phase({ wave2: endedAtBaseline(), verification })).toBe('ended');
  });
});

describe('what a second wave blocks', () => {
  it('closing, until every step of the chosen playbooks is done or not needed', () => {
    expect(wave2Blocker(null)).toBeNull();
    expect(wave2Blocker(opened())).toContain('no repair playbook is chosen');
    const wave2 = choosing(opened(), 'parser');
    expect(progressOf(wave2)).toMatchObject({ total: 7, finished: 0, next: { key: 'parser/hold' } });
    expect(wave2Blocker(wave2)).toBe(
      'Wave 2 is open: 7 of 7 repair steps are not finished (next: hold what the parser refuses). Finish them, or say why one is not needed.',
    );
  });

  it('also after the errors are back: customers are not told by a figure. A person can end it all', () => {
    const ended = choosing(endedAtBaseline(), 'index');
    expect(wave2Blocker(ended)).toContain('Wave 2 left work behind: 7 of 7');
    expect(wave2Blocker(endedAtBaseline())).toBeNull();
    const end = {
      how: 'person' as const,
      atMs: 1,
      by: 'ana',
      reason: 'nothing was stored',
      backSinceMs: null,
    };
    expect(wave2Blocker({ ...ended, life: { ...ended.life, end } })).toBeNull();
  });

  it('counts exactly the steps of the chosen playbooks', () => {
    const states = fc.constantFrom('open', 'doing', 'done', 'not-needed' as const);
    fc.assert(
      fc.property(
        fc.subarray([...PLAYBOOK_IDS]),
        fc.dictionary(fc.constantFrom(...stepKeys()), states, { maxKeys: 17 }),
        (chosen, said) => {
          const steps = Object.fromEntries(Object.entries(said).map(([key, state]) => [key, step(state)]));
          const wave2 = { ...choosing(opened(), ...chosen), steps };
          const planned = plannedChecklists(wave2).flatMap((checklist) => checklist.steps);
          expect(planned.every(({ key }) => stepOf(key) !== null)).toBe(true);
          expect(planned).toHaveLength(chosen.length === 0 ? 0 : chosen.length * 5 + 2);
          const { total, finished, next } = progressOf(wave2);
          expect(total).toBe(planned.length);
          expect(next === null).toBe(finished === total);
          expect(wave2Blocker(wave2) === null).toBe(total > 0 && finished === total);
        },
      ),
    );
  });

  it('every step has a key of its own', () => {
    const keys = stepKeys();
    expect(new Set(keys).size).toBe(keys.length);
    expect(stepOf('parser/nothing')).toBeNull();
    expect(stepOf('nothing/find')).toBeNull();
  });
});
