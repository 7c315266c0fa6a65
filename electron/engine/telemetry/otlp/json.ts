/**
 * Reads OTLP JSON: lowerCamelCase names, hex ids, enums as integers, 64-bit integers as strings or numbers, unknown fields
 * ignored (OTLP 1.x, "JSON Protobuf Encoding"). Same result as protobuf.ts for the same telemetry.
 */
import {
  type Attributes,
  type AttributeValue,
  MalformedBody,
  MAX_VALUE_DEPTH,
  nanosToMs,
  type OtlpLogRecord,
  type OtlpPoint,
  type OtlpSpan,
  type ResourceGroup,
  type WantedAttributes,
} from './types.ts';

type Json = { readonly [key: string]: unknown };

function object(value: unknown, what: string): Json {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new MalformedBody(`${what} must be an object`);
  return value as Json;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedBody(`${what} must be an array`);
  return value;
}

function text(value: unknown, what: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new MalformedBody(`${what} must be a string`);
  return value;
}

function number(value: unknown, what: string): number {
  if (value === undefined || value === null) return 0;
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof parsed !== 'number') throw new MalformedBody(`${what} must be a number`);
  return parsed;
}

/** Doubles may be the strings NaN, Infinity and -Infinity. */
function double(value: unknown, what: string): number {
  if (value === 'NaN') return Number.NaN;
  return number(value, what);
}

function nanosAsMs(value: unknown, what: string): number {
  const nanos = number(value, what);
  if (!(nanos >= 0 && nanos < 2 ** 64)) {
    throw new MalformedBody(`${what} must be unsigned nanoseconds`);
  }
  return nanosToMs(nanos);
}

function hexId(value: unknown, what: string): string {
  const id = text(value, what);
  if (!/^[0-9a-f]*$/i.test(id)) throw new MalformedBody(`${what} must be hexadecimal`);
  return id.toLowerCase();
}

function anyValue(value: unknown, depth: number): AttributeValue {
  if (depth > MAX_VALUE_DEPTH) throw new MalformedBody('an attribute value is nested too deeply');
  const any = object(value, 'attribute value');
  if (any.stringValue !== undefined) return text(any.stringValue, 'stringValue');
  if (any.boolValue !== undefined) {
    if (typeof any.boolValue !== 'boolean') throw new MalformedBody('boolValue must be true or false');
    return any.boolValue;
  }
  if (any.intValue !== undefined) return number(any.intValue, 'intValue');
  if (any.doubleValue !== undefined) return double(any.doubleValue, 'doubleValue');
  if (any.arrayValue !== undefined) {
    const array = object(any.arrayValue, 'arrayValue');
    return list(array.values, 'arrayValue.values').map((item) => anyValue(item, depth + 1));
  }
  if (any.kvlistValue !== undefined) {
    const kvlist = object(any.kvlistValue, 'kvlistValue');
    return Object.fromEntries(attributes(kvlist.values, null, depth + 1));
  }
  if (any.bytesValue !== undefined) return text(any.bytesValue, 'bytesValue');
  return null;
}

function attributes(value: unknown, wanted: WantedAttributes, depth = 0): Attributes {
  const read = new Map<string, AttributeValue>();
  for (const entry of list(value, 'attributes')) {
    const { key, value: any } = object(entry, 'attribute');
    const name = text(key, 'attribute key');
    if (wanted === null || wanted.has(name)) read.set(name, anyValue(any, depth));
  }
  return read;
}

function span(value: unknown, wanted: WantedAttributes): OtlpSpan {
  const json = object(value, 'span');
  const status = object(json.status, 'span.status');
  return {
    traceId: hexId(json.traceId, 'span.traceId'),
    spanId: hexId(json.spanId, 'span.spanId'),
    startMs: nanosAsMs(json.startTimeUnixNano, 'span.startTimeUnixNano'),
    endMs: nanosAsMs(json.endTimeUnixNano, 'span.endTimeUnixNano'),
    statusCode: number(status.code, 'span.status.code'),
    statusMessage: text(status.message, 'span.status.message'),
    attributes: attributes(json.attributes, wanted),
    events: list(json.events, 'span.events').map((entry) => {
      const event = object(entry, 'span event');
      return {
        name: text(event.name, 'event.name'),
        timeMs: nanosAsMs(event.timeUnixNano, 'event.timeUnixNano'),
        attributes: attributes(event.attributes, wanted),
      };
    }),
  };
}

function logRecord(value: unknown, wanted: WantedAttributes): OtlpLogRecord {
  const json = object(value, 'log record');
  return {
    timeMs:
      nanosAsMs(json.timeUnixNano, 'timeUnixNano') ||
      nanosAsMs(json.observedTimeUnixNano, 'observedTimeUnixNano'),
    eventName: text(json.eventName, 'eventName'),
    traceId: hexId(json.traceId, 'traceId'),
    spanId: hexId(json.spanId, 'spanId'),
    attributes: attributes(json.attributes, wanted),
  };
}

function metricPoints(value: unknown): OtlpPoint[] {
  const json = object(value, 'metric');
  const metric = text(json.name, 'metric.name');
  const points: OtlpPoint[] = [];
  for (const kind of ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const) {
    const data = object(json[kind], `metric.${kind}`);
    for (const entry of list(data.dataPoints, `metric.${kind}.dataPoints`)) {
      const point = object(entry, 'data point');
      const timeMs = nanosAsMs(point.timeUnixNano, 'timeUnixNano');
      const kept = attributes(point.attributes, null);
      if (kind === 'gauge' || kind === 'sum') {
        const hasValue = point.asDouble !== undefined || point.asInt !== undefined;
        const read =
          point.asDouble === undefined ? number(point.asInt, 'asInt') : double(point.asDouble, 'asDouble');
        points.push({ metric, timeMs, value: hasValue ? read : Number.NaN, attributes: kept });
        continue;
      }
      points.push({
        metric: `${metric}.count`,
        timeMs,
        value: number(point.count, 'count'),
        attributes: kept,
      });
      if (point.sum !== undefined) {
        points.push({ metric: `${metric}.sum`, timeMs, value: double(point.sum, 'sum'), attributes: kept });
      }
    }
  }
  return points;
}

function* groups<T>(
  body: Uint8Array,
  wanted: WantedAttributes,
  names: { readonly resource: string; readonly scope: string; readonly items: string },
  readItem: (value: unknown) => readonly T[],
): Generator<ResourceGroup<T>, void, void> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch (error) {
    throw new MalformedBody(`not readable as JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new MalformedBody('the body must be a JSON object');
  }
  for (const entry of list((parsed as Json)[names.resource], names.resource)) {
    const group = object(entry, names.resource);
    const items: T[] = [];
    for (const scopeEntry of list(group[names.scope], names.scope)) {
      const scope = object(scopeEntry, names.scope);
      for (const item of list(scope[names.items], names.items)) {
        for (const read of readItem(item)) items.push(read);
      }
    }
    yield { resource: attributes(object(group.resource, 'resource').attributes, wanted), items };
  }
}

/** ExportTraceServiceRequest as JSON. Throws MalformedBody. */
export function spansOfJson(body: Uint8Array, wanted: WantedAttributes) {
  const names = { resource: 'resourceSpans', scope: 'scopeSpans', items: 'spans' };
  return groups(body, wanted, names, (value) => [span(value, wanted)]);
}

/** ExportLogsServiceRequest as JSON. Throws MalformedBody. */
export function logsOfJson(body: Uint8Array, wanted: WantedAttributes) {
  const names = { resource: 'resourceLogs', scope: 'scopeLogs', items: 'logRecords' };
  return groups(body, wanted, names, (value) => [logRecord(value, wanted)]);
}

/** ExportMetricsServiceRequest as JSON; histograms and summaries become `<name>.count` and `<name>.sum`. Throws MalformedBody. */
export function pointsOfJson(body: Uint8Array) {
  const names = { resource: 'resourceMetrics', scope: 'scopeMetrics', items: 'metrics' };
  return groups(body, null, names, metricPoints);
}
