import type { DemoState } from '#shared/model/live.ts';
import { createClock } from '../clock.ts';
import type { AdjustableClock } from '../clock.ts';
import type { BoardFlag, ConnectorLog, FlagBoard } from '../connectors/kind.ts';
import type { DemoDesk } from '../ports.ts';
import { createExporter } from './exporter.ts';
import { createFlagClient } from './flag-client.ts';
import { createFleet } from './fleet.ts';
import type { RunningService, Worker } from './fleet.ts';
import { exportHistory } from './history.ts';
import { createRandom } from '../fleet/random.ts';
import { QUIET_SERVICES, regressed, SUPPORT } from './services.ts';
import type { DemoService } from './services.ts';

const POLL_MS = 30_000;
/** A worker acts on a change within this time: most of them in the first two seconds. */
const REACTION_MS = 3_000;
const HISTORY_MS = 45 * 60_000;
const SHIPPED_BEFORE_MS = 3 * 60_000;

export type DemonstrationOptions = {
  readonly clock: AdjustableClock;
  /** Base address of the OTLP receiver. */
  readonly otlpUrl: string;
  /** The built-in flag board: its OFREP address, and the two calls a person would make on it to ship and re-ship the candidate. */
  readonly board: Pick<FlagBoard, 'url' | 'ensureFlag' | 'setFlag'>;
  readonly seed: number;
  readonly log: ConnectorLog;
  readonly fetch?: typeof globalThis.fetch;
  /** Told after every change of `state()`. */
  readonly onChange?: (state: DemoState) => void;
  readonly support?: DemoService;
  readonly others?: readonly DemoService[];
  /** How far back the exported history goes; 0 = none. */
  readonly historyMs?: number;
  /** Newest event time of an earlier run that is still stored: the history only fills the gap since then. Null = none. */
  readonly dataUpToMs?: number | null;
};

/** The flag that wraps a service's prompt, with the candidate at its share; null where no flag does. */
export function flagOf(service: DemoService): BoardFlag | null {
  if (service.flagKey === null) return null;
  const candidateWeight = Math.round(service.candidateShare01 * 10_000);
  const control = { name: service.control, value: service.control, weight: 10_000 - candidateWeight };
  const candidate = service.candidate;
  return {
    key: service.flagKey,
    environment: 'production',
    enabled: true,
    offVariant: service.control,
    variants:
      candidate === null
        ? [control]
        : [control, { name: candidate, value: candidate, weight: candidateWeight }],
  };
}

function candidateShareOf(service: DemoService, flag: BoardFlag): number {
  if (!flag.enabled) return 0;
  return (flag.variants.find(({ name }) => name === service.candidate)?.weight ?? 0) / 10_000;
}

/**
 * Starts the simulated fleet. It touches Fusebox only where a real fleet would: it evaluates flags over OFREP and exports OTLP. Resolves
 * once the flags exist; history and traffic follow in the background until `stop()`.
 */
export async function startDemonstration(options: DemonstrationOptions): Promise<DemoDesk> {
  const { clock, board, log } = options;
  const fetch = options.fetch ?? globalThis.fetch;
  const support = options.support ?? SUPPORT;
  const random = createRandom(options.seed);
  // Same behaviour for the same seed, but never the same conversation twice: its id would be taken for one already stored.
  const ids = createRandom(crypto.getRandomValues(new Uint32Array(1))[0] ?? options.seed);
  const realTime = createClock();
  const startedAtMs = clock.nowMs();
  const stopping = new AbortController();
  let regressionStartedAtMs: number | null = null;
  let isCandidateServed = true;

  const others = options.others ?? QUIET_SERVICES;
  /** Share of the candidate that each service's flag gives now: an earlier run may have left it off. */
  const shares = new Map<DemoService, number>();
  for (const service of [support, ...others]) {
    const flag = flagOf(service);
    shares.set(service, flag ? candidateShareOf(service, await board.ensureFlag(flag)) : 0);
  }

  const running = (service: DemoService): RunningService => {
    const workers = Array.from({ length: service.workers }, (_, index): Worker => {
      const name = `${service.workerPrefix}-${String(index + 1).padStart(2, '0')}`;
      const { flagKey } = service;
      if (flagKey === null) return { name, flags: null };
      const onEvaluation = ({ reason, version }: { reason: string; version: string }) => {
        if (service !== support) return;
        const isOff = reason === 'DISABLED' || (reason === 'STATIC' && version === service.control);
        if (isCandidateServed === !isOff) return;
        isCandidateServed = !isOff;
        announce();
      };
      const reactionMs = () => REACTION_MS * random.next() ** 2;
      const { url } = board;
      const codeDefault = service.control;
      return {
        name,
        flags: createFlagClient({
          url,
          flagKey,
          worker: name,
          codeDefault,
          clock,
          fetch,
          pollMs: POLL_MS,
          reactionMs,
          onEvaluation,
        }),
      };
    });
    const [first, ...rest] = workers;
    if (!first) throw new RangeError(`${service.service} needs at least one worker`);
    return { service, workers: [first, ...rest] };
  };
  const supportRunning = running(support);
  const services = [supportRunning, ...others.map(running)];

  const exporter = createExporter({ otlpUrl: options.otlpUrl, fetch, clock, log });
  const fleet = createFleet({
    services,
    clock,
    random,
    ids,
    exporter,
    behaviourOf(service, version, cohort) {
      const isBad = service === support && version === service.candidate && regressionStartedAtMs !== null;
      return isBad ? regressed(service.behaviour, cohort) : service.behaviour;
    },
  });

  const staleWorkers = () =>
    supportRunning.workers.filter(({ flags }) => flags?.isHeld).map(({ name }) => name);
  function state(): DemoState {
    return {
      phase: regressionStartedAtMs === null ? 'healthy' : isCandidateServed ? 'regressing' : 'rolled-back',
      speed: clock.speed === 10 ? 10 : 1,
      workers: support.workers,
      conversationsPerHour: support.conversationsPerHour,
      startedAtMs,
      regressionStartedAtMs,
      staleWorkers: staleWorkers(),
      clockOffsetMs: Math.max(0, Math.round(clock.nowMs() - realTime.nowMs())),
    };
  }
  function announce(): DemoState {
    const now = state();
    options.onChange?.(now);
    return now;
  }

  const { signal } = stopping;
  const clients = services.flatMap(({ workers }) =>
    workers.flatMap(({ flags }) => (flags ? [flags.run(signal)] : [])),
  );
  const historyMs = options.historyMs ?? HISTORY_MS;
  const background = (async () => {
    const nowMs = clock.nowMs();
    const traffic = fleet.run(signal);
    const fromMs = Math.max(nowMs - historyMs, options.dataUpToMs ?? 0);
    if (fromMs < nowMs) {
      await exportHistory({
        services,
        fromMs,
        shippedMs: nowMs - Math.min(SHIPPED_BEFORE_MS, historyMs),
        candidateShare01: (service) => shares.get(service) ?? 0,
        nowMs,
        random: createRandom(options.seed + 1),
        ids,
        exporter: createExporter({ otlpUrl: options.otlpUrl, fetch, clock, log }),
        fleet,
        signal,
      });
    }
    await traffic;
  })().catch((error: unknown) => log.warn({ err: error }, 'the demonstration fleet stopped'));

  return {
    state,
    startRegression() {
      regressionStartedAtMs ??= clock.nowMs();
      return Promise.resolve(announce());
    },
    async reset() {
      regressionStartedAtMs = null;
      for (const { flags } of supportRunning.workers) flags?.hold(false);
      const flag = flagOf(support);
      if (flag) await board.setFlag(flag, 'demonstration', `${support.candidate} back at its share, healthy`);
      isCandidateServed = true;
      return announce();
    },
    setSpeed(speed) {
      clock.setSpeed(speed);
      return Promise.resolve(announce());
    },
    setStaleWorkers(count) {
      const held = new Set(staleWorkers());
      // Those that serve the candidate to somebody first, or the fault would not show; else by chance, the same ones for the same seed.
      const isIdle = ({ flags }: Worker) =>
        Number(!(support.candidate !== null && flags?.hasCached(support.candidate)));
      const order = supportRunning.workers
        .filter(({ name }) => !held.has(name))
        .toSorted((a, b) => isIdle(a) - isIdle(b) || hash(a.name, options.seed) - hash(b.name, options.seed));
      const keep = [...held].slice(0, count);
      const wanted = new Set([
        ...keep,
        ...order.slice(0, Math.max(0, count - keep.length)).map(({ name }) => name),
      ]);
      for (const { name, flags } of supportRunning.workers) flags?.hold(wanted.has(name));
      return Promise.resolve(announce());
    },
    async stop() {
      stopping.abort(new Error('the demonstration was stopped'));
      await Promise.allSettled([...clients, background]);
    },
  };
}

function hash(text: string, seed: number): number {
  let mixed = seed;
  for (const character of text) mixed = Math.imul(mixed ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return createRandom(mixed).next();
}
