import type { Random } from '../fleet/random.ts';
import type { Behaviour, DemoService } from './services.ts';
import { CSAT_DEVIATION, FEEDBACK_LAG_MS, SHARE_ANSWERING_CSAT01 } from './services.ts';
import { messagesFor } from './texts.ts';
import type { Messages } from './texts.ts';

export type FeedbackEvent = {
  readonly name: 'csat' | 'complaint' | 'safety';
  readonly atMs: number;
  /** csat 0-100; 1 for the others. */
  readonly score: number;
};

/** One conversation from start to the last report about it, worked out when it starts; it keeps its version to the end. */
export type Conversation = {
  readonly service: DemoService;
  readonly id: string;
  readonly traceId: string;
  readonly firstSpanId: string;
  readonly lastSpanId: string;
  readonly worker: string;
  readonly cohort: string;
  /** null: a service that forgets to record it. */
  readonly version: string | null;
  readonly startMs: number;
  readonly firstTurnEndMs: number;
  readonly endMs: number;
  readonly hasDownstreamError: boolean;
  readonly feedback: readonly FeedbackEvent[];
  /** Captured for every bad conversation and a few good ones, as services sample content. */
  readonly messages: Messages | null;
};

/** A conversation this short is exported as one span. */
const ONE_SPAN_MS = 10_000;

export function isOneSpan(conversation: Pick<Conversation, 'startMs' | 'endMs'>): boolean {
  return conversation.endMs - conversation.startMs < ONE_SPAN_MS;
}

const SHARE_OF_GOOD_CAPTURED01 = 0.03;

export function pickCohort(service: DemoService, random: Random): string {
  let at = random.next();
  for (const cohort of service.cohorts) {
    at -= cohort.share01;
    if (at < 0) return cohort.name;
  }
  return service.cohorts[0].name;
}

/**
 * Plans one conversation with the given behaviour of its version. Deterministic in `random`; its ids come from `ids`, which must differ between
 * two runs of the same seed, or the second run would tell of the first one's conversations.
 */
export function planConversation(
  input: {
    readonly service: DemoService;
    readonly worker: string;
    readonly cohort: string;
    readonly version: string;
    readonly behaviour: Behaviour;
    readonly startMs: number;
  },
  random: Random,
  ids: Random,
): Conversation {
  const { service, behaviour, startMs } = input;
  const [shortest, longest] = service.durationMs;
  // Most conversations are short: the square of a uniform number leans to the left.
  const durationMs = shortest + (longest - shortest) * random.next() ** 2;
  const endMs = startMs + durationMs;
  const firstTurnEndMs = Math.min(endMs, startMs + random.between(800, 3_000));
  const isComplaint = random.chance(behaviour.complaint01);
  const isSafety = random.chance(behaviour.safety01);
  const hasDownstreamError = random.chance(behaviour.downstream01);
  const reportAt = () => endMs + random.between(...FEEDBACK_LAG_MS);

  const feedback: FeedbackEvent[] = [];
  if (isComplaint) feedback.push({ name: 'complaint', atMs: reportAt(), score: 1 });
  if (isSafety) feedback.push({ name: 'safety', atMs: endMs + 500, score: 1 });
  if (random.chance(SHARE_ANSWERING_CSAT01)) {
    const score = Math.round(random.normal(behaviour.csatMean, CSAT_DEVIATION));
    feedback.push({ name: 'csat', atMs: reportAt(), score: Math.min(100, Math.max(0, score)) });
  }
  const isBad = isComplaint || isSafety || hasDownstreamError;
  const isCaptured = isBad || random.chance(SHARE_OF_GOOD_CAPTURED01);
  return {
    service,
    id: `conv-${ids.hex(8)}`,
    traceId: ids.hex(16),
    firstSpanId: ids.hex(8),
    lastSpanId: ids.hex(8),
    worker: input.worker,
    cohort: input.cohort,
    version: random.chance(service.unversioned01) ? null : input.version,
    startMs,
    firstTurnEndMs,
    endMs,
    hasDownstreamError,
    feedback,
    messages: isCaptured ? messagesFor(service.promptId, input.version, isBad, random) : null,
  };
}
