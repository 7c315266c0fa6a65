import type { RateStreamId, StreamId } from '#shared/model/detection.ts';

/** Stands for an attribute that a span did not carry. */
export const NONE = '(none)';

/** What a conversation can show, as a field of its rows and a column of its table, per stream of the detector. */
export const FLAG_OF_STREAM = {
  complaints: 'complaint',
  safety: 'safety',
  downstream: 'downstream',
  fallback: 'fallback',
  escalation: 'escalation',
  correction: 'correction',
} as const satisfies Record<RateStreamId, string>;
export type Flag = (typeof FLAG_OF_STREAM)[RateStreamId];
export const FLAGS: readonly Flag[] = Object.values(FLAG_OF_STREAM);
type Flags = Readonly<Record<Flag, boolean>>;

/** One span that names a prompt. Times are whole epoch ms. Keys are key64 of the ids, for joins. */
export type SpanRow = Flags & {
  readonly startMs: number;
  readonly endMs: number;
  readonly spanKey: bigint;
  readonly traceKey: bigint;
  /** Of gen_ai.response.id; null when absent. */
  readonly responseKey: bigint | null;
  /** Of the conversation id alone. */
  readonly threadKey: bigint;
  /** Of prompt and conversation: the unit that is counted. */
  readonly conversationKey: bigint;
  readonly prompt: string;
  readonly version: string;
  readonly sha: string | null;
  readonly cohort: string;
  readonly worker: string;
  readonly conversation: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly isError: boolean;
  readonly error: string | null;
  /** `error.type` of a span that failed. */
  readonly errorType: string | null;
  /** The model that answered. */
  readonly model: string | null;
  /** 0-100. */
  readonly csat: number | null;
  readonly input: string | null;
  readonly output: string | null;
};

/** One evaluation or feedback result. */
export type FeedbackRow = {
  readonly feedbackKey: bigint;
  readonly atMs: number;
  readonly signal: StreamId;
  /** For a rate: did it happen. For csat: true. */
  readonly isEvent: boolean;
  /** csat 0-100, else null. */
  readonly csat: number | null;
  /** Restricts the match to one prompt when the record names it. */
  readonly prompt: string | null;
  readonly spanKey: bigint | null;
  readonly responseKey: bigint | null;
  readonly traceKey: bigint | null;
  readonly threadKey: bigint | null;
};

/** One number of a metric, kept so that nothing acknowledged is dropped. */
export type PointRow = {
  readonly pointKey: bigint;
  readonly atMs: number;
  readonly metric: string;
  /** JSON object. */
  readonly attributes: string;
  readonly value: number;
};

/** What one request becomes. `unattributed` was understood but is not about a prompt; `rejected` was refused, with why. */
export type Mapped = {
  readonly spans: SpanRow[];
  readonly feedback: FeedbackRow[];
  readonly points: PointRow[];
  unattributed: number;
  rejected: number;
  rejectedWhy: string;
};

export function emptyMapped(): Mapped {
  return { spans: [], feedback: [], points: [], unattributed: 0, rejected: 0, rejectedWhy: '' };
}
