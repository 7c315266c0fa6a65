import { dirname, resolve } from 'node:path';
import type { EvalFormat, EvalSuiteStatus } from '#shared/model/eval-case.ts';
import type { EvalSuite } from '#shared/model/workspace.ts';
import { CommandError, type WorkspaceDesk } from '../ports.ts';
import { refused } from '../postmortem/conflict.ts';
import { openCheckout, type Checkout } from './checkout.ts';

/** Where a case would stand in a checkout of its own, for a look at another runner's files. */
const USUAL_PATH: Record<EvalFormat, string> = {
  promptfoo: 'evals/cases/incidents.yaml',
  deepeval: 'evals/incidents.json',
  'openai-evals': 'registry/data/incidents/samples.jsonl',
  inspect: 'evals/incidents.jsonl',
};

export function usualPlace(format: EvalFormat): { path: string } {
  return { path: USUAL_PATH[format] };
}

/** The suites of the workspace file and their checkouts. */
export function createSuites(
  workspace: Pick<WorkspaceDesk, 'prompt' | 'path'>,
  env: Readonly<Record<string, string | undefined>>,
) {
  const suitesOf = (promptId: string): readonly EvalSuite[] => workspace.prompt(promptId)?.evals ?? [];

  /** Throws REFUSED when the suite is not in the workspace file. */
  function suiteOf(promptId: string, suiteId: string): EvalSuite {
    const suites = suitesOf(promptId);
    const suite = suites.find(({ id }) => id === suiteId);
    if (suite) return suite;
    throw suites.length === 0
      ? refused(
          `No eval suite is configured for ${promptId}.`,
          'Add one under `evals` of the prompt in the workspace file: its checkout, its file and the command that runs it.',
        )
      : refused(
          suiteId === '' ? 'No suite is chosen.' : `There is no suite ${suiteId}.`,
          `Choose one of: ${suites.map(({ id }) => id).join(', ')}.`,
        );
  }

  /** Null = the variable that says where it is, is not set. */
  function folderOf({ checkout }: EvalSuite): string | null {
    const place = typeof checkout === 'string' ? checkout : env[checkout.env];
    if (place === undefined || place === '') return null;
    return resolve(workspace.path === null ? '.' : dirname(workspace.path), place);
  }

  /** Throws REFUSED when it is no git checkout. */
  async function open(suite: EvalSuite): Promise<Checkout> {
    const folder = folderOf(suite);
    if (folder !== null) return openCheckout(folder);
    throw refused(
      `It is not known where the checkout of ${suite.id} is: the variable ${variableOf(suite)} is not set.`,
      'Set it to the folder of the checkout where Fusebox is started.',
    );
  }

  async function status(suite: EvalSuite): Promise<EvalSuiteStatus> {
    const known = {
      id: suite.id,
      format: suite.format,
      checkout: folderOf(suite) ?? `$${variableOf(suite)}`,
      path: suite.path,
      command: suite.command,
      rule: { repeats: suite.repeats, flipsAllowed: suite.flipsAllowed },
    };
    try {
      const checkout = await open(suite);
      await checkout.read(suite.path);
      const { commit, branch } = await checkout.head();
      return { ...known, head: commit, branch, problem: null };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const fix = typeof error.data['fix'] === 'string' ? ` ${error.data['fix']}` : '';
      return { ...known, head: null, branch: null, problem: `${error.message}${fix}` };
    }
  }

  return { suitesOf, suiteOf, open, status };
}

function variableOf({ checkout }: EvalSuite): string {
  return typeof checkout === 'string' ? '' : checkout.env;
}
