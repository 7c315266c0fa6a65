import { availableParallelism } from 'node:os';
import type { Gate, Verdict } from './gate.ts';

export type GateRun = { readonly gate: string; readonly verdict: Verdict; readonly tookMs: number };

/** A gate that throws has not passed. */
async function judge(gate: Gate, root: string): Promise<GateRun> {
  const begin = performance.now();
  let verdict: Verdict;
  try {
    verdict = await gate.judge(root);
  } catch (error) {
    verdict = {
      ok: false,
      report: `the gate itself broke: ${error instanceof Error ? error.stack : String(error)}`,
    };
  }
  return { gate: gate.name, verdict, tookMs: performance.now() - begin };
}

/** Runs the gates, at most one per core at a time, and tells of each one as it ends. */
export async function runGates(
  gates: readonly Gate[],
  root: string,
  onDone: (run: GateRun) => void,
): Promise<GateRun[]> {
  const waiting = [...gates];
  const runs: GateRun[] = [];
  const lane = async (): Promise<void> => {
    for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift()) {
      const run = await judge(gate, root);
      runs.push(run);
      onDone(run);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, async () => lane()));
  return runs;
}
