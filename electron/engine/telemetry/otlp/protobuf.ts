/**
 * Reads OTLP protobuf straight off the wire. Field numbers from opentelemetry-proto 1.x (collector/trace, collector/logs,
 * collector/metrics, trace, logs, metrics, common, resource). Unknown fields are skipped, as protobuf demands.
 *
 * A reader of our own instead of generated classes: only the attributes that the workspace names become objects,
 * which is what lets one thread keep up with a fleet.
 */
import protobuf from 'protobufjs/minimal.js';
import { metricPoints } from './protobuf-metrics.ts';
import {
  type Attributes,
  type AttributeValue,
  MalformedBody,
  type OtlpEvent,
  type OtlpLogRecord,
  type OtlpSpan,
  type ResourceGroup,
  type WantedAttributes,
} from './types.ts';
import { eachField, endOf, hex, keyValue, nanosAsMs, type Reader, text } from './wire.ts';

const EMPTY: Attributes = new Map();

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
