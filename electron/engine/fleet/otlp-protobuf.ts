import protobuf from 'protobufjs/minimal.js';
import type { Attributes, AttributeValue, OtlpLogRecord, OtlpSpan } from '#engine/telemetry/otlp/types.ts';
import type { Emission } from './conversation.ts';

/** Writes OTLP/HTTP protobuf requests (opentelemetry-proto 1.x; the field numbers are those that telemetry/otlp/protobuf.ts reads). */

type Writer = protobuf.Writer;
const tag = (field: number, wireType: number) => (field << 3) | wireType;
const BYTES = 2;
const FIXED64 = 1;
const VARINT = 0;

/** Epoch ms as nanoseconds; a double holds them in steps of 256, which readers round away. */
const nanos = (ms: number) => Math.round(ms) * 1e6;
const bytesOf = (hex: string) => Buffer.from(hex, 'hex');

function anyValue(writer: Writer, value: AttributeValue): void {
  if (typeof value === 'string') writer.uint32(tag(1, BYTES)).string(value);
  else if (typeof value === 'boolean') writer.uint32(tag(2, VARINT)).bool(value);
  else if (typeof value === 'number') writer.uint32(tag(4, FIXED64)).double(value);
  else throw new TypeError('the fleet sends texts, numbers and truths alone');
}

function attributes(writer: Writer, field: number, values: Attributes): void {
  for (const [key, value] of values) {
    writer.uint32(tag(field, BYTES)).fork().uint32(tag(1, BYTES)).string(key);
    writer.uint32(tag(2, BYTES)).fork();
    anyValue(writer, value);
    writer.ldelim().ldelim();
  }
}

function writeSpan(writer: Writer, span: OtlpSpan): void {
  writer.uint32(tag(2, BYTES)).fork();
  writer.uint32(tag(1, BYTES)).bytes(bytesOf(span.traceId));
  writer.uint32(tag(2, BYTES)).bytes(bytesOf(span.spanId));
  writer.uint32(tag(5, BYTES)).string('chat');
  writer.uint32(tag(7, FIXED64)).fixed64(nanos(span.startMs));
  writer.uint32(tag(8, FIXED64)).fixed64(nanos(span.endMs));
  attributes(writer, 9, span.attributes);
  if (span.statusCode !== 0) {
    writer.uint32(tag(15, BYTES)).fork().uint32(tag(2, BYTES)).string(span.statusMessage);
    writer.uint32(tag(3, VARINT)).int32(span.statusCode).ldelim();
  }
  writer.ldelim();
}

function writeRecord(writer: Writer, record: OtlpLogRecord): void {
  writer.uint32(tag(2, BYTES)).fork();
  writer.uint32(tag(1, FIXED64)).fixed64(nanos(record.timeMs));
  attributes(writer, 6, record.attributes);
  writer.uint32(tag(9, BYTES)).bytes(bytesOf(record.traceId));
  writer.uint32(tag(10, BYTES)).bytes(bytesOf(record.spanId));
  writer.uint32(tag(12, BYTES)).string(record.eventName);
  writer.ldelim();
}

/** One request of spans or of feedback, grouped by the resource that sent it. `emissions` must be of one kind. */
export function otlpRequest(emissions: readonly Emission[]): Uint8Array<ArrayBuffer> {
  const writer = protobuf.Writer.create();
  for (const [resource, group] of Map.groupBy(emissions, (emission) => emission.resource)) {
    writer.uint32(tag(1, BYTES)).fork();
    writer.uint32(tag(1, BYTES)).fork();
    attributes(writer, 1, resource);
    writer.ldelim();
    writer.uint32(tag(2, BYTES)).fork();
    for (const emission of group) {
      if (emission.kind === 'span') writeSpan(writer, emission.span);
      else writeRecord(writer, emission.record);
    }
    writer.ldelim().ldelim();
  }
  return new Uint8Array(writer.finish());
}
