import { glob } from 'node:fs/promises';
import { judgeGate, type GateJudgement, type WorkflowFile } from '#shared/domain/evals/gate.ts';
import type { EvalSuite } from '#shared/model/workspace.ts';
import type { Checkout } from './checkout.ts';
import { isCaseIn } from './suite-files.ts';

/** Whether continuous integration runs a case on every change. Files of the checkout now; a CI system can answer the same question. */
export type GateCheck = {
  check(input: { checkout: Checkout; suite: EvalSuite; caseId: string }): Promise<GateJudgement>;
};

const MOST_WORKFLOWS = 200;

/** Answers from the newest commit's suite and the workflow files of the checkout. */
export function createGitGate(): GateCheck {
  return {
    async check({ checkout, suite, caseId }) {
      const workflows: WorkflowFile[] = [];
      for await (const found of glob(suite.gate.workflowFiles, { cwd: checkout.root })) {
        if (workflows.length >= MOST_WORKFLOWS) break;
        const path = found.replaceAll('\\', '/');
        // As committed: what is not committed runs nowhere.
        const text = await checkout.readCommitted(path);
        if (text !== null) workflows.push({ path, text });
      }
      const committed = await checkout.readCommitted(suite.path);
      return judgeGate({
        suitePath: suite.path,
        runs: suite.gate.runs ?? null,
        lookedAt: suite.gate.workflowFiles,
        workflows: workflows.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
        isCommitted: committed !== null && isCaseIn(committed, suite.format, caseId),
      });
    },
  };
}
