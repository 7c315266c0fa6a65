/** OTLP as the engine reads it: one shape for protobuf and JSON. Times are epoch ms (fractions kept); ids are lower-case hex. */

export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };
export type Attributes = ReadonlyMap<string, AttributeValue>;

export type OtlpEvent = { readonly name: string; readonly timeMs: number; readonly attributes: Attributes };

export type OtlpSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly attributes: Attributes;
  readonly events: readonly OtlpEvent[];
};

export type OtlpLogRecord = {
  /** Time of the event, else when it was observed, else 0. */
  readonly timeMs: number;
  readonly eventName: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
};

export type OtlpPoint = {
  readonly metric: string;
  readonly timeMs: number;
  readonly value: number;
  readonly attributes: Attributes;
};

export type ResourceGroup<T> = { readonly resource: Attributes; readonly items: readonly T[] };

/** Which attributes to keep: everything else is skipped unread. `null` keeps all. */
export type WantedAttributes = ReadonlySet<string> | null;

/** The body is not what its content type says; the message is safe to send back. */
export class MalformedBody extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedBody';
  }
}

/** Deepest nesting of an attribute value that is read; deeper is malformed (a recursion bomb). */
export const MAX_VALUE_DEPTH = 32;

/**
 * Nanoseconds as ms, to the microsecond. A double holds today's nanoseconds in steps of 256: without rounding, a whole
 * millisecond may come out just below itself.
 */
export function nanosToMs(nanos: number): number {
  return Math.round(nanos / 1000) / 1000;
}
