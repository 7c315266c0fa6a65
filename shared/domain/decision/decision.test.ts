import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecisionAnswer } from '#shared/model/incident.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import { DECISION_QUESTIONS, advise, decisionOf, mergeAnswers, suggest } from './tree.ts';

type Answer = DecisionAnswer['answer'];
const answers = (prompt: Answer, worse: Answer, fix: Answer) => ({
  'prompt-problem': prompt,
  'worse-than-control': worse,
  'fix-within-hour': fix,
});

const signal = (verdict: SignalComparison['verdict']): SignalComparison => ({
  signal: 'complaints',
  cohort: 'all',
  source: 'telemetry',
  windowMs: 600_000,
  asOfMs: 0,
  candidate: null,
  control: null,
  candidateValue: 20,
  controlValue: 5,
  difference: 15,
  ratio: 4.1,
  sigma: 3.6,
  sigmaKind: 'exact',
  verdict,
  note: '',
  conversationsNeeded: null,
  minutesNeeded: null,
});
const evidence = (signals: SignalComparison[]) => ({
  signals,
  triage: 'unknown' as const,
  badVersion: 'v18',
  goodVersion: 'v17',
  knownIssues: [],
});

describe('the decision tree', () => {
  it.each([
    ['no', 'yes', 'no', 'not-the-prompt'],
    ['yes', 'no', 'no', 'keep-ramping'],
    ['unknown', 'no', 'yes', 'keep-ramping'],
    ['yes', 'yes', 'yes', 'forward-fix'],
    ['yes', 'yes', 'no', 'roll-back'],
    ['yes', 'unknown', 'yes', 'roll-back'],
    ['unknown', 'yes', 'yes', 'roll-back'],
    ['yes', 'yes', 'unknown', 'roll-back'],
  ] as const)('%s, %s, %s: %s', (prompt, worse, fix, outcome) => {
    expect(advise(answers(prompt, worse, fix), 'v17').outcome).toBe(outcome);
  });

  it('rolls back in doubt: only a plain no, or three plain yes, leads anywhere else', () => {
    const answer = fc.constantFrom<Answer>('yes', 'no', 'unknown');
    fc.assert(
      fc.property(answer, answer, answer, (prompt, worse, fix) => {
        const { outcome } = advise(answers(prompt, worse, fix), 'v17');
        if (outcome === 'roll-back') return;
        expect(prompt === 'no' || worse === 'no' || [prompt, worse, fix].every((one) => one === 'yes')).toBe(
          true,
        );
      }),
    );
  });

  it('never advises a rollback that leads nowhere', () => {
    const none = 'Nothing earlier is known to serve.';
    const answer = fc.constantFrom<Answer>('yes', 'no', 'unknown');
    fc.assert(
      fc.property(answer, answer, answer, (prompt, worse, fix) => {
        expect(advise(answers(prompt, worse, fix), 'v17', none).outcome).not.toBe('roll-back');
      }),
    );
    expect(advise(answers('yes', 'yes', 'no'), 'v17', none).outcome).toBe('forward-fix');
    const unsure = advise(answers('unknown', 'yes', 'no'), 'v17', none);
    expect(unsure).toMatchObject({ outcome: 'undecided', sentence: expect.stringContaining(none) });
  });

  it('is pre-filled from the signals, with the numbers', () => {
    const [prompt, worse, fix] = suggest(evidence([signal('page')]));
    expect(prompt).toMatchObject({ suggested: 'yes' });
    expect(worse).toMatchObject({ suggested: 'yes', evidence: 'complaints per 1,000 4.1x (3.6 sigma).' });
    expect(fix?.suggested).toBe('no');
  });

  it('does not guess from too little data', () => {
    expect(suggest(evidence([signal('blind')])).map(({ suggested }) => suggested)).toEqual([
      'unknown',
      'unknown',
      'no',
    ]);
    expect(suggest(evidence([signal('none')]))[1]?.suggested).toBe('no');
    expect(suggest(evidence([signal('none'), signal('unknown')]))[1]?.suggested).toBe('unknown');
  });

  it('asks about the known bugs of the version to go back to', () => {
    const asked = suggest({ ...evidence([signal('page')]), knownIssues: ['greets twice'] });
    expect(asked[1]?.evidence).toContain('Known bugs of v17 come back with it: greets twice');
  });

  it('keeps what a person answered, with the fresh evidence beside it', () => {
    const first = mergeAnswers([], suggest(evidence([signal('page')])));
    const mine = first.map((answer) =>
      answer.question === 'worse-than-control'
        ? { ...answer, answer: 'no' as const, by: 'ana', atMs: 1 }
        : answer,
    );
    const later = mergeAnswers(mine, suggest(evidence([signal('watch')])));
    expect(later.find(({ question }) => question === 'worse-than-control')).toMatchObject({
      answer: 'no',
      suggested: 'yes',
      by: 'ana',
    });
    expect(decisionOf(later, null, 'v17').advice).toBe('keep-ramping');
    expect(later.map(({ question }) => question)).toEqual([...DECISION_QUESTIONS]);
  });
});
