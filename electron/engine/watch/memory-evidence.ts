import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { StreamId } from '#shared/model/detection.ts';
import { createMemoryEvidence as createEvidence } from '../telemetry/memory-evidence.ts';
import type { EvidenceReader } from '../telemetry/kind.ts';
import { emptyMapped, type FeedbackRow, type SpanRow } from '../telemetry/rows.ts';

/** Everything about one conversation that a test can say when it starts; reports follow with `report`. */
export type Started = {
  readonly prompt: string;
  readonly version: string;
  readonly cohort: string;
  readonly startMs: number;
  readonly hasDownstreamError?: boolean;
  /** The model that answered; null where the span does not say. */
  readonly model?: string;
  /** The span failed, with this error.type. */
  readonly errorType?: string;
};

export type MemoryEvidence = EvidenceReader & {
  start(conversation: Started): void;
  /** A late report about a conversation: counts in the bucket in which that one started. */
  report(conversation: Started, stream: StreamId, score?: number): void;
};

/** The evidence in memory, fed by hand: for tests of the watch. Conversations that start alike in one tick are told apart by their order. */
export function createMemoryEvidence(): MemoryEvidence {
  const evidence = createEvidence();
  const begun = new Map<string, { readonly key: bigint; readonly told: Set<StreamId> }[]>();
  let keys = 0n;

  const nameOf = ({ prompt, version, cohort, startMs }: Started) =>
    [prompt, version, cohort, Math.floor(startMs / TICK_MS)].join('\n');

  function spanOf(conversation: Started, key: bigint): SpanRow {
    const { prompt, version, cohort, startMs } = conversation;
    return {
      startMs,
      endMs: startMs,
      spanKey: key,
      traceKey: key,
      responseKey: null,
      threadKey: key,
      conversationKey: key,
      prompt,
      version,
      sha: null,
      cohort,
      worker: 'worker',
      conversation: String(key),
      traceId: '',
      spanId: '',
      isError: conversation.errorType !== undefined,
      error: conversation.errorType ?? null,
      errorType: conversation.errorType ?? null,
      model: conversation.model ?? null,
      complaint: false,
      safety: false,
      downstream: conversation.hasDownstreamError ?? false,
      fallback: false,
      escalation: false,
      correction: false,
      csat: null,
      input: null,
      output: null,
    };
  }

  return {
    ...evidence,
    start(conversation) {
      keys += 1n;
      const alike = begun.get(nameOf(conversation)) ?? [];
      alike.push({ key: keys, told: new Set() });
      begun.set(nameOf(conversation), alike);
      evidence.accept({ ...emptyMapped(), spans: [spanOf(conversation, keys)] }, conversation.startMs);
    },
    report(conversation, stream, score = 1) {
      const alike = begun.get(nameOf(conversation)) ?? [];
      const meant = alike.find(({ told }) => !told.has(stream));
      if (!meant) throw new RangeError(`no conversation that could still show ${stream} started so`);
      meant.told.add(stream);
      keys += 1n;
      const row: FeedbackRow = {
        feedbackKey: keys,
        atMs: conversation.startMs,
        signal: stream,
        isEvent: true,
        csat: stream === 'csat' ? score : null,
        prompt: conversation.prompt,
        spanKey: meant.key,
        responseKey: null,
        traceKey: null,
        threadKey: null,
      };
      evidence.accept({ ...emptyMapped(), feedback: [row] }, conversation.startMs);
    },
  };
}
