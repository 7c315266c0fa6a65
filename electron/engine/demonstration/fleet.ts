import type { Clock } from '../clock.ts';
import { createAgenda } from '../fleet/agenda.ts';
import { isOneSpan, pickCohort, planConversation } from './conversation.ts';
import type { Conversation } from './conversation.ts';
import type { Exporter } from './exporter.ts';
import type { FlagClient } from './flag-client.ts';
import type { Random } from '../fleet/random.ts';
import type { Behaviour, DemoService } from './services.ts';
import { usersOf } from './users.ts';

export type Worker = { readonly name: string; readonly flags: FlagClient | null };
export type RunningService = {
  readonly service: DemoService;
  readonly workers: readonly [Worker, ...Worker[]];
};
type Due =
  | { readonly kind: 'span'; readonly turn: Parameters<Exporter['span']>[0] }
  | { readonly kind: 'report'; readonly report: Parameters<Exporter['report']>[0] };

/** Real time between two steps, and between two exports. */
const STEP_REAL_MS = 250;
const STEPS_PER_EXPORT = 8;
const STEPS_PER_EXPORT_WHEN_FAST = 4;
/** After a longer pause (the machine slept) the gap stays empty, as it would in a real fleet that was stopped. */
const LONGEST_STEP_MS = 30_000;

export type Fleet = {
  /** Runs until aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Conversations that began earlier and go on: their later turns and reports are exported when due. */
  adopt(conversation: Conversation, nowMs: number): void;
  inFlight(): number;
};

/** The traffic: conversations begin by chance, keep the version they began with, end, and are reported on later. */
export function createFleet(options: {
  readonly services: readonly RunningService[];
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Random;
  readonly exporter: Exporter;
  readonly behaviourOf: (service: DemoService, version: string, cohort: string) => Behaviour;
}): Fleet {
  const { clock, random, ids, exporter } = options;
  const agenda = createAgenda<Due>();
  const users = new Map(
    options.services.flatMap(({ service, workers }) => [
      ...usersOf(
        service.flagKey,
        workers.map(({ name }) => name),
      ),
    ]),
  );

  function adopt(conversation: Conversation, nowMs: number): void {
    const { endMs, firstTurnEndMs, feedback } = conversation;
    const add = (dueMs: number, due: Due) => {
      if (dueMs > nowMs) agenda.add(dueMs, due);
    };
    if (isOneSpan(conversation)) {
      add(endMs, { kind: 'span', turn: { conversation, part: 'whole' } });
    } else {
      add(firstTurnEndMs, { kind: 'span', turn: { conversation, part: 'first' } });
      add(endMs, { kind: 'span', turn: { conversation, part: 'last' } });
    }
    for (const event of feedback) add(event.atMs, { kind: 'report', report: { conversation, event } });
  }

  function begin({ service, workers }: RunningService, startMs: number): void {
    const worker = random.pick(workers);
    const cohort = pickCohort(service, random);
    const [first = worker.name, ...others] = users.get(worker.name) ?? [];
    const user = random.pick([first, ...others]);
    const serve = (version: string) => {
      const behaviour = options.behaviourOf(service, version, cohort);
      const planned = { service, worker: worker.name, cohort, version, behaviour, startMs };
      adopt(planConversation(planned, random, ids), startMs - 1);
    };
    const version = worker.flags ? worker.flags.versionFor(user) : service.control;
    // A slow flag server makes its own conversations late, not the traffic. versionFor never rejects.
    if (typeof version === 'string') serve(version);
    else void version.then(serve);
  }

  function step(fromMs: number, toMs: number): void {
    for (const running of options.services) {
      const expected = (running.service.conversationsPerHour * (toMs - fromMs)) / 3_600_000;
      for (let left = random.poisson(expected); left > 0; left -= 1) {
        begin(running, random.between(fromMs, toMs));
      }
    }
    for (const due of agenda.take(toMs)) {
      if (due.kind === 'span') exporter.span(due.turn);
      else exporter.report(due.report);
    }
  }

  return {
    adopt,
    inFlight: () => agenda.size,
    async run(signal) {
      let lastMs = clock.nowMs();
      let exporting: Promise<void> | null = null;
      for (let steps = 1; !signal.aborted; steps += 1) {
        await clock.sleep(STEP_REAL_MS * clock.speed, signal).catch(() => undefined);
        if (signal.aborted) break;
        const nowMs = clock.nowMs();
        if (nowMs <= lastMs) continue;
        step(Math.max(lastMs, nowMs - LONGEST_STEP_MS), nowMs);
        lastMs = nowMs;
        // A slow receiver must not slow the traffic: one export at a time, beside it.
        const stepsPerExport = clock.speed > 1 ? STEPS_PER_EXPORT_WHEN_FAST : STEPS_PER_EXPORT;
        if (steps % stepsPerExport === 0 && exporting === null) {
          exporting = exporter.flush(signal).finally(() => {
            exporting = null;
          });
        }
      }
      await exporting;
    },
  };
}
