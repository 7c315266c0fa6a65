import type { DemoState } from '#shared/model/live.ts';
import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import type { ActiveFault } from '#engine/fleet/effects.ts';
import { createExporter } from '#engine/fleet/exporter.ts';
import { flagClientsOf } from '#engine/fleet/flag-client.ts';
import { createFleet } from '#engine/fleet/fleet.ts';
import { createLiveTraffic } from '#engine/fleet/live-traffic.ts';
import { createRandom } from '#engine/fleet/random.ts';
import { createClock } from '../clock.ts';
import type { AdjustableClock } from '../clock.ts';
import type { BoardFlag, ConnectorLog, FlagBoard } from '../connectors/kind.ts';
import type { DemoDesk } from '../ports.ts';
import { flagKeyOf, QUIET_SERVICES, regressionOf, SUPPORT } from './services.ts';
import { messagesFor } from './texts.ts';

const HISTORY_MS = 45 * 60_000;
const SHIPPED_BEFORE_MS = 3 * 60_000;
const WHOLE = 10_000;

export type DemonstrationOptions = {
  readonly clock: AdjustableClock;
  /** Base address of the OTLP receiver. */
  readonly otlpUrl: string;
  /** The built-in flag board: its OFREP address, and what a person would do and see on it. */
  readonly board: Pick<FlagBoard, 'url' | 'ensureFlag' | 'setFlag' | 'evaluate' | 'onChange'>;
  readonly seed: number;
  readonly log: ConnectorLog;
  readonly fetch?: typeof globalThis.fetch;
  /** Told after every change of `state()`. */
  readonly onChange?: (state: DemoState) => void;
  readonly support?: ScenarioPrompt;
  readonly others?: readonly ScenarioPrompt[];
  /** How far back the exported history goes; 0 = none. */
  readonly historyMs?: number;
  /** Newest event time of an earlier run that is still stored: the history only fills the gap since then. Null = none. */
  readonly dataUpToMs?: number | null;
};

/** The flag that wraps a prompt, with the candidate at its share. */
function flagOf({ id, control, candidate, candidateShare01 }: ScenarioPrompt): BoardFlag {
  const weight = candidate === null ? 0 : Math.round(candidateShare01 * WHOLE);
  return {
    key: flagKeyOf(id),
    environment: 'production',
    enabled: true,
    offVariant: control,
    variants: [
      { name: control, value: control, weight: WHOLE - weight },
      ...(candidate === null ? [] : [{ name: candidate, value: candidate, weight }]),
    ],
  };
}

/**
 * Starts the simulated fleet. It touches Fusebox only where a real fleet would: it evaluates flags over OFREP and exports OTLP. Resolves
 * once the flags exist; history and traffic follow in the background until `stop()`.
 */
export async function startDemonstration(options: DemonstrationOptions): Promise<DemoDesk> {
  const { clock, board, log, otlpUrl, seed } = options;
  const fetch = options.fetch ?? globalThis.fetch;
  const support = options.support ?? SUPPORT;
  const prompts = [support, ...(options.others ?? QUIET_SERVICES)];
  const realTime = createClock();
  const startedAtMs = clock.nowMs();
  const historyMs = options.historyMs ?? HISTORY_MS;
  const toldUpToMs = options.dataUpToMs ?? null;
  // In whole seconds, as conversations are told apart from those of an earlier run.
  const originMs = Math.ceil(Math.max(startedAtMs - historyMs, toldUpToMs ?? 0) / 1_000) * 1_000;
  const shippedMs = toldUpToMs === null ? Math.max(originMs, startedAtMs - SHIPPED_BEFORE_MS) : originMs;
  let regressionStartedAtMs: number | null = null;
  let regression: ActiveFault[] = [];
  let isCandidateServed = true;
  let staleWorkers: string[] = [];

  const fleet = createFleet({
    prompts,
    seed,
    originMs,
    flagKeyOf,
    textsOf: ({ promptId, version, isBad, at01 }) =>
      messagesFor(promptId, version, isBad, createRandom(at01 * 2 ** 32)),
  });
  function follow(prompt: ScenarioPrompt, flag: BoardFlag, atMs: number): void {
    fleet.rule(prompt.id, { atMs, versionFor: (user) => board.evaluate(flag, user) ?? prompt.control });
    if (prompt !== support) return;
    const candidate = flag.variants.find(({ name }) => name === support.candidate);
    isCandidateServed = flag.enabled && (candidate?.weight ?? 0) > 0;
  }
  for (const prompt of prompts) {
    fleet.rule(prompt.id, { atMs: originMs, versionFor: () => prompt.control });
    // An earlier run may have left it off.
    if (prompt.lever === 'flag') follow(prompt, await board.ensureFlag(flagOf(prompt)), shippedMs);
  }
  const stopFollowing = board.onChange((flag, atMs) => {
    const prompt = prompts.find(({ id, lever }) => lever === 'flag' && flagKeyOf(id) === flag.key);
    if (!prompt) return;
    follow(prompt, flag, atMs);
    announce();
  });
  const traffic = createLiveTraffic({
    fleet,
    until: (nowMs) => fleet.advanceTo(nowMs),
    exporter: createExporter({ otlpUrl, fetch, clock, log }),
    clock,
    fromMs: originMs,
  });

  function state(): DemoState {
    return {
      phase: regressionStartedAtMs === null ? 'healthy' : isCandidateServed ? 'regressing' : 'rolled-back',
      speed: clock.speed === 10 ? 10 : 1,
      workers: support.workers,
      conversationsPerHour: support.conversationsPerHour,
      startedAtMs,
      regressionStartedAtMs,
      staleWorkers,
      clockOffsetMs: Math.max(0, Math.round(clock.nowMs() - realTime.nowMs())),
    };
  }
  function announce(): DemoState {
    const now = state();
    options.onChange?.(now);
    return now;
  }
  function restartWorkers(): void {
    fleet.restart(support.id, clock.nowMs());
    staleWorkers = [];
  }

  const background = (async () => {
    await traffic.fill(startedAtMs);
    // What began while the past was handed over.
    await traffic.fill(clock.nowMs());
    for (const prompt of prompts.filter(({ lever }) => lever === 'flag')) {
      const flagKey = flagKeyOf(prompt.id);
      fleet.connect(prompt.id, flagClientsOf({ prompt, url: board.url, flagKey, clock, fetch }));
    }
    traffic.run();
  })().catch((error: unknown) => log.warn({ err: error }, 'the demonstration fleet stopped'));

  return {
    state,
    startRegression() {
      if (regressionStartedAtMs === null) {
        const fromMs = clock.nowMs();
        regressionStartedAtMs = fromMs;
        regression = regressionOf(support).map((fault) => ({
          fault,
          fromMs,
          untilMs: Number.POSITIVE_INFINITY,
        }));
        for (const fault of regression) fleet.fault(fault);
      }
      return Promise.resolve(announce());
    },
    async reset() {
      for (const fault of regression) fleet.withdraw(fault, clock.nowMs());
      regressionStartedAtMs = null;
      restartWorkers();
      await board.setFlag(
        flagOf(support),
        'demonstration',
        `${support.candidate} back at its share, healthy`,
      );
      return announce();
    },
    setSpeed(speed) {
      clock.setSpeed(speed);
      return Promise.resolve(announce());
    },
    setStaleWorkers(count) {
      if (count < staleWorkers.length) restartWorkers();
      if (count > 0) staleWorkers = fleet.deafen(support.id, count / support.workers, clock.nowMs());
      return Promise.resolve(announce());
    },
    async stop() {
      stopFollowing();
      await traffic.stop();
      await background;
      fleet.disconnect();
    },
  };
}
