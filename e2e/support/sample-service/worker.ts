import { SpanKind, SpanStatusCode, ROOT_CONTEXT, logs, trace } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { startNodeSdk } from '@opentelemetry/sdk-node';
import { parentPort, workerData } from 'node:worker_threads';
import { Unleash } from 'unleash-client';
import { drawConversation, seededRandom } from './behaviour.ts';
import type { Conversation } from './behaviour.ts';
import { PROMPT_NAME, promptSha } from './prompts.ts';
import type { Feedback, WorkerOrder, WorkerReport, WorkerSettings } from './protocol.ts';

// One worker of the service: its own OpenTelemetry SDK (configured through OTEL_… variables alone) and its own flag SDK.

const settings = workerData as WorkerSettings;
const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a worker thread');
const report = (message: WorkerReport): void => port.postMessage(message);

const telemetry = startNodeSdk({ logLevel: 'error' });
const tracer = trace.getTracer('support-agent');
const logger = logs.getLogger('support-agent');
const random = seededRandom(settings.seed);

const TICK_MS = 50;
let conversationsPerS = settings.conversationsPerS;
let isRegressionOn = false;
let unleash = startFlagClient();
let count = 0;
const pending = new Set<NodeJS.Timeout>();

function startFlagClient(): Unleash {
  const client = new Unleash({
    appName: 'support-agent',
    instanceId: settings.worker,
    url: `${settings.unleashUrl}/api/`,
    customHeaders: { Authorization: settings.unleashToken },
    refreshInterval: settings.refreshMs,
    metricsInterval: 5_000,
    skipInstanceCountWarning: true,
    // The default is a file that all workers would share: one frozen worker would be thawed by its neighbour.
    storageProvider: { get: () => Promise.resolve(undefined), set: () => Promise.resolve() },
  });
  // A flag server that cannot be reached is part of the tests; the client keeps its last known state.
  client.on('error', () => undefined);
  client.on('warn', () => undefined);
  return client;
}

/** The variant's name is the version; a flag that is off or unknown means control. */
function versionFor(conversation: string): string {
  const variant = unleash.getVariant(settings.flag, { sessionId: conversation });
  return variant.feature_enabled === true && variant.enabled ? variant.name : settings.control;
}

function after(delayMs: number, task: () => void): void {
  const timer = setTimeout(() => {
    pending.delete(timer);
    task();
  }, delayMs);
  pending.add(timer);
}

const messages = (role: string, content: string): string =>
  JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);

function beginConversation(): void {
  count += 1;
  const id = `${settings.worker}-${settings.seed}-${count}`;
  const version = versionFor(id);
  const isRegressed = isRegressionOn && version === settings.candidate;
  const drawn = drawConversation(random, isRegressed, `Ticket ${id}`);
  const span = tracer.startSpan(
    `invoke_agent ${PROMPT_NAME}`,
    {
      kind: SpanKind.SERVER,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.provider.name': 'sample',
        'gen_ai.request.model': 'sample-model-1',
        'gen_ai.prompt.name': PROMPT_NAME,
        'gen_ai.prompt.version': version,
        'prompt.sha': promptSha(version),
        'gen_ai.conversation.id': id,
        'tenant.cohort': drawn.cohort,
        'gen_ai.input.messages': messages('user', drawn.input),
        'gen_ai.output.messages': messages('assistant', drawn.output),
      },
    },
    ROOT_CONTEXT,
  );
  after(drawn.durationMs, () => endConversation(span, version, drawn));
}

function endConversation(span: Span, version: string, drawn: Conversation): void {
  span.setAttribute('fusebox.downstream_error', drawn.hasDownstreamError);
  if (drawn.hasDownstreamError) {
    span.setAttribute('error.type', 'reply_parser');
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'the reply has no greeting line' });
  }
  span.end();
  const { hasDownstreamError, cohort } = drawn;
  report({ kind: 'conversation', worker: settings.worker, version, cohort, hasDownstreamError });
  const given: Feedback[] = [];
  if (drawn.csat !== null) given.push({ kind: 'csat', score: drawn.csat });
  if (drawn.hasComplaint) given.push({ kind: 'complaint' });
  if (drawn.hasSafetyTrip) given.push({ kind: 'safety trip' });
  if (given.length === 0) return;
  after(settings.feedbackDelayMs * (0.5 + random()), () => {
    for (const feedback of given) giveFeedback(span, version, cohort, feedback);
  });
}

function giveFeedback(span: Span, version: string, cohort: string, feedback: Feedback): void {
  logger.emit({
    eventName: 'gen_ai.evaluation.result',
    timestamp: Date.now(),
    context: trace.setSpanContext(ROOT_CONTEXT, span.spanContext()),
    attributes: evaluationOf(feedback),
  });
  report({ kind: 'feedback', worker: settings.worker, version, cohort, feedback });
}

function evaluationOf(feedback: Feedback): Record<string, string | number> {
  switch (feedback.kind) {
    case 'csat':
      return { 'gen_ai.evaluation.name': 'csat', 'gen_ai.evaluation.score.value': feedback.score };
    case 'complaint':
      return {
        'gen_ai.evaluation.name': 'complaint',
        'gen_ai.evaluation.score.value': 1,
        'gen_ai.evaluation.score.label': 'complaint',
        'gen_ai.evaluation.explanation': 'Your agent did not even say hello.',
      };
    case 'safety trip':
      return {
        'gen_ai.evaluation.name': 'safety',
        'gen_ai.evaluation.score.value': 1,
        'gen_ai.evaluation.score.label': 'fail',
      };
  }
}

let isServing = false;
let due = 0;
let lastTickMs = performance.now();
function tick(): void {
  if (!isServing) return;
  const nowMs = performance.now();
  due += (conversationsPerS * (nowMs - lastTickMs)) / 1000;
  lastTickMs = nowMs;
  for (; due >= 1; due -= 1) beginConversation();
}
const ticker = setInterval(tick, TICK_MS);

async function stop(): Promise<void> {
  clearInterval(ticker);
  for (const timer of pending) clearTimeout(timer);
  unleash.destroy();
  await telemetry.shutdown();
  report({ kind: 'stopped' });
}

port.on('message', (order: WorkerOrder) => {
  switch (order.kind) {
    case 'rate':
      conversationsPerS = order.conversationsPerS;
      return;
    case 'regression':
      isRegressionOn = order.isOn;
      return;
    case 'freeze flag cache':
      // What a dead poll loop does in production: the last known flags are served for ever.
      unleash.destroy();
      return;
    case 'thaw flag cache':
      unleash = startFlagClient();
      return;
    case 'stop':
      void stop();
  }
});

// An SDK that cannot reach its server never synchronizes; the service then serves control, as it should.
const synchronized = new Promise<void>((resolve) => unleash.once('synchronized', () => resolve()));
const givenUp = new Promise<void>((resolve) => setTimeout(resolve, 5_000).unref());
await Promise.race([synchronized, givenUp]);
lastTickMs = performance.now();
isServing = true;
report({ kind: 'ready' });
