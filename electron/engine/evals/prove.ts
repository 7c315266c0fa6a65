import type { EvalProof, EvalRun } from '#shared/model/eval-case.ts';
import type { EvalSuite } from '#shared/model/workspace.ts';
import { judgeProof } from '#shared/domain/evals/proof.ts';
import type { Clock } from '../clock.ts';
import type { SuiteRunner } from './kind.ts';
import { runSuite, type SuiteRun } from './run-suite.ts';

export type ProofPlan = Omit<SuiteRun, 'version' | 'turn'> & {
  readonly proof: EvalProof;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly runners?: Readonly<Record<string, SuiteRunner>> | undefined;
  readonly onRun: (runs: readonly EvalRun[]) => void;
};

/** Starting and ending a command, beside its own time-out. */
const RUN_OVERHEAD_MS = 10_000;

/** When a proof is over at the latest, whatever its runs do: what still runs then has lost its engine. */
export function latestEndMs({ startedAtMs, rule }: EvalProof, { timeoutSeconds }: EvalSuite): number {
  return startedAtMs + 2 * rule.repeats * (timeoutSeconds * 1_000 + RUN_OVERHEAD_MS);
}

/**
 * Runs the case on the bad and the good version in turn, as often as the rule says, one after the other: two runs at once would share
 * the checkout. The first run that breaks ends it, because it decides the verdict. Never throws.
 */
export async function prove(plan: ProofPlan): Promise<EvalProof> {
  const { proof, clock, signal, onRun, env, runners, ...run } = plan;
  const runs: EvalRun[] = [];
  const sides = [
    { role: 'bad' as const, version: proof.badVersion },
    { role: 'good' as const, version: proof.goodVersion },
  ];
  for (let turn = 0; turn < proof.rule.repeats; turn += 1) {
    for (const { role, version } of sides) {
      if (signal.aborted || runs.at(-1)?.verdict === 'error') break;
      const startedAtMs = clock.nowMs();
      const result = await runSuite({ ...run, version, turn: turn + 1 }, { clock, env, signal, runners });
      if (signal.aborted) break;
      runs.push({ role, version, ...result, startedAtMs, tookMs: clock.nowMs() - startedAtMs });
      onRun([...runs]);
    }
  }
  const ended = { ...proof, runs, endedAtMs: clock.nowMs() };
  if (signal.aborted) return { ...ended, state: 'cancelled', verdict: null };
  const of = (role: EvalRun['role']) => runs.filter((one) => one.role === role);
  return { ...ended, state: 'finished', verdict: judgeProof(of('bad'), of('good'), proof.rule) };
}
