import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import type { Attributes, OtlpLogRecord, OtlpSpan } from '#engine/telemetry/otlp/types.ts';
import type { Draw } from './draws.ts';
import type { Conditions } from './effects.ts';
import type { Messages } from './texts.ts';
import { chatAttributes, feedbackOn, NO_EVENTS } from './wire.ts';

/** A span or a record of feedback as its service sends it, and when it is sent. */
export type Emission = { readonly dueMs: number; readonly resource: Attributes } & (
  | { readonly kind: 'span'; readonly span: OtlpSpan }
  | { readonly kind: 'feedback'; readonly record: OtlpLogRecord }
);

/** What is said in a conversation. `at01` picks it, evenly. */
export type TextsOf = (about: {
  readonly promptId: string;
  readonly version: string;
  readonly isBad: boolean;
  readonly at01: number;
}) => Messages;

/** What serves a conversation, and where. Times of the draw are from the world's beginning, `originMs`. */
export type Served = {
  readonly prompt: ScenarioPrompt;
  readonly draw: Draw;
  readonly originMs: number;
  readonly version: string;
  readonly sha: string | null;
  /** False: its spans name no version. */
  readonly isNamed: boolean;
  readonly conditions: Conditions;
  readonly resource: Attributes;
  readonly feedbackResource: Attributes;
  readonly textsOf: TextsOf;
  /** From the end of a span to its arrival. */
  readonly delayMs: number;
};

/** A conversation this short is exported as one span. */
const ONE_SPAN_MS = 10_000;
const CSAT_DEVIATION = 14;
const GOOD_CAPTURED01 = 0.03;
const SAFETY_AFTER_MS = 500;

function feedback({ draw, prompt, feedbackResource }: Served, name: string, atMs: number, score: number) {
  const { traceId, firstSpanId: spanId } = draw;
  return feedbackOn({
    promptId: prompt.id,
    traceId,
    spanId,
    name,
    score,
    atMs,
    dueMs: atMs,
    resource: feedbackResource,
  });
}

/** Everything one conversation sends, from its first turn to the last report about it. Deterministic in what it is given. */
export function emissionsOf(served: Served): Emission[] {
  const { prompt, draw, conditions, version } = served;
  const { behaviour } = conditions;
  const startMs = served.originMs + draw.startMs;
  const endMs = startMs + draw.durationMs;
  const isComplaint = draw.complaintAt01 < behaviour.complaint01;
  const isSafety = draw.safetyAt01 < behaviour.safety01;
  const isError = draw.downstreamAt01 < behaviour.downstream01;
  const isBad = isComplaint || isSafety || isError;
  const isShort = draw.durationMs < ONE_SPAN_MS;
  const firstTurnMs = startMs + draw.firstTurnMs;

  const attributes = chatAttributes({
    promptId: prompt.id,
    conversationId: `conv-${draw.firstSpanId}`,
    cohort: draw.cohort,
    model: conditions.model ?? prompt.model,
    version: served.isNamed ? version : null,
    sha: served.sha,
  });
  const last = new Map(attributes);
  if (isBad || draw.textAt01 < GOOD_CAPTURED01) {
    // The few good ones that are kept say all that good ones say.
    const at01 = isBad ? draw.textAt01 : draw.textAt01 / GOOD_CAPTURED01;
    const { input, output } = served.textsOf({ promptId: prompt.id, version, isBad, at01 });
    last.set('gen_ai.input.messages', input).set('gen_ai.output.messages', output);
  }
  if (draw.fallbackAt01 < behaviour.fallback01) last.set('fusebox.fallback', true);
  if (isError) last.set('error.type', conditions.errorType ?? 'parse_error');

  const outcome = {
    statusCode: isError ? 2 : 0,
    statusMessage: isError ? (conditions.errorType ?? 'the answer could not be parsed downstream') : '',
    events: NO_EVENTS,
  };
  const span = (dueMs: number, one: OtlpSpan): Emission => ({
    kind: 'span',
    dueMs: dueMs + served.delayMs,
    resource: served.resource,
    span: one,
  });
  const { traceId, firstSpanId, lastSpanId } = draw;
  const sent: Emission[] = isShort
    ? [span(endMs, { traceId, spanId: firstSpanId, startMs, endMs, attributes: last, ...outcome })]
    : [
        span(firstTurnMs, {
          traceId,
          spanId: firstSpanId,
          startMs,
          endMs: firstTurnMs,
          attributes,
          statusCode: 0,
          statusMessage: '',
          events: NO_EVENTS,
        }),
        span(endMs, {
          traceId,
          spanId: lastSpanId,
          startMs: firstTurnMs,
          endMs,
          attributes: last,
          ...outcome,
        }),
      ];
  if (isComplaint) sent.push(feedback(served, 'complaint', endMs + draw.complaintLagMs, 1));
  if (isSafety) sent.push(feedback(served, 'safety', endMs + SAFETY_AFTER_MS, 1));
  if (draw.hasRating) {
    const score = Math.round(behaviour.csatMean + CSAT_DEVIATION * draw.rating);
    sent.push(feedback(served, 'csat', endMs + draw.ratingLagMs, Math.min(100, Math.max(0, score))));
  }
  return sent;
}
