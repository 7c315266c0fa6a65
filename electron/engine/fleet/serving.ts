import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import { seedOf } from './draws.ts';
import { createRandom } from './random.ts';

/** What a lever says from a time on: which version a user gets. */
export type Rule = { readonly atMs: number; versionFor(user: string): string };

/** A worker that hears of nothing between these times. Infinity = until somebody restarts it. */
type Deaf = { readonly fromMs: number; untilMs: number };

/** A worker acts on a change that it is told of within this time: most of them in the first second. */
const REACTION_MS = 3_000;

/** Who serves what: the rules of a prompt's lever as each worker has come to know them. */
export type Serving = {
  /** A change at the lever. Never earlier than the last one. */
  add(rule: Rule): void;
  versionFor(worker: number, user: string, atMs: number): string;
  /** What the user would get had the lever been left alone since `untilMs`. */
  versionUntouched(user: string, untilMs: number): string;
  rules(): readonly Rule[];
  deafen(workers: readonly number[], fromMs: number): void;
  /** Restarted workers read the lever anew. */
  restart(atMs: number): void;
  /** By number, at a time. */
  deafAt(atMs: number): number[];
};

/** Deterministic in the seed, the prompt's id and the rules: when a worker hears of a change does not depend on how time is stepped. */
export function createServing(prompt: ScenarioPrompt, seed: number, codeDefault: string): Serving {
  const rules: { readonly rule: Rule; readonly known: Map<string, string> }[] = [];
  const deaf = new Map<number, Deaf[]>();
  const pollMs = prompt.flagSdk.pollSeconds * 1000;

  function heardAtMs(worker: number, index: number, atMs: number): number {
    if (index === 0) return atMs;
    if (prompt.flagSdk.mode === 'streaming') {
      return atMs + REACTION_MS * createRandom(seedOf(seed, prompt.id, worker, index)).next() ** 2;
    }
    const phaseMs = createRandom(seedOf(seed, prompt.id, worker, 'poll')).next() * pollMs;
    return Math.ceil((atMs - phaseMs) / pollMs) * pollMs + phaseMs;
  }

  const versionOf = (index: number, user: string): string => {
    const entry = rules[index];
    if (!entry) return codeDefault;
    const known = entry.known.get(user);
    if (known !== undefined) return known;
    const version = entry.rule.versionFor(user);
    entry.known.set(user, version);
    return version;
  };

  return {
    add(rule) {
      rules.push({ rule, known: new Map() });
    },
    versionFor(worker, user, atMs) {
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
    deafen(workers, fromMs) {
      for (const worker of workers)
        deaf.set(worker, [...(deaf.get(worker) ?? []), { fromMs, untilMs: Number.POSITIVE_INFINITY }]);
    },
    restart(atMs) {
      for (const times of deaf.values())
        for (const time of times) if (time.untilMs > atMs) time.untilMs = atMs;
    },
    deafAt: (atMs) =>
      [...deaf]
        .filter(([, times]) => times.some(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs))
        .map(([worker]) => worker),
  };
}
