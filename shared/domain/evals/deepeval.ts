import { PYTHON_HOLDS, checkData, isJudged, judgedCriteria } from './checks-python.ts';
import type { CaseFacts } from './content.ts';

/** One golden of DeepEval's JSON files. Keys in the order in which they are written. */
export type DeepEvalGolden = {
  readonly name: string;
  readonly input: string;
  readonly expected_output?: string;
  readonly context?: readonly string[];
  readonly comments: string;
  readonly additional_metadata: Readonly<Record<string, unknown>>;
};

/** The case for DeepEval (4.1). The bad output is a comment, never `actual_output`: that would be graded in place of a fresh one. */
export function deepEvalGolden({ id, incidentId, promptId, badVersion, content }: CaseFacts): DeepEvalGolden {
  const [first, ...others] = content.inputs;
  const gold = content.gold ?? '';
  return {
    name: id,
    input: first?.text ?? '',
    ...(gold === '' ? {} : { expected_output: gold }),
    ...(others.length === 0 ? {} : { context: others.map(({ name, text }) => `${name}: ${text}`) }),
    comments: `${content.name}. Bad output of ${badVersion ?? 'unknown'}: ${content.badOutput}`,
    additional_metadata: {
      case_id: id,
      incident: incidentId,
      prompt: promptId,
      inputs: Object.fromEntries(others.map(({ name, text }) => [name, text])),
      checks: checkData(content.assertions),
      judged: content.assertions.filter(isJudged).map((assertion) => ({
        criteria: judgedCriteria(assertion, gold) ?? '',
        threshold: 'threshold01' in assertion ? assertion.threshold01 : 1,
      })),
    },
  };
}

/** "module:function" of the system under test; null when it is anything else, because it becomes code. */
export function deepEvalTarget(target: string): { module: string; name: string } | null {
  const match = /^([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)$/.exec(target);
  return match ? { module: match[1] ?? '', name: match[2] ?? '' } : null;
}

/** The test file beside the goldens. Written once; a team may change it. */
export function deepEvalTestFile(goldensName: string, target: { module: string; name: string }): string {
  return `"""Bad answers from production that must not come back. The cases are in ${goldensName}, written by Fusebox."""

import json
import re
from pathlib import Path

import pytest
from deepeval import assert_test
from deepeval.dataset import EvaluationDataset
from deepeval.metrics import BaseMetric, GEval
from deepeval.test_case import LLMTestCase, SingleTurnParams

from ${target.module} import ${target.name}

dataset = EvaluationDataset()
dataset.add_goldens_from_json_file(file_path=str(Path(__file__).with_name("${goldensName}")))


${PYTHON_HOLDS}

class Check(BaseMetric):
    """A check that needs no judge."""

    def __init__(self, check):
        self.check = check
        self.threshold = 1
        self.async_mode = False

    def measure(self, test_case, *args, **kwargs):
        self.success = holds(self.check, test_case.actual_output)
        self.score = 1.0 if self.success else 0.0
        self.reason = self.check["kind"] + (" holds" if self.success else " does not hold")
        return self.score

    async def a_measure(self, test_case, *args, **kwargs):
        return self.measure(test_case)

    def is_successful(self):
        return self.success

    @property
    def __name__(self):
        return self.check["kind"]


def metrics_of(golden):
    told = golden.additional_metadata
    judged = [
        GEval(
            name="rubric",
            criteria=judge["criteria"],
            evaluation_params=[SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT],
            threshold=judge["threshold"],
        )
        for judge in told["judged"]
    ]
    return [Check(check) for check in told["checks"]] + judged


@pytest.mark.parametrize("golden", dataset.goldens, ids=lambda golden: golden.name)
def test_incident(golden):
    output = ${target.name}(golden.input, **golden.additional_metadata["inputs"])
    assert_test(
        test_case=LLMTestCase(
            name=golden.name,
            input=golden.input,
            actual_output=output,
            expected_output=golden.expected_output,
            context=golden.context,
        ),
        metrics=metrics_of(golden),
    )
`;
}
