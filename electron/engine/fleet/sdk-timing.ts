import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import { seedOf } from './draws.ts';
import { createRandom } from './random.ts';

/** A worker acts on a change that it is told of within this time: most of them in the first second. */
const REACTION_MS = 3_000;

/** When one worker hears of changes: the same whether it asks over the network or is worked out. */
export type SdkTiming = {
  /** From being told of the lever's change number `change` to acting on it. */
  reactionMs(change: number): number;
  /** The first time at or after `atMs` at which a polling worker asks. */
  nextPollMs(atMs: number): number;
};

/** Deterministic in the seed, the prompt's id and the worker. */
export function sdkTiming(prompt: ScenarioPrompt, seed: number, worker: number): SdkTiming {
  const pollMs = prompt.flagSdk.pollSeconds * 1000;
  const phaseMs = createRandom(seedOf(seed, prompt.id, worker, 'poll')).next() * pollMs;
  return {
    reactionMs: (change) => REACTION_MS * createRandom(seedOf(seed, prompt.id, worker, change)).next() ** 2,
    nextPollMs: (atMs) => Math.ceil((atMs - phaseMs) / pollMs) * pollMs + phaseMs,
  };
}
