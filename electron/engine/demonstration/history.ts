import { isOneSpan, pickCohort, planConversation } from './conversation.ts';
import type { Exporter } from './exporter.ts';
import type { Fleet, RunningService } from './fleet.ts';
import type { Random } from '../fleet/random.ts';
import type { DemoService } from './services.ts';

/** History handed to one export: about as much as one request takes. */
const SLICE_MS = 150_000;

/**
 * Exports what the fleet did before the demonstration was opened, through the same door, newest part first so that the charts fill from
 * now backwards. Conversations still going on at `nowMs` are handed to the fleet. The candidate serves its share from `shippedMs` on.
 */
export async function exportHistory(input: {
  readonly services: readonly RunningService[];
  readonly fromMs: number;
  readonly shippedMs: number;
  readonly candidateShare01: (service: DemoService) => number;
  readonly nowMs: number;
  readonly random: Random;
  readonly ids: Random;
  readonly exporter: Exporter;
  readonly fleet: Fleet;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { random, ids, exporter, fleet, signal, nowMs } = input;
  for (let toMs = nowMs; toMs > input.fromMs && !signal.aborted; toMs -= SLICE_MS) {
    const fromMs = Math.max(input.fromMs, toMs - SLICE_MS);
    for (const { service, workers } of input.services) {
      const expected = (service.conversationsPerHour * (toMs - fromMs)) / 3_600_000;
      for (let left = random.poisson(expected); left > 0; left -= 1) {
        const startMs = random.between(fromMs, toMs);
        const cohort = pickCohort(service, random);
        const isCandidate =
          service.candidate !== null &&
          startMs >= input.shippedMs &&
          random.chance(input.candidateShare01(service));
        const version = isCandidate && service.candidate !== null ? service.candidate : service.control;
        const worker = random.pick(workers).name;
        const { behaviour } = service;
        const conversation = planConversation(
          { service, worker, cohort, version, behaviour, startMs },
          random,
          ids,
        );
        if (conversation.endMs <= nowMs) exporter.span({ conversation, part: 'whole' });
        else if (!isOneSpan(conversation) && conversation.firstTurnEndMs <= nowMs)
          exporter.span({ conversation, part: 'first' });
        for (const event of conversation.feedback) {
          if (event.atMs <= nowMs) exporter.report({ conversation, event });
        }
        fleet.adopt(conversation, nowMs);
      }
    }
    await exporter.flush(signal);
  }
}
