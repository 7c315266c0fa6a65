import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import { type SdkTiming, sdkTiming } from './sdk-timing.ts';

/** What a lever says from a time on: which version a user gets. */
export type Rule = { readonly atMs: number; versionFor(user: string): string };

/** A worker's own client of its lever. */
export type LeverClient = {
  /** Never rejects. */
  versionFor(user: string): string | Promise<string>;
  close(): void;
};
/** Makes one. `change()` is the number of the lever's last change. */
export type OpenClient = (worker: {
  readonly name: string;
  readonly timing: SdkTiming;
  readonly change: () => number;
}) => LeverClient;

/** A worker that hears of nothing between these times. Infinity = until somebody restarts it. */
type Deaf = { readonly fromMs: number; untilMs: number };

/** Who serves what: the rules of a prompt's lever as each worker has come to know them. */
export type Serving = {
  /** A change at the lever. Never earlier than the last one. */
  add(rule: Rule): void;
  /** From now on workers ask their lever by themselves; until then, and deaf, they serve what they would have heard by now. */
  connect(open: OpenClient): void;
  disconnect(): void;
  versionFor(worker: number, user: string, atMs: number): string | Promise<string>;
  /** What the user would get had the lever been left alone since `untilMs`. */
  versionUntouched(user: string, untilMs: number): string;
  rules(): readonly Rule[];
  deafen(workers: readonly number[], fromMs: number): void;
  /** Restarted workers read the lever anew. */
  restart(atMs: number): void;
};

/** Deterministic in the seed, the prompt's id and the rules: when a worker hears of a change does not depend on how time is stepped. */
export function createServing(prompt: ScenarioPrompt, seed: number, workers: readonly string[]): Serving {
  const rules: { readonly rule: Rule; readonly known: Map<string, string> }[] = [];
  const deaf = new Map<number, Deaf[]>();
  const timings = workers.map((_, worker) => sdkTiming(prompt, seed, worker));
  const clients = new Map<number, LeverClient>();
  let open: OpenClient | null = null;

  function heardAtMs(worker: number, index: number, atMs: number): number {
    const timing = timings[worker];
    if (index === 0 || !timing) return atMs;
    return prompt.flagSdk.mode === 'streaming' ? atMs + timing.reactionMs(index) : timing.nextPollMs(atMs);
  }

  const versionOf = (index: number, user: string): string => {
    const entry = rules[index];
    if (!entry) return prompt.control;
    const known = entry.known.get(user);
    if (known !== undefined) return known;
    const version = entry.rule.versionFor(user);
    entry.known.set(user, version);
    return version;
  };

  function connectWorker(worker: number): void {
    const [name, timing] = [workers[worker], timings[worker]];
    if (open && name !== undefined && timing)
      clients.set(worker, open({ name, timing, change: () => rules.length - 1 }));
  }
  function disconnectWorker(worker: number): void {
    clients.get(worker)?.close();
    clients.delete(worker);
  }

  return {
    add(rule) {
      rules.push({ rule, known: new Map() });
    },
    connect(next) {
      open = next;
      for (const worker of workers.keys()) connectWorker(worker);
    },
    disconnect() {
      open = null;
      for (const worker of workers.keys()) disconnectWorker(worker);
    },
    versionFor(worker, user, atMs) {
      const client = clients.get(worker);
      if (client) return client.versionFor(user);
      const isDeaf = deaf.get(worker)?.find(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs);
      const restartedMs = Math.max(
        Number.NEGATIVE_INFINITY,
        ...(deaf.get(worker) ?? []).map(({ untilMs }) => untilMs).filter((untilMs) => untilMs <= atMs),
      );
      const upToMs = isDeaf ? isDeaf.fromMs : atMs;
      for (let index = rules.length - 1; index > 0; index -= 1) {
        const changedMs = rules[index]?.rule.atMs ?? 0;
        const isReadAnew = changedMs <= restartedMs;
        if (changedMs <= upToMs && (isReadAnew || heardAtMs(worker, index, changedMs) <= upToMs))
          return versionOf(index, user);
      }
      return versionOf(0, user);
    },
    versionUntouched(user, untilMs) {
      const last = rules.findLastIndex(({ rule }) => rule.atMs <= untilMs);
      return versionOf(Math.max(0, last), user);
    },
    rules: () => rules.map(({ rule }) => rule),
    deafen(chosen, fromMs) {
      for (const worker of chosen) {
        disconnectWorker(worker);
        deaf.set(worker, [...(deaf.get(worker) ?? []), { fromMs, untilMs: Number.POSITIVE_INFINITY }]);
      }
    },
    restart(atMs) {
      for (const [worker, times] of deaf) {
        for (const time of times) if (time.untilMs > atMs) time.untilMs = atMs;
        if (!clients.has(worker)) connectWorker(worker);
      }
    },
  };
}
