import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { parse } from 'yaml';
import { EvalPage } from '../pages/eval-page.ts';
import { startCockpit, type Cockpit } from '../support/cockpit.ts';
import { createEvalCheckout, type EvalCheckout } from '../support/eval-runner/eval-checkout.ts';

// A bad output of the demonstration becomes a case: refused while it proves nothing, accepted when it does, gated once it is committed.

const DEMONSTRATION = fileURLToPath(new URL('../../assets/demonstration/', import.meta.url));
const PROMPT = 'customer_support_agent';

type Workspace = { prompts: { id: string; versions?: { file?: string }[]; evals?: unknown[] }[] };

let cockpit: Cockpit | undefined;
let checkout: EvalCheckout | undefined;
test.afterEach(async () => {
  await cockpit?.stop();
  checkout?.remove();
});

/** The demonstration with an eval suite of its own. */
function workspaceWith(suite: EvalCheckout): Workspace {
  const workspace = parse(readFileSync(join(DEMONSTRATION, 'fusebox.yaml'), 'utf8')) as Workspace;
  for (const prompt of workspace.prompts) {
    for (const version of prompt.versions ?? []) {
      // Relative to the file, which is elsewhere here.
      delete version.file;
    }
    if (prompt.id !== PROMPT) continue;
    prompt.evals = [
      {
        id: 'support',
        format: 'promptfoo',
        checkout: suite.root,
        path: 'evals/cases/incidents.yaml',
        command: suite.command,
        repeats: 3,
        gate: { runs: 'promptfoo eval -c promptfooconfig.yaml' },
      },
    ];
  }
  return workspace;
}

test('a bad output becomes a case that is proven and gated', async ({ page }) => {
  const suite = createEvalCheckout({ v17: 'greets', v18: 'greets' });
  checkout = suite;
  const started = await startCockpit({ workspace: workspaceWith(suite) });
  cockpit = started;
  const calls = started.calls();
  await calls.demo.setSpeed({ operationId: randomUUID(), speed: 10 });
  await calls.demo.startRegression({ operationId: randomUUID() });
  const reason = 'customers call: the greeting is rude';
  const { id: incidentId } = await calls.incident.declare({
    operationId: randomUUID(),
    promptId: PROMPT,
    reason,
  });
  await calls.incident.identify({ operationId: randomUUID(), incidentId, version: 'v18' });

  await page.goto(await started.launchUrl());
  await page.getByRole('region', { name: 'Source health' }).waitFor();
  const evals = new EvalPage(page);
  await evals.open(incidentId);

  // Pick, look at what is replaced, confirm it.
  const sample = evals
    .region('1 Pick')
    .getByRole('article')
    .filter({ hasText: 'State your order number' })
    .first();
  await sample.getByRole('button', { name: 'Pick this one' }).click({ timeout: 180_000 });
  const redaction = evals.region('2 Redact');
  await expect(redaction.getByRole('deletion').first()).toBeVisible();
  await expect(redaction.getByRole('insertion').first()).toHaveText('Alex');
  await expect(page.getByText('not in the record yet')).toBeVisible();
  await redaction.getByRole('button', { name: 'I have read it' }).click();

  await evals.addContains('State');
  await expect(evals.region('3 Expect').getByText('would not have caught it')).toBeVisible();
  await evals.region('3 Expect').getByRole('textbox', { name: /text$/ }).fill('Dear Alex');
  await expect(evals.region('3 Expect').getByText('fails this check, as it must')).toBeVisible();
  const naming = evals.region('4 Name and suite');
  await naming.getByRole('textbox', { name: 'Name' }).fill('greets the customer by name');
  await naming.getByRole('combobox', { name: 'Suite' }).selectOption('support');
  await evals.saved();

  // The real file, in the checkout.
  await expect(evals.region('5 Files').getByText('evals/cases/incidents.yaml').first()).toBeVisible();
  await evals.write();
  const file = readFileSync(join(suite.root, 'evals/cases/incidents.yaml'), 'utf8');
  expect(file).toContain('value: "Dear Alex"');
  expect(file).toContain(incidentId);

  // It proves nothing while the bad version passes, the good one fails, or a run differs.
  expect(await evals.prove()).toContain('would not have caught it');
  suite.behave({ v17: 'curt', v18: 'curt' });
  expect(await evals.prove()).toContain('fails on the good version v17 too');
  suite.behave({ v17: 'flaky', v18: 'curt' });
  expect(await evals.prove()).toContain('Flaky on the good version v17');
  suite.behave({ v17: 'greets', v18: 'curt' });
  expect(await evals.prove()).toContain('Fails on v18 in 3 of 3 runs and passes on v17 in 3 of 3');

  // It is no gate before it is committed.
  const gate = evals.region('7 Gate');
  await gate.getByRole('button', { name: 'Check the gate' }).click();
  await expect(gate.getByText('not in the newest commit')).toBeVisible();
  suite.commitAll('case of the incident');
  await gate.getByRole('button', { name: 'Check again' }).click();
  await expect(gate.getByText(/^Gated:/)).toBeVisible();

  // The command line says the same.
  expect((await started.cli('doctor')).stdout).toContain('Eval suite support: evals/cases/incidents.yaml');
  const listed = await started.cli('evals', incidentId, '--json');
  const [stored] = JSON.parse(listed.stdout) as { id: string; state: string }[];
  expect(stored?.state).toBe('gated');
  const again = await started.cli('evals', incidentId, '--prove', stored?.id ?? '');
  expect([again.exitCode, again.stdout]).toEqual([0, expect.stringContaining('accepted: Fails on v18')]);
  const checked = await started.cli('evals', incidentId, '--gate', stored?.id ?? '');
  expect([checked.exitCode, checked.stdout]).toEqual([0, expect.stringContaining('Gated:')]);
  expect((await started.cli('evals', incidentId, '--prove', 'none-of-these')).exitCode).toBe(2);

  const after = await calls.incident.get({ incidentId });
  expect(after.steps.at(-1)).toMatchObject({ id: 'eval', state: 'done' });
  expect(after.timeline.map(({ text }) => text).join('\n')).toContain('accepted: Fails on v18');

  // Nothing is lost by a reload, and both themes are free of what axe finds.
  await page.reload();
  await expect(
    evals
      .region('6 Prove')
      .getByText(/^Accepted\./)
      .first(),
  ).toBeVisible();
  for (const theme of ['dark', 'light']) {
    await page.evaluate((name) => localStorage.setItem('fusebox.theme', name), theme);
    await page.reload();
    await expect(evals.region('7 Gate').getByText(/^Gated:/)).toBeVisible();
    const found = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    expect(
      found.violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
      ),
    ).toEqual([]);
  }
});
