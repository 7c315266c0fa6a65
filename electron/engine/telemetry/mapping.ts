import { STREAM_IDS, type StreamId } from '#shared/model/detection.ts';
import type { AttributeNames, EvaluationNames, TelemetrySettings } from '#shared/model/workspace.ts';
import { key64 } from './hash.ts';
import type { Attributes, AttributeValue, OtlpLogRecord, OtlpPoint, OtlpSpan } from './otlp/types.ts';
import { type Mapped, NONE, type SpanRow } from './rows.ts';

export type MappingSettings = Pick<
  TelemetrySettings,
  'attributes' | 'evaluations' | 'csatMax' | 'spanErrorsAreDownstream'
>;

/** Times outside are refused: before, the retention would delete the row at once; after, a clock is broken. */
export type AcceptedTimes = { readonly fromMs: number; readonly toMs: number };

const EVALUATION_EVENT = 'gen_ai.evaluation.result';
const NAME_LENGTH = 256;
const TEXT_BYTES = 16 * 1024;
const TRIPPED = new Set(['fail', 'failed', 'true', 'positive', 'tripped', 'yes', 'error']);
const LABEL_CSAT = new Map([
  ['positive', 100],
  ['pass', 100],
  ['negative', 0],
  ['fail', 0],
]);

const FIXED_NAMES = {
  evaluationName: 'gen_ai.evaluation.name',
  score: 'gen_ai.evaluation.score.value',
  label: 'gen_ai.evaluation.score.label',
  responseId: 'gen_ai.response.id',
  errorType: 'error.type',
  eventName: 'event.name',
} as const;

/** Every attribute the mapping may read; the decoder skips the rest. */
export function wantedAttributes(names: AttributeNames): ReadonlySet<string> {
  return new Set([...Object.values(names).flat(), ...Object.values(FIXED_NAMES)]);
}

function first(lists: readonly string[], on: Attributes, resource: Attributes): AttributeValue {
  for (const name of lists) {
    const value = on.get(name);
    if (value !== undefined && value !== null && value !== '') return value;
  }
  for (const name of lists) {
    const value = resource.get(name);
    if (value !== undefined && value !== null && value !== '') return value;
  }
  return null;
}

function asName(value: AttributeValue): string | null {
  if (value === null) return null;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > NAME_LENGTH ? text.slice(0, NAME_LENGTH) : text;
}

/** Cuts to 16 KiB of UTF-8 on a character's edge. */
export function capText(text: string): string {
  if (text.length * 3 <= TEXT_BYTES || Buffer.byteLength(text) <= TEXT_BYTES) return text;
  const bytes = Buffer.from(text).subarray(0, TEXT_BYTES);
  let end = bytes.length;
  // A continuation byte (10xxxxxx) at the edge belongs to a character that was cut: step back to its first byte.
  const lastStart = bytes.findLastIndex((byte) => (byte & 0xc0) !== 0x80);
  const lead = bytes[lastStart] ?? 0;
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (lastStart + size > bytes.length) end = lastStart;
  return bytes.subarray(0, end).toString('utf8');
}

function asText(value: AttributeValue): string | null {
  if (value === null) return null;
  return capText(typeof value === 'string' ? value : JSON.stringify(value));
}

/** The attribute of a rate signal or canary: true, a number above 0, or a word of TRIPPED. */
export function isTripped(value: AttributeValue): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value > 0;
  if (typeof value !== 'string') return false;
  return TRIPPED.has(value.trim().toLowerCase()) || Number(value) > 0;
}

/** A score on the workspace's scale as 0-100; null when it is no number. */
export function csat0To100(value: AttributeValue, csatMax: number): number | null {
  if (typeof value === 'string') {
    const word = LABEL_CSAT.get(value.trim().toLowerCase());
    if (word !== undefined) return word;
  }
  const score =
    typeof value === 'boolean' ? Number(value) * csatMax : typeof value === 'string' ? Number(value) : value;
  if (typeof score !== 'number' || !Number.isFinite(score)) return null;
  return Math.min(100, Math.max(0, (score * 100) / csatMax));
}

function isId(hex: string, length: number): boolean {
  return hex.length === length && !/^0+$/.test(hex);
}

/** csat first, then in the order of the streams. */
function streamOf(name: string, names: EvaluationNames): StreamId | null {
  if (names.csat.includes(name)) return 'csat';
  return STREAM_IDS.find((stream) => names[stream].includes(name)) ?? null;
}

/** Turns decoded telemetry into rows. Pure; one per settings. */
export type Mapper = {
  span(span: OtlpSpan, resource: Attributes, times: AcceptedTimes, into: Mapped): void;
  log(
    record: OtlpLogRecord,
    resource: Attributes,
    receivedMs: number,
    times: AcceptedTimes,
    into: Mapped,
  ): void;
  point(point: OtlpPoint, resource: Attributes, times: AcceptedTimes, into: Mapped): void;
};

function reject(into: Mapped, why: string): void {
  into.rejected += 1;
  into.rejectedWhy ||= why;
}

function timesFault(atMs: number, times: AcceptedTimes, what: string): string | null {
  if (atMs < times.fromMs) return `${what} is older than the retention of this receiver`;
  return atMs > times.toMs ? `${what} lies in the future` : null;
}

export function createMapper(settings: MappingSettings): Mapper {
  const names = settings.attributes;

  function evaluation(
    attributes: Attributes,
    at: {
      readonly timeMs: number;
      readonly receivedMs: number;
      readonly traceId: string;
      readonly spanId: string;
    },
    prompt: string | null,
    into: Mapped,
  ): void {
    const name = asName(attributes.get(FIXED_NAMES.evaluationName) ?? null);
    const signal = name === null ? null : streamOf(name, settings.evaluations);
    // A failed evaluation says nothing about the conversation: neither numerator nor denominator.
    if (signal === null || attributes.has(FIXED_NAMES.errorType)) {
      into.unattributed += 1;
      return;
    }
    const score = attributes.get(FIXED_NAMES.score) ?? null;
    const label = attributes.get(FIXED_NAMES.label) ?? null;
    const csat = signal === 'csat' ? csat0To100(score ?? label, settings.csatMax) : null;
    const responseId = asName(attributes.get(FIXED_NAMES.responseId) ?? null);
    const conversation = asName(first(names.conversation, attributes, attributes));
    const hasTrace = isId(at.traceId, 32);
    if ((signal === 'csat' && csat === null) || (!hasTrace && responseId === null && conversation === null)) {
      into.unattributed += 1;
      return;
    }
    const identity = [at.timeMs, at.traceId, at.spanId, responseId, conversation, name, score, label];
    into.feedback.push({
      feedbackKey: key64(JSON.stringify(identity)),
      atMs: Math.floor(at.timeMs || at.receivedMs),
      signal,
      isEvent: signal === 'csat' || isTripped(score) || isTripped(label),
      csat,
      prompt,
      spanKey: hasTrace && isId(at.spanId, 16) ? key64(at.traceId + at.spanId) : null,
      responseKey: responseId === null ? null : key64(responseId),
      traceKey: hasTrace ? key64(at.traceId) : null,
      threadKey: conversation === null ? null : key64(conversation),
    });
  }

  function spanRow(span: OtlpSpan, resource: Attributes, prompt: string): SpanRow {
    const attributes = span.attributes;
    const sha = asName(first(names.sha, attributes, resource));
    const conversation = asName(first(names.conversation, attributes, resource)) ?? span.traceId;
    const responseId = asName(attributes.get(FIXED_NAMES.responseId) ?? null);
    const isError = span.statusCode === 2;
    const errorType = asName(attributes.get(FIXED_NAMES.errorType) ?? null);
    return {
      startMs: Math.floor(span.startMs),
      endMs: Math.floor(Math.max(span.endMs, span.startMs)),
      spanKey: key64(span.traceId + span.spanId),
      traceKey: key64(span.traceId),
      responseKey: responseId === null ? null : key64(responseId),
      threadKey: key64(conversation),
      conversationKey: key64(`${prompt}\u0000${conversation}`),
      prompt,
      version: asName(first(names.version, attributes, resource)) ?? sha ?? NONE,
      sha,
      cohort: asName(first(names.cohort, attributes, resource)) ?? NONE,
      worker: asName(first(names.worker, attributes, resource)) ?? NONE,
      conversation,
      traceId: span.traceId,
      spanId: span.spanId,
      isError,
      error: isError ? capText(span.statusMessage || errorType || 'error') : null,
      errorType: isError ? errorType : null,
      model: asName(first(names.model, attributes, resource)),
      complaint: isTripped(first(names.complaint, attributes, resource)),
      safety: isTripped(first(names.safety, attributes, resource)),
      downstream:
        (isError && settings.spanErrorsAreDownstream) ||
        isTripped(first(names.downstream, attributes, resource)),
      fallback: isTripped(first(names.fallback, attributes, resource)),
      escalation: isTripped(first(names.escalation, attributes, resource)),
      correction: isTripped(first(names.correction, attributes, resource)),
      csat: csat0To100(first(names.csat, attributes, resource), settings.csatMax),
      input: asText(first(names.input, attributes, resource)),
      output: asText(first(names.output, attributes, resource)),
    };
  }

  return {
    span(span, resource, times, into) {
      if (!isId(span.traceId, 32) || !isId(span.spanId, 16)) {
        reject(into, 'a span without a valid trace id (16 bytes) and span id (8 bytes)');
        return;
      }
      const prompt = asName(first(names.promptName, span.attributes, resource));
      const at = { receivedMs: span.endMs || span.startMs, traceId: span.traceId, spanId: span.spanId };
      if (prompt === null) {
        into.unattributed += 1;
      } else {
        const fault = timesFault(span.startMs, times, 'a span');
        if (fault !== null) {
          reject(into, fault);
          return;
        }
        into.spans.push(spanRow(span, resource, prompt));
      }
      for (const event of span.events) {
        if (event.name !== EVALUATION_EVENT) continue;
        evaluation(event.attributes, { ...at, timeMs: event.timeMs }, prompt, into);
      }
    },

    log(record, resource, receivedMs, times, into) {
      const eventName = record.eventName || record.attributes.get(FIXED_NAMES.eventName);
      if (eventName !== EVALUATION_EVENT) {
        into.unattributed += 1;
        return;
      }
      const fault = timesFault(record.timeMs || receivedMs, times, 'a log record');
      if (fault !== null) {
        reject(into, fault);
        return;
      }
      const prompt = asName(first(names.promptName, record.attributes, resource));
      evaluation(record.attributes, { ...record, receivedMs }, prompt, into);
    },

    point(point, resource, times, into) {
      const fault =
        point.metric === '' || point.metric.startsWith('.')
          ? 'a data point without a metric name'
          : timesFault(point.timeMs, times, 'a data point');
      if (fault !== null) {
        reject(into, fault);
        return;
      }
      const attributes = JSON.stringify(Object.fromEntries([...resource, ...point.attributes]));
      if (Buffer.byteLength(attributes) > TEXT_BYTES) {
        reject(into, 'a data point with more than 16 KiB of attributes');
        return;
      }
      const metric = point.metric.slice(0, NAME_LENGTH);
      const atMs = Math.floor(point.timeMs);
      into.points.push({
        pointKey: key64(`${metric}\u0000${point.timeMs}\u0000${attributes}`),
        atMs,
        metric,
        attributes,
        value: point.value,
      });
    },
  };
}
