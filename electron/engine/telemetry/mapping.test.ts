import { describe, expect, it } from 'vitest';
import { telemetrySettingsSchema } from '#shared/model/workspace.ts';
import { capText, createMapper, csat0To100, isTripped, wantedAttributes } from './mapping.ts';
import type { AttributeValue, OtlpSpan } from './otlp/types.ts';
import { emptyMapped } from './rows.ts';

const times = { fromMs: 0, toMs: 2000 };
const attributes = (values: Record<string, AttributeValue>) => new Map(Object.entries(values));
const aSpan = (values: Record<string, AttributeValue>, over: Partial<OtlpSpan> = {}): OtlpSpan => ({
  traceId: 'aa'.repeat(16),
  spanId: 'bb'.repeat(8),
  startMs: 1000.7,
  endMs: 1500,
  statusCode: 0,
  statusMessage: '',
  attributes: attributes(values),
  events: [],
  ...over,
});

function mapSpan(span: OtlpSpan, resource: Record<string, AttributeValue> = {}, settings = {}) {
  const mapped = emptyMapped();
  createMapper(telemetrySettingsSchema.parse(settings)).span(span, attributes(resource), times, mapped);
  return mapped;
}

function mapEvaluation(values: Record<string, AttributeValue>, settings = {}) {
  const mapped = emptyMapped();
  const record = {
    timeMs: 1200,
    eventName: 'gen_ai.evaluation.result',
    traceId: 'aa'.repeat(16),
    spanId: '',
    attributes: attributes(values),
  };
  createMapper(telemetrySettingsSchema.parse(settings)).log(record, new Map(), 1300, times, mapped);
  return mapped;
}

describe('a span', () => {
  it.each([
    [
      { 'gen_ai.prompt.name': 'p', 'gen_ai.prompt.version': '18' },
      { prompt: 'p', version: '18', sha: null },
    ],
    [
      { 'langfuse.prompt.name': 'p', 'langfuse.prompt.version': 3 },
      { prompt: 'p', version: '3' },
    ],
    [
      { 'traceloop.prompt.key': 'p', 'traceloop.prompt.version_hash': 'ab12' },
      { version: 'ab12', sha: 'ab12' },
    ],
    [
      { 'prompt.name': 'p', prompt_sha: 'ffee', 'prompt.version': 'v2' },
      { version: 'v2', sha: 'ffee' },
    ],
    [
      { 'prompt.name': 'p' },
      { version: '(none)', cohort: '(none)', worker: '(none)', conversation: 'aa'.repeat(16) },
    ],
    [
      { 'prompt.name': 'p', 'tenant.id': 't', 'session.id': 's' },
      { cohort: 't', conversation: 's', startMs: 1000 },
    ],
  ])('%j becomes %j', (values, expected) => {
    expect(mapSpan(aSpan(values)).spans).toMatchObject([expected]);
  });

  it('takes the span before the resource, for every name in turn', () => {
    const span = aSpan({ 'prompt.name': 'p', 'host.name': 'from-span' });
    const resource = { 'service.instance.id': 'from-resource', 'gen_ai.prompt.version': 'r' };
    expect(mapSpan(span, resource).spans[0]).toMatchObject({ worker: 'from-span', version: 'r' });
  });

  it('reads the names that the workspace gives', () => {
    const settings = { attributes: { promptName: ['x.p'], version: ['x.v'] } };
    expect(mapSpan(aSpan({ 'x.p': 'p', 'x.v': 'v' }), {}, settings).spans[0]).toMatchObject({
      prompt: 'p',
      version: 'v',
    });
    expect(mapSpan(aSpan({ 'prompt.name': 'p' }), {}, settings)).toMatchObject({
      spans: [],
      unattributed: 1,
    });
    const wanted = wantedAttributes(telemetrySettingsSchema.parse(settings).attributes);
    expect(wanted.has('x.p') && wanted.has('gen_ai.response.id') && !wanted.has('prompt.name')).toBe(true);
  });

  it.each([
    [{ 'fusebox.fallback': true }, { fallback: true, escalation: false, correction: false }],
    [{ 'app.escalation': 1 }, { fallback: false, escalation: true, correction: false }],
    [{ 'fusebox.manual_correction': 'yes' }, { fallback: false, escalation: false, correction: true }],
    [{ 'fusebox.fallback': false }, { fallback: false, complaint: false }],
  ])('with %j shows the canaries %j', (values, expected) => {
    expect(mapSpan(aSpan({ 'prompt.name': 'p', ...values })).spans).toMatchObject([expected]);
  });

  it('without a prompt is not ours', () => {
    expect(mapSpan(aSpan({ 'gen_ai.prompt.version': '1' }))).toMatchObject({
      spans: [],
      unattributed: 1,
      rejected: 0,
    });
  });

  it('with an error counts as a downstream error unless the workspace says otherwise', () => {
    const failed = aSpan({ 'prompt.name': 'p', 'error.type': 'parser' }, { statusCode: 2 });
    expect(mapSpan(failed).spans[0]).toMatchObject({ isError: true, error: 'parser', downstream: true });
    const spanErrorsAreDownstream = false;
    expect(mapSpan(failed, {}, { spanErrorsAreDownstream }).spans[0]).toMatchObject({
      isError: true,
      downstream: false,
    });
  });
});

describe('an evaluation', () => {
  it.each([
    ['complaint', { value: 1 }, { signal: 'complaints', isEvent: true }],
    ['complaint', { value: 0 }, { signal: 'complaints', isEvent: false }],
    ['user_complaint', { label: 'positive' }, { signal: 'complaints', isEvent: true }],
    ['safety', { label: 'pass' }, { signal: 'safety', isEvent: false }],
    ['safety', { label: 'Tripped' }, { signal: 'safety', isEvent: true }],
    ['parser', { label: 'fail', value: 0 }, { signal: 'downstream', isEvent: true }],
    ['fallback', { value: 1 }, { signal: 'fallback', isEvent: true }],
    ['escalation', { label: 'yes' }, { signal: 'escalation', isEvent: true }],
    ['manual_correction', { value: 0 }, { signal: 'correction', isEvent: false }],
    ['csat', { value: 73 }, { signal: 'csat', csat: 73 }],
    ['csat', { label: 'positive' }, { signal: 'csat', csat: 100 }],
    ['csat', { label: 'negative' }, { signal: 'csat', csat: 0 }],
  ])('%s with %j is %j', (name, score, expected) => {
    const values: Record<string, AttributeValue> = { 'gen_ai.evaluation.name': name };
    for (const [part, value] of Object.entries(score)) values[`gen_ai.evaluation.score.${part}`] = value;
    expect(mapEvaluation(values).feedback).toMatchObject([expected]);
  });

  it.each([
    [
      'one that failed itself',
      { 'gen_ai.evaluation.name': 'csat', 'gen_ai.evaluation.score.value': 1, 'error.type': 'timeout' },
    ],
    ['another measure', { 'gen_ai.evaluation.name': 'relevance', 'gen_ai.evaluation.score.value': 1 }],
    ['a rating without a score', { 'gen_ai.evaluation.name': 'csat' }],
  ])('leaves out %s', (_what, values) => {
    expect(mapEvaluation(values as Record<string, AttributeValue>)).toMatchObject({
      feedback: [],
      unattributed: 1,
    });
  });

  it('has the same identity when it is sent again, another one when the score differs', () => {
    const key = (value: number) =>
      mapEvaluation({ 'gen_ai.evaluation.name': 'csat', 'gen_ai.evaluation.score.value': value }).feedback[0]
        ?.feedbackKey;
    expect(key(4)).toBe(key(4));
    expect(key(4)).not.toBe(key(5));
  });
});

it.each([
  [1, 1, 100],
  [true, 1, 100],
  [4, 5, 80],
  ['3', 5, 60],
  [120, 100, 100],
  [-3, 5, 0],
  ['good', 5, null],
  [null, 5, null],
])('csat %j of %d is %j', (value, max, expected) => {
  expect(csat0To100(value, max)).toBe(expected);
});

it.each([
  [true, true],
  ['yes', true],
  ['FAIL', true],
  ['2', true],
  [0.5, true],
  [0, false],
  ['no', false],
  ['pass', false],
  [null, false],
  [['true'], false],
])('%j tripped: %j', (value, expected) => {
  expect(isTripped(value)).toBe(expected);
});

it('cuts long text at 16 KiB without breaking a character', () => {
  expect(capText('x'.repeat(16_384))).toHaveLength(16_384);
  expect(capText('x'.repeat(20_000))).toHaveLength(16_384);
  const cut = capText(`x${'é'.repeat(10_000)}`);
  expect(Buffer.byteLength(cut)).toBe(16_383);
  expect(cut.endsWith('é')).toBe(true);
  expect(capText('🧯'.repeat(5_000))).toBe('🧯'.repeat(4096));
});
