import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActionItem } from '#shared/model/action-item.ts';
import { itemAgeing } from './ageing.ts';
import { auditItems, dueAtMs, dueReminders, REMIND_EVERY_MS } from './audit.ts';
import { earlierIncidents, type Comparable } from './recurrence.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.UTC(2026, 4, 20, 12);
const day = (offset: number) => new Date(NOW + offset * DAY).toISOString().slice(0, 10);
const item = (change: Partial<ActionItem> = {}): ActionItem => ({
  id: 'INC-1-A1',
  incidentId: 'INC-1',
  promptId: 'support',
  title: 't',
  owner: 'ana',
  dueOn: day(9),
  state: 'open',
  droppedBecause: null,
  ticketUrl: null,
  failureMode: 'complaints',
  suiteId: null,
  revision: 1,
  createdAtMs: 0,
  createdBy: 'ana',
  changedAtMs: 0,
  changedBy: 'ana',
  doneAtMs: null,
  remindedAtMs: null,
  ...change,
});
const again = { id: 'INC-2', promptId: 'support', failureMode: 'complaints' };
const urgencyOf = (change: Partial<ActionItem>, live = [] as (typeof again)[]) => {
  const [found] = auditItems([item(change)], live, NOW);
  return [found?.urgency, found?.urgencyText];
};

describe('the audit', () => {
  it('counts a due day until its end in UTC', () => {
    expect(dueAtMs('2026-05-20')).toBe(Date.UTC(2026, 4, 21));
    expect(urgencyOf({ dueOn: day(0) })).toEqual(['due-soon', 'due today']);
    expect(urgencyOf({ dueOn: day(1) })).toEqual(['due-soon', 'due tomorrow']);
    expect(urgencyOf({ dueOn: day(2) })).toEqual(['calm', 'due in 2 days']);
    expect(urgencyOf({ dueOn: day(-1) })).toEqual(['overdue', '1 day overdue']);
    expect(urgencyOf({ dueOn: day(-3) })).toEqual(['overdue', '3 days overdue']);
    expect(urgencyOf({ dueOn: null })).toEqual(['calm', 'no due date']);
    expect(urgencyOf({ dueOn: day(-3), state: 'done' })).toEqual(['finished', 'done']);
  });

  it('is loudest while an incident of the same kind is open', () => {
    expect(urgencyOf({}, [again])).toEqual(['recurred', 'INC-2 of the same kind is open now']);
    expect(urgencyOf({ failureMode: 'csat' }, [again])[0]).toBe('calm');
    expect(urgencyOf({ failureMode: null }, [again])[0]).toBe('recurred');
    expect(urgencyOf({}, [{ ...again, promptId: 'other' }])[0]).toBe('calm');
    // Its own incident, still open, is no recurrence.
    expect(urgencyOf({}, [{ ...again, id: 'INC-1' }])[0]).toBe('calm');
    expect(urgencyOf({ state: 'done' }, [again])[0]).toBe('finished');
  });

  it('orders by loudness and loses nothing; reminders are at most one a day', () => {
    const items = fc.array(
      fc.record({
        offset: fc.option(fc.integer({ min: -9, max: 9 })),
        state: fc.constantFrom('open' as const, 'in-progress' as const, 'done' as const, 'dropped' as const),
        reminded: fc.option(fc.integer({ min: 0, max: 3 * DAY })),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(items, fc.boolean(), (drawn, isBack) => {
        const all = drawn.map(({ offset, state, reminded }, index) =>
          item({
            id: `INC-1-A${index}`,
            dueOn: offset === null ? null : day(offset),
            state,
            remindedAtMs: reminded === null ? null : NOW - reminded,
          }),
        );
        const audited = auditItems(all, isBack ? [again] : [], NOW);
        expect(audited.map(({ id }) => id).toSorted()).toEqual(all.map(({ id }) => id).toSorted());
        const order = ['recurred', 'overdue', 'due-soon', 'calm', 'finished'];
        const ranks = audited.map(({ urgency }) => order.indexOf(urgency));
        expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
        for (const due of dueReminders(audited, NOW)) {
          expect(['recurred', 'overdue', 'due-soon']).toContain(due.urgency);
          expect(due.remindedAtMs === null || NOW - due.remindedAtMs >= REMIND_EVERY_MS).toBe(true);
        }
      }),
    );
  });
});

const incident = (id: string, change: Partial<Comparable> = {}): Comparable => ({
  id,
  promptId: 'support',
  promptTitle: 'Support',
  declaredAtMs: NOW,
  status: 'closed',
  trigger: {
    kind: 'incident',
    signal: 'complaints',
    cohort: null,
    sigma: null,
    ratio: null,
    sentence: 'complaints up',
  },
  alarm: null,
  summary: null,
  suiteIds: [],
  ...change,
});

describe('recurrence', () => {
  it('finds the same prompt, failure mode and suite, the most alike first, with what is unfinished', () => {
    const history = [
      incident('other', {
        promptId: 'planner',
        trigger: { ...incident('x').trigger, signal: 'csat' },
        declaredAtMs: NOW - 1,
      }),
      incident('mode', { promptId: 'planner', declaredAtMs: NOW - DAY }),
      incident('suite', {
        promptId: 'planner',
        trigger: { ...incident('x').trigger, signal: null },
        suiteIds: ['greetings'],
        declaredAtMs: NOW - 2 * DAY,
      }),
      incident('both', { declaredAtMs: NOW - 9 * DAY, summary: 'rude greeting' }),
      incident('later', { declaredAtMs: NOW + 1 }),
    ];
    const found = earlierIncidents(
      incident('now', { status: 'open', suiteIds: ['greetings'] }),
      history,
      [item({ incidentId: 'both', dueOn: day(-1) }), item({ id: 'x', incidentId: 'both', state: 'done' })],
      NOW,
    );
    expect(found.map(({ id, because }) => [id, because])).toEqual([
      ['both', ['prompt', 'failure-mode']],
      ['mode', ['failure-mode']],
      ['suite', ['suite']],
    ]);
    expect(found[0]).toMatchObject({ sentence: 'rude greeting', unfinished: [{ urgency: 'recurred' }] });
    expect(found[1]?.sentence).toBe('complaints up');
  });

  it('an unknown failure mode equals no other', () => {
    const unknown = { ...incident('x').trigger, signal: null };
    const found = earlierIncidents(
      incident('now', { trigger: unknown }),
      [incident('a', { promptId: 'planner', trigger: unknown })],
      [],
      NOW,
    );
    expect(found).toEqual([]);
  });
});

describe('ageing', () => {
  it('counts what is unfinished by age and owner, the overdue ones apart, whatever the order', () => {
    const of = (ageDays: number, change: Partial<ActionItem> = {}) =>
      item({ createdAtMs: NOW - ageDays * DAY, ...change });
    const items = [
      of(0),
      of(7, { owner: 'luz', dueOn: day(-3) }),
      of(27, { owner: null, dueOn: null }),
      of(28, { owner: 'luz', dueOn: day(0) }),
      of(84, { owner: 'luz', dueOn: day(-80), state: 'in-progress' }),
      of(200, { state: 'done' }),
      of(200, { state: 'dropped' }),
      of(-1),
    ];
    const told = itemAgeing(items, NOW);
    expect(told).toMatchObject({ unfinished: 6, overdue: 2 });
    expect(told.ages.map(({ unfinished, overdue }) => [unfinished, overdue])).toEqual([
      [2, 0],
      [2, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(told.owners).toEqual([
      { owner: 'luz', unfinished: 3, overdue: 2, oldestDays: 84 },
      { owner: 'ana', unfinished: 2, overdue: 0, oldestDays: 0 },
      { owner: null, unfinished: 1, overdue: 0, oldestDays: 27 },
    ]);
    fc.assert(
      fc.property(fc.shuffledSubarray(items, { minLength: items.length }), (shuffled) => {
        expect(itemAgeing(shuffled, NOW)).toEqual(told);
      }),
    );
  });
});
