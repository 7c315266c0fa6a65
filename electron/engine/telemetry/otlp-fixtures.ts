/** OTLP requests for the tests: one description, written as protobuf and as JSON. */
import protobuf from 'protobufjs/minimal.js';
import type { AttributeValue } from './otlp/types.ts';

export type FixtureAttributes = Readonly<Record<string, AttributeValue>>;
export type FixtureSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly error?: string;
  readonly attributes?: FixtureAttributes;
  readonly events?: readonly {
    readonly name: string;
    readonly atMs: number;
    readonly attributes: FixtureAttributes;
  }[];
};
export type FixtureLog = {
  readonly eventName?: string;
  readonly atMs: number;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes: FixtureAttributes;
};

const nanos = (ms: number) => BigInt(Math.round(ms * 1000)) * 1000n;

function jsonValue(value: AttributeValue): object {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(jsonValue) } };
  return { kvlistValue: { values: jsonAttributes(value as FixtureAttributes) } };
}

function jsonAttributes(attributes: FixtureAttributes = {}): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: jsonValue(value) }));
}

export function tracesJson(resource: FixtureAttributes, spans: readonly FixtureSpan[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: jsonAttributes(resource) },
          scopeSpans: [
            {
              spans: spans.map((span) => ({
                traceId: span.traceId,
                spanId: span.spanId,
                name: 'chat',
                kind: 3,
                startTimeUnixNano: String(nanos(span.startMs)),
                endTimeUnixNano: String(nanos(span.endMs ?? span.startMs)),
                attributes: jsonAttributes(span.attributes),
                events: (span.events ?? []).map((event) => ({
                  name: event.name,
                  timeUnixNano: String(nanos(event.atMs)),
                  attributes: jsonAttributes(event.attributes),
                })),
                status: span.error === undefined ? {} : { code: 2, message: span.error },
              })),
            },
          ],
        },
      ],
    }),
  );
}

export function logsJson(resource: FixtureAttributes, logs: readonly FixtureLog[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      resourceLogs: [
        {
          resource: { attributes: jsonAttributes(resource) },
          scopeLogs: [
            {
              logRecords: logs.map((log) => ({
                timeUnixNano: String(nanos(log.atMs)),
                eventName: log.eventName ?? 'gen_ai.evaluation.result',
                traceId: log.traceId ?? '',
                spanId: log.spanId ?? '',
                attributes: jsonAttributes(log.attributes),
              })),
            },
          ],
        },
      ],
    }),
  );
}

type Writer = protobuf.Writer;
const bytesTag = (field: number) => (field << 3) | 2;

function nested(writer: Writer, field: number, write: (inner: Writer) => void): void {
  writer.uint32(bytesTag(field)).fork();
  write(writer);
  writer.ldelim();
}

function time(writer: Writer, field: number, ms: number): void {
  const value = nanos(ms);
  writer
    .uint32((field << 3) | 1)
    .fixed32(Number(value & 0xffffffffn))
    .fixed32(Number(value >> 32n));
}

function writeValue(writer: Writer, value: AttributeValue): void {
  if (value === null) return;
  if (typeof value === 'string') writer.uint32(10).string(value);
  else if (typeof value === 'boolean') writer.uint32(16).bool(value);
  else if (typeof value === 'number') {
    if (Number.isInteger(value)) writer.uint32(24).int64(value);
    else writer.uint32(33).double(value);
  } else if (Array.isArray(value)) {
    nested(writer, 5, (array) => {
      for (const item of value) nested(array, 1, (inner) => writeValue(inner, item));
    });
  } else {
    nested(writer, 6, (list) => writeAttributes(list, 1, value as FixtureAttributes));
  }
}

function writeAttributes(writer: Writer, field: number, attributes: FixtureAttributes = {}): void {
  for (const [key, value] of Object.entries(attributes)) {
    nested(writer, field, (pair) => {
      pair.uint32(10).string(key);
      nested(pair, 2, (inner) => writeValue(inner, value));
    });
  }
}

export function tracesProtobuf(resource: FixtureAttributes, spans: readonly FixtureSpan[]): Buffer {
  const writer = protobuf.Writer.create();
  nested(writer, 1, (group) => {
    nested(group, 1, (inner) => writeAttributes(inner, 1, resource));
    nested(group, 2, (scope) => {
      for (const span of spans) {
        nested(scope, 2, (out) => {
          out.uint32(bytesTag(1)).bytes(Buffer.from(span.traceId, 'hex'));
          out.uint32(bytesTag(2)).bytes(Buffer.from(span.spanId, 'hex'));
          out.uint32(bytesTag(5)).string('chat');
          out.uint32(48).int32(3);
          time(out, 7, span.startMs);
          time(out, 8, span.endMs ?? span.startMs);
          writeAttributes(out, 9, span.attributes);
          for (const event of span.events ?? []) {
            nested(out, 11, (inner) => {
              time(inner, 1, event.atMs);
              inner.uint32(bytesTag(2)).string(event.name);
              writeAttributes(inner, 3, event.attributes);
            });
          }
          if (span.error !== undefined) {
            const message = span.error;
            nested(out, 15, (status) => status.uint32(18).string(message).uint32(24).int32(2));
          }
        });
      }
    });
  });
  return Buffer.from(writer.finish());
}

export function logsProtobuf(resource: FixtureAttributes, logs: readonly FixtureLog[]): Buffer {
  const writer = protobuf.Writer.create();
  nested(writer, 1, (group) => {
    nested(group, 1, (inner) => writeAttributes(inner, 1, resource));
    nested(group, 2, (scope) => {
      for (const log of logs) {
        nested(scope, 2, (out) => {
          time(out, 1, log.atMs);
          writeAttributes(out, 6, log.attributes);
          if (log.traceId) out.uint32(bytesTag(9)).bytes(Buffer.from(log.traceId, 'hex'));
          if (log.spanId) out.uint32(bytesTag(10)).bytes(Buffer.from(log.spanId, 'hex'));
          out.uint32(bytesTag(12)).string(log.eventName ?? 'gen_ai.evaluation.result');
        });
      }
    });
  });
  return Buffer.from(writer.finish());
}

/** A span id or trace id from a number. */
export const hexId = (value: number, bytes: 8 | 16) => value.toString(16).padStart(bytes * 2, 'a');
