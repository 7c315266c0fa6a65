import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_AFTERMATH } from '#shared/model/closing.ts';
import type { DecisionAnswer } from '#shared/model/incident.ts';
import type { IncidentRecord } from './kind.ts';
import type { Wave2 } from '#shared/model/wave2.ts';
import { mergeIncident } from './merge-incident.ts';

const BASE: IncidentRecord = {
  id: 'INC-1',
  promptId: 'support',
  promptTitle: 'Support',
  severity: 'P2',
  status: 'open',
  trigger: { kind: 'manual', signal: null, cohort: null, sigma: null, ratio: null, sentence: 'x' },
  badVersion: null,
  badSha: null,
  goodVersion: 'v17',
  cohort: 'all',
  shippedAtMs: null,
  declaredAtMs: 0,
  declaredBy: 'ana',
  driver: null,
  triage: 'unknown',
  signals: [],
  alarm: null,
  evidence: [],
  culprit: null,
  badConversations: null,
  summary: null,
  closedAtMs: null,
  closedBy: null,
  identifiedAtMs: null,
  answers: [],
  decided: null,
  verification: null,
  references: null,
  aftermath: EMPTY_AFTERMATH,
};

const answer = (by: string | null, said: DecisionAnswer['answer'], evidence = ''): DecisionAnswer => ({
  question: 'worse-than-control',
  answer: said,
  evidence,
  suggested: 'unknown',
  by,
  atMs: by === null ? null : 1,
});
const merged = (
  mine: Partial<IncidentRecord>,
  theirs: Partial<IncidentRecord>,
  yields = false,
  base = BASE,
) => mergeIncident(base, { ...base, ...mine }, { ...base, ...theirs }, yields);

describe('two changes of one incident', () => {
  it('are both kept where they touch different things', () => {
    expect(merged({ severity: 'P1' }, { triage: 'prompt' })).toMatchObject({
      kind: 'merged',
      value: { severity: 'P1', triage: 'prompt' },
      changed: ['severity'],
    });
  });

  it('clash where they touch the same, and name what it is now', () => {
    expect(merged({ severity: 'P1' }, { severity: 'P3' })).toEqual({
      kind: 'conflict',
      path: 'severity',
      shown: 'P2',
      now: 'P3',
    });
    expect(merged({ severity: 'P1' }, { severity: 'P1' }).kind).toBe('merged');
  });

  it('take no side of one person against themselves', () => {
    const both = [
      { ...BASE, severity: 'P1' as const },
      { ...BASE, severity: 'P3' as const },
    ] as const;
    expect(mergeIncident(BASE, both[0], both[1], false, () => true)).toMatchObject({
      value: { severity: 'P1' },
    });
  });

  it('leave theirs where this side yields', () => {
    expect(merged({ severity: 'P1', triage: 'prompt' }, { severity: 'P3' }, true)).toMatchObject({
      kind: 'merged',
      value: { severity: 'P3', triage: 'prompt' },
    });
  });

  it('clash with a closing, whichever comes first, but not over figures', () => {
    const closed = { status: 'closed' as const, closedBy: 'bo', summary: 'done' };
    expect(merged({ severity: 'P1' }, closed)).toMatchObject({ kind: 'conflict', path: 'status' });
    expect(merged(closed, { severity: 'P1' })).toMatchObject({ kind: 'conflict', path: 'severity' });
    expect(merged(closed, { badConversations: 7 })).toMatchObject({
      kind: 'merged',
      value: { status: 'closed', badConversations: 7 },
    });
  });

  it("see answers apart, and what the evidence suggests is nobody's word", () => {
    const base = { ...BASE, answers: [answer(null, 'unknown')] };
    const said = merged(
      { answers: [answer('ana', 'yes')] },
      { answers: [answer(null, 'no', 'newer')] },
      false,
      base,
    );
    expect(said).toMatchObject({ kind: 'merged', value: { answers: [{ by: 'ana', answer: 'yes' }] } });
    const clash = merged({ answers: [answer('ana', 'yes')] }, { answers: [answer('bo', 'no')] }, false, base);
    expect(clash).toMatchObject({ kind: 'conflict', path: 'answers.worse-than-control', now: 'no' });
  });

  it('see the parts of the aftermath apart', () => {
    const note = { ...EMPTY_AFTERMATH.note, text: 'ours', revision: 1 };
    const confirmed = { by: 'bo', atMs: 2 };
    expect(
      merged(
        { aftermath: { ...EMPTY_AFTERMATH, note } },
        { aftermath: { ...EMPTY_AFTERMATH, timelineConfirmed: confirmed } },
      ),
    ).toMatchObject({ kind: 'merged', value: { aftermath: { note, timelineConfirmed: confirmed } } });
  });

  const change = fc.record(
    {
      severity: fc.constantFrom('P1' as const, 'P2' as const, 'P3' as const),
      triage: fc.constantFrom('prompt' as const, 'provider' as const, 'unknown' as const),
      badVersion: fc.option(fc.constantFrom('v18', 'v19')),
      driver: fc.option(fc.constantFrom('ana', 'bo')),
      badConversations: fc.option(fc.nat(5)),
      cohort: fc.constantFrom('all', 'eu'),
    },
    { requiredKeys: [] },
  );

  it('never lose a word of either side: each is in the result, or its side is told', () => {
    fc.assert(
      fc.property(change, change, (mine, theirs) => {
        const result = merged(mine, theirs);
        const words = ['severity', 'triage', 'badVersion', 'driver', 'cohort'] as const;
        const clashes = words.filter(
          (word) =>
            (mine[word] ?? BASE[word]) !== BASE[word] &&
            (theirs[word] ?? BASE[word]) !== BASE[word] &&
            mine[word] !== theirs[word],
        );
        if (result.kind === 'conflict') {
          expect(clashes).toContain(result.path);
          return;
        }
        expect(clashes).toEqual([]);
        for (const word of words) {
          if ((mine[word] ?? BASE[word]) !== BASE[word]) expect(result.value[word]).toBe(mine[word]);
          else expect(result.value[word]).toBe(theirs[word] ?? BASE[word]);
        }
        expect(result.value.id).toBe(BASE.id);
      }),
    );
  });
});

describe('two changes of one second wave', () => {
  const WAVE2: Wave2 = {
    life: {
      openedAtMs: 1,
      openedBy: 'fusebox',
      openedHow: 'verification',
      reason: 'errors go on',
      errorsSeenAtMs: 1,
      end: null,
      revision: 1,
      earlier: [],
    },
    playbooks: {},
    steps: {},
    tenants: {},
  };
  const step = (by: string) => ({
    state: 'done' as const,
    owner: by,
    reason: null,
    revision: 1,
    by,
    atMs: 2,
  });
  const base = { ...BASE, wave2: WAVE2 };
  const of = (change: Partial<Wave2>) => ({ wave2: { ...WAVE2, ...change } });

  it('are both kept where they are two steps, two tenants, or a step and the clock; names may hold dots', () => {
    const tenants = { 'acme.example.com/eu': { ...step('bo'), state: 'told' as const } };
    const end = { how: 'baseline' as const, atMs: 3, by: 'fusebox', reason: 'back', backSinceMs: 2 };
    const life = { ...WAVE2.life, revision: 2, end };
    const found = merged(
      of({ steps: { 'parser/hold': step('ana') } }),
      of({ steps: { 'parser/find': step('bo') }, tenants, life }),
      false,
      base,
    );
    expect(found).toMatchObject({ kind: 'merged', changed: ['wave2.steps.parser/hold'] });
    expect(found.kind === 'merged' && found.value.wave2).toEqual({
      life,
      playbooks: {},
      steps: { 'parser/find': step('bo'), 'parser/hold': step('ana') },
      tenants,
    });
  });

  it('clash on one step, with what it is now', () => {
    const mine = of({ steps: { 'parser/hold': step('ana') } });
    const theirs = of({ steps: { 'parser/hold': { ...step('bo'), state: 'not-needed' } } });
    expect(merged(mine, theirs, false, base)).toEqual({
      kind: 'conflict',
      path: 'wave2.steps.parser/hold',
      shown: 'nothing',
      now: 'not-needed',
    });
  });

  it('opened on one side alone comes whole', () => {
    expect(merged(of({}), { severity: 'P1' })).toMatchObject({ value: { wave2: WAVE2, severity: 'P1' } });
    expect(merged({ severity: 'P1' }, of({}))).toMatchObject({ value: { wave2: WAVE2, severity: 'P1' } });
    const none = merged({ severity: 'P1' }, { triage: 'prompt' });
    expect(none.kind === 'merged' && 'wave2' in none.value).toBe(false);
  });
});
