import { PYTHON_HOLDS, checkData, judgedCriteria } from './checks-python.ts';
import type { CaseFacts } from './content.ts';
import { inputText } from './openai-evals.ts';

/** One line of cases.jsonl. Keys in the order in which they are written. */
export type InspectSample = {
  readonly id: string;
  readonly input: string;
  readonly target: string;
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** The case for Inspect AI (0.3). The target is what the judge calls the criterion; checks that need no judge are metadata. */
export function inspectSample({ id, incidentId, promptId, badVersion, content }: CaseFacts): InspectSample {
  const gold = content.gold ?? '';
  const criteria = content.assertions.map((assertion) => judgedCriteria(assertion, gold));
  const judged = criteria.filter((criterion) => criterion !== null);
  return {
    id,
    input: inputText(content.inputs),
    target: judged.length > 0 ? judged.join('\n') : gold,
    metadata: {
      incident: incidentId,
      prompt: promptId,
      bad_version: badVersion ?? 'unknown',
      bad_output: content.badOutput,
      is_judged: judged.length > 0,
      checks: checkData(content.assertions),
    },
  };
}

/** A path that may stand in a Python string as it is; anything else is refused, because it becomes code. */
export function inspectTarget(target: string): string | null {
  return /^[\w./-]+$/.test(target) ? target : null;
}

/** "incidents.jsonl" gives the task "incidents". */
export function inspectTaskName(casesName: string): string {
  const name = casesName.replace(/\.jsonl?$/, '').replaceAll(/\W+/g, '_');
  return /^[A-Za-z_]/.test(name) ? name : `cases_${name}`;
}

/** The task file beside the cases. Written once; a team may change it. */
export function inspectTaskFile(casesName: string, promptPath: string): string {
  return `"""Bad answers from production that must not come back. The cases are in ${casesName}, written by Fusebox."""

import json
import re
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import json_dataset
from inspect_ai.scorer import CORRECT, INCORRECT, Score, accuracy, model_graded_qa, scorer, stderr
from inspect_ai.solver import generate, system_message


${PYTHON_HOLDS}

@scorer(metrics=[accuracy(), stderr()])
def incident_case():
    judge = model_graded_qa()

    async def score(state, target):
        broken = [
            check["kind"]
            for check in state.metadata["checks"]
            if not holds(check, state.output.completion)
        ]
        if broken:
            return Score(
                value=INCORRECT,
                answer=state.output.completion,
                explanation="does not hold: " + ", ".join(broken),
            )
        if state.metadata["is_judged"]:
            return await judge(state, target)
        return Score(value=CORRECT, answer=state.output.completion)

    return score


@task
def ${inspectTaskName(casesName)}(prompt: str = "${promptPath}"):
    return Task(
        dataset=json_dataset(str(Path(__file__).with_name("${casesName}"))),
        solver=[system_message(prompt), generate()],
        scorer=incident_case(),
    )
`;
}
