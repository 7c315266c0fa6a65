import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { PYTHON_HOLDS, checkData } from '#shared/domain/evals/checks-python.ts';
import { holds, type CaseFacts } from '#shared/domain/evals/content.ts';
import type { EvalAssertion } from '#shared/model/eval-case.ts';
import { caseFiles } from './suite-files.ts';

// The Python that is written for DeepEval and Inspect AI, run by a real Python against stand-ins for the two packages, which are on no
// machine here: it compiles, imports what it uses, and judges as the page does. That the packages themselves take it is not shown.

const hasPython = spawnSync('python3', ['--version']).status === 0;
const root = mkdtempSync(join(tmpdir(), 'fusebox-suite-python-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Stand-ins with the names and arguments that the written files use; the judge says yes when the output has a "please". */
const STAND_INS: Readonly<Record<string, string>> = {
  'app.py': 'ANSWERS = {}\ndef run_prompt(text, **inputs):\n    return ANSWERS[text]\n',
  'pytest.py': `class mark:
    @staticmethod
    def parametrize(name, values, ids):
        return lambda test: [(ids(value), lambda value=value: test(value)) for value in values]
`,
  'deepeval/__init__.py': `def assert_test(test_case, metrics):
    for metric in metrics:
        metric.measure(test_case)
        assert metric.is_successful(), metric.__name__
`,
  'deepeval/dataset.py': `import json
from types import SimpleNamespace
class EvaluationDataset:
    def __init__(self):
        self.goldens = []
    def add_goldens_from_json_file(self, file_path):
        for golden in json.load(open(file_path, encoding="utf-8")):
            self.goldens.append(SimpleNamespace(**{"expected_output": None, "context": None, **golden}))
`,
  'deepeval/metrics.py': `class BaseMetric:
    pass
class GEval(BaseMetric):
    def __init__(self, name, criteria, evaluation_params, threshold):
        assert criteria and 0 <= threshold <= 1 and len(evaluation_params) == 2
        self.__name__ = name
    def measure(self, test_case):
        self.success = "please" in test_case.actual_output
    def is_successful(self):
        return self.success
`,
  'deepeval/test_case.py': `from types import SimpleNamespace
class LLMTestCase(SimpleNamespace):
    pass
class SingleTurnParams:
    INPUT = "input"
    ACTUAL_OUTPUT = "actual_output"
`,
  'inspect_ai/__init__.py': `from types import SimpleNamespace
def task(function):
    return function
class Task(SimpleNamespace):
    pass
`,
  'inspect_ai/dataset.py': `import json
from types import SimpleNamespace
def json_dataset(path, *args, **kwargs):
    return [SimpleNamespace(**json.loads(line)) for line in open(path, encoding="utf-8")]
`,
  'inspect_ai/scorer.py': `from types import SimpleNamespace
CORRECT, INCORRECT = "C", "I"
class Score(SimpleNamespace):
    pass
def accuracy():
    return "accuracy"
def stderr():
    return "stderr"
def scorer(metrics):
    return lambda function: function
def model_graded_qa():
    async def judge(state, target):
        return Score(value=CORRECT if "please" in state.output.completion else INCORRECT)
    return judge
`,
  'inspect_ai/solver.py':
    'def generate():\n    return "generate"\ndef system_message(text):\n    return text\n',
};

function put(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Runs a script in the folder and reads what it prints as JSON. */
function python(script: string, input: unknown): unknown {
  const run = spawnSync('python3', ['-X', 'utf8', '-W', 'error', '-c', script], {
    cwd: root,
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

const CHECKS: EvalAssertion[] = [
  { kind: 'contains', value: 'Dear "Alex"', ignoreCase: false },
  { kind: 'not-contains', value: 'STATE', ignoreCase: true },
  { kind: 'at-most-characters', characters: 60 },
];

const facts = (assertions: EvalAssertion[]): CaseFacts => ({
  id: 'inc-20260509-1-1',
  incidentId: 'INC-20260509-1',
  promptId: 'support',
  badVersion: 'v18',
  content: {
    name: 'greets """ by name \\',
    suiteId: 'support',
    inputs: [{ name: 'user_message', text: 'Where is it? {{x}} \\ """' }],
    badOutput: 'Hi. State your order number.',
    gold: null,
    assertions,
    redaction: { replaced: {}, kept: {}, isConfirmed: true },
    source: null,
  },
});

async function write(format: 'deepeval' | 'inspect', assertions: EvalAssertion[]): Promise<void> {
  const suite = { path: format === 'deepeval' ? 'evals/cases.json' : 'evals/cases.jsonl' };
  const { files, problems } = await caseFiles(facts(assertions), suite, format, async () => null);
  expect(problems).toEqual([]);
  put({ 'prompts/prompt.txt': 'Answer.', ...STAND_INS });
  put(Object.fromEntries(files.map(({ path, after }) => [path, after])));
}

const OUTPUTS = [
  'Dear "Alex", please wait.',
  'Dear "Alex", wait.',
  'Hi. State your order number.',
  'Dear "Alex", please state it.',
  `Dear "Alex", please ${'wait '.repeat(20)}`,
];
const RUBRIC: EvalAssertion = { kind: 'rubric', criteria: 'is "kind" \\ {x}', threshold01: 0.7 };

describe.skipIf(!hasPython)(`Python of the suites${hasPython ? '' : ' (skipped: no python3)'}`, () => {
  it.each([
    ['checks alone', CHECKS, [true, true, false, false, false]],
    ['checks and a judge', [...CHECKS, RUBRIC], [true, false, false, false, false]],
  ])('DeepEval: %s', async (_what, assertions, expected) => {
    await write('deepeval', assertions);
    const script = `import json, sys
sys.path[:0] = [".", "evals"]
import app, test_cases
verdicts = []
for output in json.load(sys.stdin):
    [(name, test)] = test_cases.test_incident
    app.ANSWERS = {test_cases.dataset.goldens[0].input: output}
    try:
        test()
        verdicts.append(True)
    except AssertionError:
        verdicts.append(False)
print(json.dumps([name, *verdicts]))`;
    expect(python(script, OUTPUTS)).toEqual(['inc-20260509-1-1', ...expected]);
  });

  it.each([
    ['checks alone', CHECKS, [true, true, false, false, false]],
    ['checks and a judge', [...CHECKS, RUBRIC], [true, false, false, false, false]],
  ])('Inspect: %s', async (_what, assertions, expected) => {
    await write('inspect', assertions);
    const script = `import asyncio, json, os, sys
from types import SimpleNamespace
sys.path[:0] = [".", "evals"]
import cases_task
task = cases_task.cases()
[sample] = task.dataset
score = task.scorer[0] if isinstance(task.scorer, list) else task.scorer
verdicts = []
for output in json.load(sys.stdin):
    state = SimpleNamespace(metadata=sample.metadata, output=SimpleNamespace(completion=output))
    verdicts.append(asyncio.run(score(state, sample.target)).value == "C")
print(json.dumps([sample.id, *verdicts]))`;
    expect(python(script, OUTPUTS)).toEqual(['inc-20260509-1-1', ...expected]);
  });

  it('judges every check as the page does', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('', 'Dear Alex.', 'dear alex', '{"a":1}', 'null', 'NaN', 'Straße İ', 'a\nb! c', '😀 x'),
    );
    const check = fc.oneof(
      fc.record({
        kind: fc.constantFrom('contains' as const, 'not-contains' as const),
        value: text,
        ignoreCase: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('equals' as const), value: text }),
      fc.record({
        kind: fc.constantFrom('regex' as const, 'not-regex' as const),
        pattern: fc.constantFrom('^Dear', 'a{2,}', '[a-z]+$', '\\d'),
      }),
      fc.record({ kind: fc.constant('is-json' as const) }),
      fc.record({
        kind: fc.constant('at-most-characters' as const),
        characters: fc.integer({ min: 0, max: 12 }),
      }),
      fc.record({ kind: fc.constant('first-sentence-contains' as const), value: text }),
    );
    const pairs = fc.sample(fc.tuple(check, text), { numRuns: 400, seed: 7 });
    const told = pairs.map(([one, output]) => ({ check: checkData([one])[0], output }));
    const script = `import json, re, sys\n${PYTHON_HOLDS}\nprint(json.dumps([bool(holds(one["check"], one["output"])) for one in json.load(sys.stdin)]))`;
    const verdicts = python(script, told) as boolean[];
    const differing = pairs.filter(([one, output], index) => verdicts[index] !== holds(one, output));
    expect(differing).toEqual([]);
  });
});
