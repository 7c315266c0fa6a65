/**
 * Reads OTLP protobuf straight off the wire. Field numbers from opentelemetry-proto 1.x (collector/trace, collector/logs,
 * collector/metrics, trace, logs, metrics, common, resource). Unknown fields are skipped, as protobuf demands.
 *
 * A reader of our own instead of generated classes: only the attributes that the workspace names become objects,
 * which is what lets one thread keep up with a fleet.
 */
import protobuf from 'protobufjs/minimal.js';
import {
  type Attributes,
  type AttributeValue,
  MalformedBody,
  MAX_VALUE_DEPTH,
  nanosToMs,
  type OtlpEvent,
  type OtlpLogRecord,
  type OtlpPoint,
  type OtlpSpan,
  type ResourceGroup,
  type WantedAttributes,
} from './types.ts';

type Reader = protobuf.Reader;
const EMPTY: Attributes = new Map();

/** Runs `field` for each field of the message that ends at `end`; `field` returns false for one it does not read. */
function eachField(reader: Reader, end: number, field: (number: number, wireType: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 0) throw new MalformedBody('protobuf field number 0');
    if (!field(tag >>> 3, tag & 7)) reader.skipType(tag & 7);
  }
  if (reader.pos !== end) throw new MalformedBody('a protobuf message runs past its length');
}

/** End offset of the length-delimited field about to be read; refuses one that runs past the body. */
function endOf(reader: Reader, wireType: number): number {
  if (wireType !== 2)
    throw new MalformedBody(`expected a length-delimited field, found wire type ${wireType}`);
  const length = reader.uint32();
  if (reader.pos + length > reader.len) throw new MalformedBody('the protobuf body ends inside a message');
  return reader.pos + length;
}

function text(reader: Reader, wireType: number): string {
  if (wireType !== 2) throw new MalformedBody(`expected a string, found wire type ${wireType}`);
  return reader.string();
}

function hex(reader: Reader, wireType: number): string {
  if (wireType !== 2) throw new MalformedBody(`expected bytes, found wire type ${wireType}`);
  const bytes = reader.bytes();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** fixed64 nanoseconds as ms. */
function nanosAsMs(reader: Reader, wireType: number): number {
  if (wireType !== 1) throw new MalformedBody(`expected a fixed64 time, found wire type ${wireType}`);
  const low = reader.fixed32();
  return nanosToMs(reader.fixed32() * 4_294_967_296 + low);
}

function fixed64AsNumber(reader: Reader): number {
  const low = reader.fixed32();
  return reader.fixed32() * 4_294_967_296 + low;
}

function signedFixed64AsNumber(reader: Reader): number {
  const low = reader.fixed32();
  return reader.sfixed32() * 4_294_967_296 + low;
}

function anyValue(reader: Reader, end: number, depth: number): AttributeValue {
  if (depth > MAX_VALUE_DEPTH) throw new MalformedBody('an attribute value is nested too deeply');
  let value: AttributeValue = null;
  eachField(reader, end, (number, wireType) => {
    switch (number) {
      case 1:
        value = text(reader, wireType);
        return true;
      case 2:
        value = reader.bool();
        return true;
      case 3:
        value = Number(reader.int64());
        return true;
      case 4:
        value = reader.double();
        return true;
      case 5: {
        const items: AttributeValue[] = [];
        eachField(reader, endOf(reader, wireType), (inner, innerType) => {
          if (inner !== 1) return false;
          items.push(anyValue(reader, endOf(reader, innerType), depth + 1));
          return true;
        });
        value = items;
        return true;
      }
      case 6: {
        const entries = new Map<string, AttributeValue>();
        eachField(reader, endOf(reader, wireType), (inner, innerType) => {
          if (inner !== 1) return false;
          keyValue(reader, endOf(reader, innerType), null, entries, depth + 1);
          return true;
        });
        value = Object.fromEntries(entries);
        return true;
      }
      case 7: {
        if (wireType !== 2) throw new MalformedBody('expected bytes');
        value = Buffer.from(reader.bytes()).toString('base64');
        return true;
      }
      default:
        return false;
    }
  });
  return value;
}

function keyValue(
  reader: Reader,
  end: number,
  wanted: WantedAttributes,
  into: Map<string, AttributeValue>,
  depth = 0,
): void {
  let key = '';
  let value: AttributeValue = null;
  eachField(reader, end, (number, wireType) => {
    if (number === 1) {
      key = text(reader, wireType);
      return true;
    }
    if (number !== 2) return false;
    const valueEnd = endOf(reader, wireType);
    // Encoders write the key first; a value that comes before its key cannot be judged yet, so it is read.
    if (key !== '' && wanted !== null && !wanted.has(key)) reader.pos = valueEnd;
    else value = anyValue(reader, valueEnd, depth);
    return true;
  });
  if (wanted === null || wanted.has(key)) into.set(key, value);
}

function resourceAttributes(reader: Reader, end: number, wanted: WantedAttributes): Attributes {
  const attributes = new Map<string, AttributeValue>();
  eachField(reader, end, (number, wireType) => {
    if (number !== 1) return false;
    keyValue(reader, endOf(reader, wireType), wanted, attributes);
    return true;
  });
  return attributes;
}

function spanEvent(reader: Reader, end: number, wanted: WantedAttributes): OtlpEvent {
  let timeMs = 0;
  let name = '';
  let attributes: Map<string, AttributeValue> | null = null;
  eachField(reader, end, (number, wireType) => {
    if (number === 1) timeMs = nanosAsMs(reader, wireType);
    else if (number === 2) name = text(reader, wireType);
    else if (number === 3) keyValue(reader, endOf(reader, wireType), wanted, (attributes ??= new Map()));
    else return false;
    return true;
  });
  return { name, timeMs, attributes: attributes ?? EMPTY };
}

function span(reader: Reader, end: number, wanted: WantedAttributes): OtlpSpan {
  const read = { traceId: '', spanId: '', startMs: 0, endMs: 0, statusCode: 0, statusMessage: '' };
  const attributes = new Map<string, AttributeValue>();
  let events: OtlpEvent[] | null = null;
  eachField(reader, end, (number, wireType) => {
    switch (number) {
      case 1:
        read.traceId = hex(reader, wireType);
        return true;
      case 2:
        read.spanId = hex(reader, wireType);
        return true;
      case 7:
        read.startMs = nanosAsMs(reader, wireType);
        return true;
      case 8:
        read.endMs = nanosAsMs(reader, wireType);
        return true;
      case 9:
        keyValue(reader, endOf(reader, wireType), wanted, attributes);
        return true;
      case 11:
        (events ??= []).push(spanEvent(reader, endOf(reader, wireType), wanted));
        return true;
      case 15:
        eachField(reader, endOf(reader, wireType), (inner, innerType) => {
          if (inner === 2) read.statusMessage = text(reader, innerType);
          else if (inner === 3) read.statusCode = reader.int32();
          else return false;
          return true;
        });
        return true;
      default:
        return false;
    }
  });
  return { ...read, attributes, events: events ?? [] };
}

function logRecord(reader: Reader, end: number, wanted: WantedAttributes): OtlpLogRecord {
  let timeMs = 0;
  let observedMs = 0;
  const read = { eventName: '', traceId: '', spanId: '' };
  const attributes = new Map<string, AttributeValue>();
  eachField(reader, end, (number, wireType) => {
    switch (number) {
      case 1:
        timeMs = nanosAsMs(reader, wireType);
        return true;
      case 6:
        keyValue(reader, endOf(reader, wireType), wanted, attributes);
        return true;
      case 9:
        read.traceId = hex(reader, wireType);
        return true;
      case 10:
        read.spanId = hex(reader, wireType);
        return true;
      case 11:
        observedMs = nanosAsMs(reader, wireType);
        return true;
      case 12:
        read.eventName = text(reader, wireType);
        return true;
      default:
        return false;
    }
  });
  return { ...read, timeMs: timeMs || observedMs, attributes };
}

/** One data point. Numbers: value in 4 (double) or 6 (sfixed64), attributes in 7; histograms: count 4, sum 5, attributes 9 or 1 or 7. */
function dataPoint(reader: Reader, end: number, metric: string, kind: number): OtlpPoint[] {
  let timeMs = 0;
  let value: number | null = null;
  let count: number | null = null;
  let sum: number | null = null;
  const attributesField = kind === 9 ? 9 : kind === 10 ? 1 : 7;
  const isNumber = kind === 5 || kind === 7;
  const attributes = new Map<string, AttributeValue>();
  eachField(reader, end, (number, wireType) => {
    if (number === attributesField && wireType === 2) {
      keyValue(reader, endOf(reader, wireType), null, attributes);
    } else if (number === 3 && wireType === 1) {
      timeMs = nanosAsMs(reader, wireType);
    } else if (isNumber && number === 4 && wireType === 1) {
      value = reader.double();
    } else if (isNumber && number === 6 && wireType === 1) {
      value = signedFixed64AsNumber(reader);
    } else if (!isNumber && number === 4 && wireType === 1) {
      count = fixed64AsNumber(reader);
    } else if (!isNumber && number === 5 && wireType === 1) {
      sum = reader.double();
    } else {
      return false;
    }
    return true;
  });
  if (isNumber) return [{ metric, timeMs, value: value ?? Number.NaN, attributes }];
  const points: OtlpPoint[] = [{ metric: `${metric}.count`, timeMs, value: count ?? 0, attributes }];
  if (sum !== null) points.push({ metric: `${metric}.sum`, timeMs, value: sum, attributes });
  return points;
}

/** Metric data: gauge 5, sum 7, histogram 9, exponential histogram 10, summary 11; each holds its points in field 1. */
function metricPoints(reader: Reader, end: number): OtlpPoint[] {
  let name = '';
  const points: OtlpPoint[] = [];
  const data: { kind: number; from: number; to: number }[] = [];
  eachField(reader, end, (number, wireType) => {
    if (number === 1) {
      name = text(reader, wireType);
      return true;
    }
    if (![5, 7, 9, 10, 11].includes(number)) return false;
    const to = endOf(reader, wireType);
    data.push({ kind: number, from: reader.pos, to });
    reader.pos = to;
    return true;
  });
  for (const { kind, from, to } of data) {
    reader.pos = from;
    eachField(reader, to, (number, wireType) => {
      if (number !== 1) return false;
      points.push(...dataPoint(reader, endOf(reader, wireType), name, kind));
      return true;
    });
  }
  reader.pos = end;
  return points;
}

/** Every signal nests alike: request.1 = resource group { 1 = resource, 2 = scope group { 2 = item } }. */
function* groups<T>(
  body: Uint8Array,
  wanted: WantedAttributes,
  readItem: (reader: Reader, end: number) => readonly T[],
): Generator<ResourceGroup<T>, void, void> {
  const reader = protobuf.Reader.create(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 !== 1) {
      if (tag >>> 3 === 0) throw new MalformedBody('protobuf field number 0');
      reader.skipType(tag & 7);
      continue;
    }
    let resource: Attributes = EMPTY;
    const items: T[] = [];
    eachField(reader, endOf(reader, tag & 7), (number, wireType) => {
      if (number === 1) {
        resource = resourceAttributes(reader, endOf(reader, wireType), wanted);
        return true;
      }
      if (number !== 2) return false;
      eachField(reader, endOf(reader, wireType), (inner, innerType) => {
        if (inner !== 2) return false;
        for (const item of readItem(reader, endOf(reader, innerType))) items.push(item);
        return true;
      });
      return true;
    });
    yield { resource, items };
  }
}

/** Turns what the wire reader throws on broken bytes into MalformedBody. */
function* guarded<T>(inner: Generator<T, void, void>): Generator<T, void, void> {
  try {
    yield* inner;
  } catch (error) {
    if (error instanceof MalformedBody) throw error;
    throw new MalformedBody(`not readable as OTLP protobuf: ${(error as Error).message}`);
  }
}

/** ExportTraceServiceRequest; groups are read one by one as the caller asks. Throws MalformedBody. */
export function spansOfProtobuf(body: Uint8Array, wanted: WantedAttributes) {
  return guarded(groups(body, wanted, (reader, end) => [span(reader, end, wanted)]));
}

/** ExportLogsServiceRequest. Throws MalformedBody. */
export function logsOfProtobuf(body: Uint8Array, wanted: WantedAttributes) {
  return guarded(groups(body, wanted, (reader, end) => [logRecord(reader, end, wanted)]));
}

/** ExportMetricsServiceRequest; histograms and summaries become `<name>.count` and `<name>.sum`. Throws MalformedBody. */
export function pointsOfProtobuf(body: Uint8Array) {
  return guarded(groups(body, null, metricPoints));
}
