import type {
  EvalCase,
  EvalContent,
  EvalFormat,
  EvalPreview,
  EvalSuiteStatus,
} from '#shared/model/eval-case.ts';
import type { Command } from '../ports.ts';
import type { CommandEnd } from './run-command.ts';

/**
 * A runner that comes with Fusebox and is called in place of a process, with what the process would get: arguments after its name,
 * folder and environment. Never throws; `tail` is what it has to say.
 */
export type SuiteRunner = (
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
) => Promise<CommandEnd>;

type OnCase = Command & { readonly caseId: string };

/** Eval cases, from a bad output to a gate. Commands throw CommandError: NOT_FOUND, REFUSED, CHANGED_SINCE_SHOWN. */
export type EvalDesk = {
  /** Every configured suite of the prompt, the unusable ones with what to do. */
  suites(promptId: string): Promise<EvalSuiteStatus[]>;
  /** Newest first; runs of a proof appear as they come in. */
  list(incidentId: string): Promise<EvalCase[]>;
  preview(input: {
    incidentId: string;
    caseId: string | null;
    content: EvalContent;
    /** Null = the suite's own. */
    format: EvalFormat | null;
  }): Promise<EvalPreview>;
  save(
    input: Command & {
      incidentId: string;
      caseId: string | null;
      revisionShown: number | null;
      content: EvalContent;
    },
  ): Promise<EvalCase>;
  write(input: OnCase & { revisionShown: number; to: 'working-tree' | 'branch' }): Promise<EvalCase>;
  /** Answers when the runs have begun. */
  prove(input: OnCase & { revisionShown: number }): Promise<EvalCase>;
  cancel(input: OnCase): Promise<EvalCase>;
  checkGate(input: OnCase & { revisionShown: number }): Promise<EvalCase>;
  /** At start: a proof that was running when Fusebox stopped says so; nothing is run again. */
  recover(): Promise<void>;
  stop(): Promise<void>;
};
