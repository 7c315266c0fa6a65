import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import type { Attributes } from '#engine/telemetry/otlp/types.ts';
import { createAgenda } from './agenda.ts';
import { type Emission, emissionsOf, type TextsOf } from './conversation.ts';
import { createDraws, type Draw, type Draws, seedOf, SLICE_MS } from './draws.ts';
import { type ActiveFault, type Circumstances, conditionsOf, spanDelayMs, unversioned01 } from './effects.ts';
import { createRandom } from './random.ts';
import { createServing, type OpenClient, type Rule, type Serving } from './serving.ts';
import { plainTexts } from './texts.ts';
import { usersOnDice } from './users.ts';

type Running = {
  readonly prompt: ScenarioPrompt;
  readonly draws: Draws;
  readonly serving: Serving;
  readonly users: readonly string[];
  readonly workers: readonly string[];
  readonly resources: readonly Attributes[];
  readonly feedbackResource: Attributes;
  readonly shas: Map<string, string>;
  /** Version → the one that was shipped in its place. */
  readonly shipped: Map<string, { readonly version: string; readonly atMs: number }>;
};

/** What happened as only the simulator knows it. */
export type FleetTruth = {
  readonly badStartsMs: readonly number[];
  /** Bad starts up to a time if the lever had been left alone since `leftAloneMs` and nobody had done anything. */
  badUntouched(leftAloneMs: number, untilMs: number): number;
};

export type Fleet = {
  /** What every worker of the prompt is told by its lever from a time on. */
  rule(promptId: string, rule: Rule): void;
  /** From now on each worker of the prompt asks its lever by itself; until then it is told by `rule` alone, at no cost and in no time. */
  connect(promptId: string, open: OpenClient): void;
  /** Ends every worker's client. */
  disconnect(): void;
  /** In force from now on: faults that nothing repairs stay in the counterfactual world. */
  fault(active: ActiveFault): void;
  /** Ends it here, not in the world in which nobody does anything. */
  repair(active: ActiveFault, atMs: number): void;
  /** Ends it in both. */
  withdraw(active: ActiveFault, atMs: number): void;
  /** Makes a share of the prompt's workers deaf to changes: those that serve most of `version` last. By name. */
  deafen(promptId: string, share01: number, atMs: number): string[];
  restart(promptId: string, atMs: number): void;
  /** From now on this version stands where another one did. */
  ship(promptId: string, inPlaceOf: string, version: string, sha: string, atMs: number): void;
  /** Begins every conversation up to `nowMs` and hands out what is due by then. Whole slices only. */
  advanceTo(nowMs: number): Emission[];
  /** What would have begun before `nowMs` and has not never does. */
  skipTo(nowMs: number): void;
  readonly truth: FleetTruth;
};

/**
 * The fleet: conversations begin by chance, slice by slice, are served by whatever their worker has last heard, end, and are reported on.
 * Deterministic in the scenario, the seed and what is done to it when; never in how time is stepped.
 */
export function createFleet(options: {
  readonly prompts: readonly ScenarioPrompt[];
  readonly seed: number;
  readonly originMs: number;
  /** The key by which a prompt's users are dealt. */
  readonly flagKeyOf: (promptId: string) => string;
  readonly textsOf?: TextsOf;
}): Fleet {
  const { originMs, seed, textsOf = plainTexts } = options;
  const agenda = createAgenda<Emission>();
  const faults: ActiveFault[] = [];
  /** The same faults in the world in which nobody does anything. */
  const untouched = new Map<ActiveFault, ActiveFault>();
  const badStartsMs: number[] = [];
  let nextSlice = 0;

  const running = new Map<string, Running>(
    options.prompts.map((prompt) => {
      const workers = Array.from(
        { length: prompt.workers },
        (_, index) => `${prompt.service}-${String(index + 1).padStart(2, '0')}`,
      );
      const resources = workers.map(
        (name): Attributes =>
          new Map([
            ['service.name', prompt.service],
            ['service.instance.id', name],
            ['deployment.environment.name', 'production'],
          ]),
      );
      const users = usersOnDice(options.flagKeyOf(prompt.id));
      return [
        prompt.id,
        {
          prompt,
          draws: createDraws(prompt, seed, users.length, originMs),
          serving: createServing(prompt, seed, workers),
          users,
          workers,
          resources,
          feedbackResource: new Map([['service.name', `${prompt.service}-feedback`]]),
          shas: new Map(prompt.versions.flatMap(({ id, sha }) => (sha === null ? [] : [[id, sha] as const]))),
          shipped: new Map(),
        },
      ];
    }),
  );
  function of(promptId: string): Running {
    const known = running.get(promptId);
    if (!known) throw new RangeError(`the fleet has no prompt ${promptId}`);
    return known;
  }

  /** The first change at the lever since the prompt's first bad version was in force. */
  function flippedAtMs(promptId: string, serving: Serving): number | null {
    const bad = faults.find(({ fault }) => fault.kind === 'bad-version' && fault.prompt === promptId);
    if (!bad) return null;
    return serving.rules().find(({ atMs }) => atMs > bad.fromMs)?.atMs ?? null;
  }

  function shippedVersion(at: Running, version: string, atMs: number): string {
    const instead = at.shipped.get(version);
    return instead && atMs >= instead.atMs ? instead.version : version;
  }

  function begin(at: Running, draw: Draw): void {
    const ruled = at.serving.versionFor(draw.worker, at.users[draw.user] ?? '', originMs + draw.startMs);
    // A slow lever makes its own conversations late, not the traffic.
    if (typeof ruled === 'string') serve(at, draw, ruled);
    else void ruled.then((version) => serve(at, draw, version));
  }

  function serve(at: Running, draw: Draw, ruled: string): void {
    const { prompt, serving } = at;
    const atMs = originMs + draw.startMs;
    const version = shippedVersion(at, ruled, atMs);
    const circumstances: Circumstances = {
      promptId: prompt.id,
      version,
      cohort: draw.cohort,
      atMs,
      flippedAtMs: flippedAtMs(prompt.id, serving),
    };
    const conditions = conditionsOf(prompt.healthy, faults, circumstances);
    if (conditions.isWorse) badStartsMs.push(atMs);
    const resource = at.resources[draw.worker];
    if (!resource) throw new RangeError(`${prompt.id} has no worker ${draw.worker}`);
    const emissions = emissionsOf({
      prompt,
      draw,
      originMs,
      version,
      sha: at.shas.get(version) ?? null,
      isNamed: draw.unversionedAt01 >= unversioned01(prompt.unversioned01, faults, prompt.id, atMs),
      conditions,
      resource,
      feedbackResource: at.feedbackResource,
      textsOf,
      delayMs: spanDelayMs(faults, atMs),
    });
    for (const emission of emissions) agenda.add(emission.dueMs, emission);
  }

  return {
    rule: (promptId, rule) => of(promptId).serving.add(rule),
    connect: (promptId, open) => of(promptId).serving.connect(open),
    disconnect() {
      for (const { serving } of running.values()) serving.disconnect();
    },
    fault(active) {
      faults.push(active);
      untouched.set(active, { ...active });
    },
    repair(active, atMs) {
      active.untilMs = Math.min(active.untilMs, atMs);
    },
    withdraw(active, atMs) {
      active.untilMs = Math.min(active.untilMs, atMs);
      const other = untouched.get(active);
      if (other) other.untilMs = Math.min(other.untilMs, atMs);
    },
    deafen(promptId, share01, atMs) {
      const { prompt, serving, workers } = of(promptId);
      const random = createRandom(seedOf(seed, promptId, 'deaf'));
      const order = Array.from({ length: prompt.workers }, (_, worker) => ({ worker, at: random.next() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ worker }) => worker);
      const chosen = order.slice(0, Math.max(1, Math.round(prompt.workers * share01)));
      serving.deafen(chosen, atMs);
      return chosen.map((worker) => workers[worker] ?? '').toSorted();
    },
    restart: (promptId, atMs) => of(promptId).serving.restart(atMs),
    ship(promptId, inPlaceOf, version, sha, atMs) {
      const at = of(promptId);
      at.shipped.set(inPlaceOf, { version, atMs });
      at.shas.set(version, sha);
    },
    advanceTo(nowMs) {
      const upTo = Math.floor((nowMs - originMs) / SLICE_MS);
      for (; nextSlice < upTo; nextSlice += 1)
        for (const at of running.values()) for (const draw of at.draws.of(nextSlice)) begin(at, draw);
      return agenda.take(nowMs);
    },
    skipTo(nowMs) {
      nextSlice = Math.max(nextSlice, Math.floor((nowMs - originMs) / SLICE_MS));
    },
    truth: {
      badStartsMs,
      badUntouched(leftAloneMs, untilMs) {
        const same = [...untouched.values()];
        let bad = 0;
        const look = (at: Running, draw: Draw) => {
          const atMs = originMs + draw.startMs;
          if (atMs >= untilMs) return;
          const version = at.serving.versionUntouched(at.users[draw.user] ?? '', Math.min(atMs, leftAloneMs));
          const where = { promptId: at.prompt.id, version, cohort: draw.cohort, atMs, flippedAtMs: null };
          if (conditionsOf(at.prompt.healthy, same, where).isWorse) bad += 1;
        };
        const firstMs = Math.min(...same.map(({ fromMs }) => fromMs), untilMs);
        const first = Math.max(0, Math.floor((firstMs - originMs) / SLICE_MS));
        for (let slice = first; originMs + slice * SLICE_MS < untilMs; slice += 1)
          for (const at of running.values()) for (const draw of at.draws.of(slice)) look(at, draw);
        return bad;
      },
    },
  };
}
