import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readResult } from '#shared/domain/evals/results/read.ts';
import { createEvalCheckout, type EvalCheckout } from './eval-checkout.ts';

const checkouts: EvalCheckout[] = [];
const folder = mkdtempSync(join(tmpdir(), 'fusebox-eval-runner-'));
afterEach(() => {
  for (const one of checkouts.splice(0)) one.remove();
  rmSync(folder, { recursive: true, force: true });
});

function run(checkout: EvalCheckout, version: string, caseId: string) {
  const output = mkdtempSync(join(tmpdir(), 'fusebox-eval-out-'));
  const file = join(output, 'out.json');
  const [program = '', ...args] = checkout.command.map((argument) =>
    argument.replace('$output', file).replace('$case', caseId),
  );
  const { status } = spawnSync(program, args, {
    cwd: checkout.root,
    env: { ...process.env, FUSEBOX_EVAL_VERSION: version },
  });
  const text = readFileSync(file, 'utf8');
  rmSync(output, { recursive: true });
  return { status, ...readResult('promptfoo', text, { caseId, lineIndex: 0 }) };
}

it('runs what the config names, on the version it is told, with the exit codes of Promptfoo', () => {
  const checkout = createEvalCheckout({ v17: 'greets', v18: 'curt' });
  checkouts.push(checkout);
  writeFileSync(
    join(checkout.root, 'evals/cases/incidents.yaml'),
    `- description: greets\n  metadata: { case_id: greets }\n  vars: { user_message: "{% raw %}{{ 1+1 }} {% endraw %}{{ '{%' }} (Mina)" }\n  assert:\n    - { type: contains, value: 'Dear Mina' }\n    - { type: not-icontains, value: 'STATE your' }\n`,
  );
  expect(run(checkout, 'v17', 'greets')).toMatchObject({ status: 0, verdict: 'pass' });
  expect(run(checkout, 'v18', 'greets')).toMatchObject({ status: 100, verdict: 'fail' });
  expect(run(checkout, 'v16', 'greets')).toMatchObject({ status: 100, verdict: 'error' });
  expect(run(checkout, 'v17', 'no-such-case')).toMatchObject({ status: 0, verdict: 'error' });
});
