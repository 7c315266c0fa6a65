import type { Attributes, OtlpSpan } from '#engine/telemetry/otlp/types.ts';
import type { Emission } from './conversation.ts';

/** A fleet's spans carry no events of their own. */
export const NO_EVENTS: OtlpSpan['events'] = [];

/** What every span of a conversation says of it. `version` null = its service does not name one. */
export function chatAttributes(about: {
  readonly promptId: string;
  readonly conversationId: string;
  readonly cohort: string;
  readonly model: string;
  readonly version: string | null;
  readonly sha: string | null;
}): Map<string, string | boolean> {
  const attributes = new Map<string, string | boolean>([
    ['gen_ai.operation.name', 'chat'],
    ['gen_ai.prompt.name', about.promptId],
    ['gen_ai.conversation.id', about.conversationId],
    ['tenant.cohort', about.cohort],
    ['gen_ai.response.model', about.model],
  ]);
  if (about.version !== null) attributes.set('gen_ai.prompt.version', about.version);
  if (about.version !== null && about.sha !== null) attributes.set('prompt.sha', about.sha);
  return attributes;
}

/** A report about a conversation that began with this span. */
export function feedbackOn(about: {
  readonly promptId: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly score: number;
  readonly atMs: number;
  readonly dueMs: number;
  readonly resource: Attributes;
}): Emission {
  const { promptId, traceId, spanId, name, score, atMs, dueMs, resource } = about;
  return {
    kind: 'feedback',
    dueMs,
    resource,
    record: {
      timeMs: atMs,
      eventName: 'gen_ai.evaluation.result',
      traceId,
      spanId,
      attributes: new Map<string, string | number>([
        ['gen_ai.prompt.name', promptId],
        ['gen_ai.evaluation.name', name],
        ['gen_ai.evaluation.score.value', score],
      ]),
    },
  };
}
