import type { EvalProof, EvalRun } from '#shared/model/eval-case.ts';
import type { Clock } from '../clock.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import type { Command } from '../ports.ts';
import { prove, type ProofPlan } from './prove.ts';

type Running = { readonly abort: AbortController; runs: readonly EvalRun[]; done: Promise<void> };
type Run = Pick<ProofPlan, 'proof' | 'suite' | 'caseId' | 'cwd' | 'lineIndex'>;

/** The proofs that this engine runs now, beside everything else. `settle` records the end of one. */
export function createProofRuns(deps: {
  readonly clock: Clock;
  readonly env: ProofPlan['env'];
  readonly runners?: ProofPlan['runners'];
  readonly log: ConnectorLog;
  readonly settle: (caseId: string, command: Command, ended: EvalProof) => Promise<void>;
}) {
  const { clock, env, runners, log } = deps;
  const running = new Map<string, Running>();

  /** What was made for the runs is gone before anybody is told that they are over. */
  async function proven(run: Run, remove: () => Promise<void>, entry: Running): Promise<EvalProof> {
    const onRun = (runs: readonly EvalRun[]) => {
      entry.runs = runs;
    };
    try {
      return await prove({ ...run, clock, env, runners, signal: entry.abort.signal, onRun });
    } finally {
      // What cannot be taken away is litter; the verdict counts.
      await remove().catch((error: unknown) =>
        log.warn({ case: run.caseId, error: String(error) }, 'what was made for a proof is still there'),
      );
    }
  }

  return {
    /** The runs of a case's proof so far; null = none is under way here. */
    of: (caseId: string): readonly EvalRun[] | null => running.get(caseId)?.runs ?? null,

    /** Answers at once; `remove` takes away what was made for the runs. */
    begin(run: Run, remove: () => Promise<void>, command: Command): void {
      const entry: Running = { abort: new AbortController(), runs: [], done: Promise.resolve() };
      running.set(run.caseId, entry);
      entry.done = (async () => {
        try {
          await deps.settle(run.caseId, command, await proven(run, remove, entry));
        } catch (error) {
          log.warn({ case: run.caseId, error: String(error) }, 'a proof could not be recorded');
        } finally {
          running.delete(run.caseId);
        }
      })();
    },

    /** Resolves once the end is recorded; null = none is under way here. */
    cancel(caseId: string): Promise<void> | null {
      const entry = running.get(caseId);
      entry?.abort.abort();
      return entry?.done ?? null;
    },

    async stop(): Promise<void> {
      const ending = [...running.values()];
      for (const { abort } of ending) abort.abort();
      await Promise.all(ending.map(({ done }) => done));
    },
  };
}
