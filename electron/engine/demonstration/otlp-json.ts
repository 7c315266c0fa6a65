import type { Conversation, FeedbackEvent } from './conversation.ts';

/** OTLP/HTTP JSON (opentelemetry-proto 1.x): lowerCamelCase, hex ids, 64-bit integers as strings. */
type KeyValue = { key: string; value: { stringValue: string } | { doubleValue: number } };

const text = (key: string, value: string): KeyValue => ({ key, value: { stringValue: value } });
const nanos = (ms: number) => `${Math.round(ms)}000000`;

/** A finished turn of a conversation; `last` carries its outcome and its messages. */
export type Turn = { readonly conversation: Conversation; readonly part: 'first' | 'last' | 'whole' };
export type Report = { readonly conversation: Conversation; readonly event: FeedbackEvent };

function resourceOf(conversation: Conversation): KeyValue[] {
  return [
    text('service.name', conversation.service.service),
    text('service.instance.id', conversation.worker),
    text('deployment.environment.name', 'production'),
  ];
}

/** Spans grouped by worker, as each worker's exporter would send them. */
export function tracesBody(turns: readonly Turn[]): string {
  const byWorker = Map.groupBy(turns, ({ conversation }) => conversation.worker);
  return JSON.stringify({
    resourceSpans: [...byWorker.values()].map((group) => ({
      resource: { attributes: group[0] ? resourceOf(group[0].conversation) : [] },
      scopeSpans: [{ scope: { name: 'support-sdk', version: '3.2.0' }, spans: group.map(spanOf) }],
    })),
  });
}

function spanOf({ conversation, part }: Turn) {
  const { service, version, messages } = conversation;
  const attributes = [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.prompt.name', service.promptId),
    text('gen_ai.conversation.id', conversation.id),
    text('tenant.cohort', conversation.cohort),
  ];
  if (version !== null) {
    attributes.push(text('gen_ai.prompt.version', version));
    const sha = service.shas[version];
    if (sha !== undefined) attributes.push(text('prompt.sha', sha));
  }
  const hasOutcome = part !== 'first';
  if (hasOutcome && messages) {
    attributes.push(
      text('gen_ai.input.messages', messages.input),
      text('gen_ai.output.messages', messages.output),
    );
  }
  const isError = hasOutcome && conversation.hasDownstreamError;
  if (isError) attributes.push(text('error.type', 'parse_error'));
  return {
    traceId: conversation.traceId,
    spanId: part === 'last' ? conversation.lastSpanId : conversation.firstSpanId,
    name: 'chat support-model',
    kind: 3,
    startTimeUnixNano: nanos(part === 'last' ? conversation.firstTurnEndMs : conversation.startMs),
    endTimeUnixNano: nanos(part === 'first' ? conversation.firstTurnEndMs : conversation.endMs),
    attributes,
    status: isError ? { code: 2, message: 'renderer could not parse the answer' } : { code: 0 },
  };
}

/** Feedback as `gen_ai.evaluation.result` log events on the conversation's first span. */
export function logsBody(reports: readonly Report[]): string {
  const byService = Map.groupBy(reports, ({ conversation }) => conversation.service.service);
  return JSON.stringify({
    resourceLogs: [...byService].map(([service, group]) => ({
      resource: { attributes: [text('service.name', `${service}-feedback`)] },
      scopeLogs: [{ scope: { name: 'feedback' }, logRecords: group.map(logOf) }],
    })),
  });
}

function logOf({ conversation, event }: Report) {
  return {
    timeUnixNano: nanos(event.atMs),
    observedTimeUnixNano: nanos(event.atMs),
    severityNumber: 9,
    eventName: 'gen_ai.evaluation.result',
    traceId: conversation.traceId,
    spanId: conversation.firstSpanId,
    attributes: [
      text('gen_ai.prompt.name', conversation.service.promptId),
      text('gen_ai.evaluation.name', event.name),
      { key: 'gen_ai.evaluation.score.value', value: { doubleValue: event.score } },
    ],
  };
}
