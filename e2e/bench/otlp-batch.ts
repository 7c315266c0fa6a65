import protobuf from 'protobufjs/minimal.js';
import { randomFillSync } from 'node:crypto';

/**
 * A protobuf ExportTraceServiceRequest of many spans that is written once; before each sending only ids and times are replaced in place,
 * so that the sender costs the machine next to nothing beside the receiver.
 */
export type OtlpBatch = {
  readonly bytes: Buffer;
  readonly spans: number;
  /** New span ids, trace ids, times and conversations; returns the XOR of the new span ids. */
  refresh: (nowMs: number) => bigint;
};

type Writer = protobuf.Writer;

function field(writer: Writer, number: number, write: (inner: Writer) => void): void {
  writer.uint32((number << 3) | 2).fork();
  write(writer);
  writer.ldelim();
}

function attribute(writer: Writer, number: number, key: string, value: string | number): void {
  field(writer, number, (pair) => {
    pair.uint32(10).string(key);
    field(pair, 2, (any) => {
      if (typeof value === 'string') any.uint32(10).string(value);
      else any.uint32(24).int64(value);
    });
  });
}

// Bytes that stand nowhere else in a span.
const TRACE_MARK = Buffer.alloc(16, 0xf1);
const SPAN_MARK = Buffer.alloc(8, 0xf2);
const START_MARK = Buffer.alloc(8, 0xf3);
const END_MARK = Buffer.alloc(8, 0xf4);
const CONVERSATION_MARK = 'CCCCCCCCCCCCCCCC';

function spanBytes(prompt: string, version: string, index: number): Buffer {
  const writer = protobuf.Writer.create();
  writer.uint32(10).bytes(TRACE_MARK).uint32(18).bytes(SPAN_MARK);
  writer.uint32(42).string('invoke_agent support').uint32(48).int32(2);
  const fixed = (number: number, mark: Buffer) =>
    writer
      .uint32((number << 3) | 1)
      .fixed32(mark.readUInt32LE(0))
      .fixed32(mark.readUInt32LE(4));
  fixed(7, START_MARK);
  fixed(8, END_MARK);
  const attributes: Record<string, string | number> = {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.provider.name': 'sample',
    'gen_ai.request.model': 'sample-model-1',
    'gen_ai.response.model': 'sample-model-1',
    'gen_ai.prompt.name': prompt,
    'gen_ai.prompt.version': version,
    'prompt.sha': `sha-${version}`,
    'gen_ai.conversation.id': CONVERSATION_MARK,
    'tenant.cohort': `cohort_${index % 5}`,
    'gen_ai.usage.input_tokens': 180,
    'gen_ai.usage.output_tokens': 64,
    'server.address': 'api.example.com',
    'gen_ai.input.messages': `[{"role":"user","parts":[{"type":"text","content":"Where is parcel ${index}?"}]}]`,
    'gen_ai.output.messages': `[{"role":"assistant","parts":[{"type":"text","content":"Hello! Parcel ${index} comes today."}]}]`,
  };
  for (const [key, value] of Object.entries(attributes)) attribute(writer, 9, key, value);
  return Buffer.from(writer.finish());
}

/** `shareOfCandidate` of the spans name v18, the others v17; two spans share a conversation. */
export function createBatch(options: { prompt: string; spans: number; worker: string }): OtlpBatch {
  const writer = protobuf.Writer.create();
  field(writer, 1, (group) => {
    field(group, 1, (resource) => {
      attribute(resource, 1, 'service.name', 'support-agent');
      attribute(resource, 1, 'service.instance.id', options.worker);
    });
    field(group, 2, (scope) => {
      for (let index = 0; index < options.spans; index += 1) {
        // Both spans of a conversation are of one version.
        const version = Math.floor(index / 2) % 20 === 0 ? 'v18' : 'v17';
        scope.uint32(18).bytes(spanBytes(options.prompt, version, index));
      }
    });
  });
  const bytes = Buffer.from(writer.finish());

  const placesOf = (mark: Buffer): number[] => {
    const places: number[] = [];
    for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) places.push(at);
    if (places.length !== options.spans)
      throw new Error(`${places.length} places for ${options.spans} spans`);
    return places;
  };
  const traces = placesOf(TRACE_MARK);
  const spans = placesOf(SPAN_MARK);
  const starts = placesOf(START_MARK);
  const ends = placesOf(END_MARK);
  const conversations = placesOf(Buffer.from(CONVERSATION_MARK));
  const random = Buffer.alloc(options.spans * 32);

  return {
    bytes,
    spans: options.spans,
    refresh(nowMs) {
      randomFillSync(random);
      const nowNanos = BigInt(Math.floor(nowMs)) * 1_000_000n;
      let xor = 0n;
      for (let index = 0; index < options.spans; index += 1) {
        const pair = Math.floor(index / 2);
        random.copy(bytes, traces[index], pair * 32, pair * 32 + 16);
        random.copy(bytes, spans[index], index * 32 + 16, index * 32 + 24);
        xor ^= bytes.readBigUInt64BE(spans[index]);
        bytes.writeBigUInt64LE(nowNanos - BigInt(1_500 - index) * 1_000_000n, starts[index]);
        bytes.writeBigUInt64LE(nowNanos, ends[index]);
        bytes.write(
          random.toString('hex', pair * 32 + 24, pair * 32 + 32),
          conversations[index] ?? 0,
          'latin1',
        );
      }
      return xor;
    },
  };
}
