import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvalFormat } from '#shared/model/eval-case.ts';
import { readResult } from './read.ts';

const ID = 'inc-1';
const read = (format: EvalFormat, value: unknown) =>
  readResult(format, typeof value === 'string' ? value : JSON.stringify(value), { caseId: ID, lineIndex: 1 });
const verdict = (format: EvalFormat, value: unknown) => read(format, value).verdict;

const foo = (change: object = {}) => ({
  success: true,
  score: 1,
  failureReason: 0,
  gradingResult: { pass: true, score: 1, reason: 'ok', componentResults: [{ pass: true, score: 1 }] },
  testCase: { metadata: { case_id: ID } },
  ...change,
});
const failed = foo({
  success: false,
  score: 0,
  failureReason: 1,
  error: 'no greeting',
  gradingResult: { pass: false, score: 0, componentResults: [{ pass: false, score: 0 }] },
});
const fooFile = (...results: unknown[]) => ({ results: { version: 3, results } });

describe('Promptfoo', () => {
  it('reads pass and fail, from JSON and JSON Lines, among other cases', () => {
    const other = foo({ testCase: { metadata: { case_id: 'other' } }, success: false });
    expect(verdict('promptfoo', fooFile(other, foo()))).toBe('pass');
    expect(read('promptfoo', fooFile(failed))).toEqual({ verdict: 'fail', detail: 'no greeting' });
    expect(verdict('promptfoo', `${JSON.stringify(other)}\n${JSON.stringify(foo())}\n`)).toBe('pass');
  });
  it('needs every repeat to pass', () => expect(verdict('promptfoo', fooFile(foo(), failed))).toBe('fail'));
  it.each([
    ['a provider error', fooFile(foo({ success: false, failureReason: 2, gradingResult: null }))],
    ['no grade', fooFile(foo({ gradingResult: null }))],
    ['no success', fooFile(foo({ success: undefined }))],
    ['a success that the grade denies', fooFile(foo({ gradingResult: { pass: false } }))],
    ['a score that is no number', fooFile(foo({ score: null }))],
    ['nothing checked', fooFile(foo({ gradingResult: { pass: true, score: 1, componentResults: [] } }))],
    [
      'a check without a score',
      fooFile(foo({ gradingResult: { pass: true, componentResults: [{ score: null }] } })),
    ],
    ['another case only', fooFile(foo({ testCase: { metadata: { case_id: 'x' } } }))],
    ['no results', fooFile()],
    ['another version', { results: { version: 2, results: [foo()] } }],
    ['no JSON', 'Evaluation complete'],
    ['an empty file', ''],
  ])('takes %s for no verdict', (_what, value) => expect(verdict('promptfoo', value)).toBe('error'));
});

const deep = (change: object = {}) => ({
  name: ID,
  success: true,
  metricsData: [{ name: 'rubric [GEval]', score: 0.9, success: true, error: null }],
  ...change,
});
describe('DeepEval', () => {
  it('reads pass and fail, wrapped or not, by name or by metadata', () => {
    expect(verdict('deepeval', { testCases: [deep()] })).toBe('pass');
    expect(
      verdict('deepeval', { testRunData: { testCases: [deep({ name: 'x', metadata: { case_id: ID } })] } }),
    ).toBe('pass');
    const low = deep({
      success: false,
      metricsData: [{ name: 'm', score: 0.1, success: false, reason: 'rude' }],
    });
    expect(read('deepeval', { testCases: [low] })).toEqual({ verdict: 'fail', detail: 'm: rude' });
  });
  it.each([
    ['no tests collected', { testCases: [] }],
    ['another case only', { testCases: [deep({ name: 'other' })] }],
    ['no success', { testCases: [deep({ success: null })] }],
    ['nothing measured', { testCases: [deep({ metricsData: [] })] }],
    [
      'a metric that broke',
      { testCases: [deep({ metricsData: [{ success: true, score: 1, error: 'no key' }] })] },
    ],
    ['a metric without a score', { testCases: [deep({ metricsData: [{ success: true }] })] }],
    [
      'a success that a metric denies',
      { testCases: [deep({ metricsData: [{ success: false, score: 0 }] })] },
    ],
    ['results that are elsewhere', { testRunLink: 'https://example.com' }],
  ])('takes %s for no verdict', (_what, value) => expect(verdict('deepeval', value)).toBe('error'));
});

const record = (...events: unknown[]) =>
  [{ spec: {} }, ...events, { final_report: { accuracy: 1 } }].map((line) => JSON.stringify(line)).join('\n');
const event = (type: string, data: object, index = 1) => ({ type, data, sample_id: `support.dev.${index}` });
describe('OpenAI Evals', () => {
  it('reads the sample in its place, compared or judged', () => {
    expect(
      verdict(
        'openai-evals',
        record(event('match', { correct: true }), event('match', { correct: false }, 11)),
      ),
    ).toBe('pass');
    expect(verdict('openai-evals', record(event('match', { correct: false })))).toBe('fail');
    expect(verdict('openai-evals', record(event('metrics', { choice: 'Y', score: 1 })))).toBe('pass');
    expect(verdict('openai-evals', record(event('metrics', { choice: 'N', score: 0 })))).toBe('fail');
  });
  it.each([
    ['a run that did not finish', JSON.stringify(event('match', { correct: true }))],
    [
      'an answer of the judge that could not be read',
      record(event('metrics', { choice: '__invalid__', score: 0 })),
    ],
    ['no score', record(event('metrics', { choice: 'Y' }))],
    ['an error of the sample', record(event('error', { message: 'x' }), event('match', { correct: true }))],
    ['another sample only', record(event('match', { correct: true }, 0))],
    ['text', 'done'],
  ])('takes %s for no verdict', (_what, value) => expect(verdict('openai-evals', value)).toBe('error'));
});

const sample = (value: unknown, change: object = {}) => ({
  id: ID,
  error: null,
  scores: { incident_case: { value, explanation: 'because' } },
  ...change,
});
const log = (samples: unknown[], change: object = {}) => ({
  status: 'success',
  invalidated: false,
  results: { scores: [{ unscored_samples: 0 }] },
  samples,
  ...change,
});
describe('Inspect', () => {
  it.each([
    ['C', 'pass'],
    ['I', 'fail'],
    ['P', 'fail'],
    ['N', 'fail'],
    [1, 'pass'],
    [0.99, 'fail'],
    [true, 'pass'],
    ['no', 'fail'],
  ])('reads %s as %s', (value, wanted) => expect(verdict('inspect', log([sample(value)]))).toBe(wanted));
  it('needs every epoch to pass', () => {
    expect(verdict('inspect', log([sample('C'), sample('I')]))).toBe('fail');
  });
  it('reads numbers that are no JSON, and leaves texts that name them alone', () => {
    const text = JSON.stringify(log([sample('C', { input: 'is NaN "Infinity"?' })])).replace(
      '"invalidated":false',
      '"invalidated":false,"stderr":NaN,"low":-Infinity',
    );
    expect(verdict('inspect', text)).toBe('pass');
    expect(verdict('inspect', JSON.stringify(log([sample('@')])).replace('"@"', 'NaN'))).toBe('error');
  });
  it.each([
    ['a run that was cancelled', log([sample('C')], { status: 'cancelled' })],
    ['a run that has only begun', log([sample('C')], { status: 'started' })],
    ['an invalidated log', log([sample('C')], { invalidated: true })],
    ['unscored samples', log([sample('C')], { results: { scores: [{ unscored_samples: 1 }] } })],
    ['a sample that broke', log([sample('C', { error: { message: 'x' } })])],
    ['a sample without a score', log([sample('C', { scores: {} })])],
    ['a score that is an object', log([sample({ a: 1 })])],
    ['no samples', log([])],
    ['another sample', log([sample('C', { id: 'other' })])],
    ['a packed log', 'PK\u0003\u0004'],
  ])('takes %s for no verdict', (_what, value) => expect(verdict('inspect', value)).toBe('error'));
});

it('never throws and never passes on arbitrary output', () => {
  const formats = fc.constantFrom<EvalFormat>('promptfoo', 'deepeval', 'openai-evals', 'inspect');
  fc.assert(
    fc.property(
      formats,
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((text) => `${text}\n${text}`),
      ),
      (format, text) => {
        expect(verdict(format, text)).toBe('error');
      },
    ),
  );
});
