/**
 * Records the moments of the aftermath that screens.spec.ts draws: postmortem and eval workbench right after the flip and with their
 * work done, history without an incident and with twenty weeks of them.
 * `node e2e/screens/record-aftermath.ts [incident | history]` after `npm run build`; the recordings are committed.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { EvalPage } from '../pages/eval-page.ts';
import { PostmortemPage } from '../pages/postmortem-page.ts';
import { startCockpit } from '../support/cockpit.ts';
import { fillHistory } from '../support/history-fill.ts';
import { flipDemonstration, record, until, withPage } from './recorder.ts';

const WEEKS = 20;

async function recordAftermath(): Promise<void> {
  const cockpit = await startCockpit({ workspace: null });
  const calls = cockpit.calls();
  try {
    await withPage(cockpit, async (page) => {
      const setSpeed = (speed: 1 | 10) => calls.demo.setSpeed({ operationId: randomUUID(), speed });
      const incidentId = await flipDemonstration(page, cockpit);
      const incident = `/#/incident/${incidentId}`;
      await record(page, cockpit, 'aftermath-begun', [`${incident}/postmortem`, `${incident}/eval`]);

      const evals = new EvalPage(page);
      await evals.open(incidentId);
      const sample = evals
        .region('1 Pick')
        .getByRole('article')
        .filter({ hasText: 'State your order number' });
      await sample.first().getByRole('button', { name: 'Pick this one' }).click({ timeout: 180_000 });
      await evals.region('2 Redact').getByRole('button', { name: 'I have read it' }).click();
      const naming = evals.region('4 Name and suite');
      await naming.getByRole('textbox', { name: 'Name' }).fill('greets the customer by name');
      await naming.getByRole('combobox', { name: 'Suite' }).selectOption('support');
      await evals.addContains('I have checked the order');
      await evals.writeAndProve();
      await record(page, cockpit, 'eval-refused', [`${incident}/eval`]);
      await evals.open(incidentId);
      await evals.expectContains('Dear Alex');
      await evals.writeAndProve();

      await setSpeed(10);
      await until('the recovery', async () =>
        (await calls.incident.get({ incidentId })).verification?.verdict === 'recovered' ? true : undefined,
      );
      await setSpeed(1);
      const postmortem = new PostmortemPage(page);
      await postmortem.open(incidentId);
      await postmortem.field('Cause').fill('v18 dropped the line that asks for a greeting by name.');
      await postmortem.field('What the evals in CI missed').fill('No case looked at the greeting.');
      await postmortem.saved.filter({ hasText: /^saved/ }).waitFor();
      await postmortem.button('Confirm the timeline').click();
      await postmortem.addItem({
        title: 'A case for every greeting',
        owner: 'Mira Okafor',
        dueOn: '2030-01-01',
      });
      await record(page, cockpit, 'aftermath', [`${incident}/postmortem`, `${incident}/eval`]);
    });
  } finally {
    await cockpit.stop();
  }
}

async function recordHistory(): Promise<void> {
  const cockpit = await startCockpit({
    workspace: {
      version: 1,
      name: 'History',
      telemetry: { port: 0 },
      prompts: [{ id: 'support', service: 'support', owner: 'pia', control: 'v1' }],
    },
  });
  try {
    await withPage(cockpit, (page) => record(page, cockpit, 'history-empty', ['/#/history']));
    const { id } = await cockpit
      .calls()
      .incident.declare({ operationId: randomUUID(), promptId: 'support', reason: 'a model' });
    await cockpit.crash();
    const file = join(cockpit.dataDir, 'records.db');
    const endMs = Date.now() - 24 * 3_600_000;
    fillHistory(file, { count: WEEKS * 12, events: 1, endMs, everyMs: 14 * 3_600_000 });
    fillItems(file);
    // What the others were made from.
    const handle = new DatabaseSync(file);
    handle.exec(`delete from incidents where id = '${id}'; delete from incident_facts_due`);
    handle.close();
    await cockpit.restart();
    await withPage(cockpit, (page) => record(page, cockpit, 'history', ['/#/history']));
  } finally {
    await cockpit.stop();
  }
}

/** A promise after every eighth incident, a third of them kept. */
function fillItems(file: string): void {
  const handle = new DatabaseSync(file);
  const owners = ['Mira Okafor', 'Luz Herrera', 'Claire Dubois', null];
  const insert = handle.prepare(
    'insert into action_items (id, incident_id, prompt_id, state, due_on, created_at_ms, body) values (?, ?, ?, ?, ?, ?, ?)',
  );
  const incidents = handle.prepare('select incident_id, prompt_id, declared_at_ms from incident_facts').all();
  for (const [index, row] of incidents.entries()) {
    if (index % 8 !== 0) continue;
    const incidentId = String(row['incident_id']);
    const promptId = String(row['prompt_id']);
    const createdAtMs = Number(row['declared_at_ms']);
    const state = index % 3 === 0 ? 'done' : 'open';
    const dueOn = new Date(createdAtMs + 30 * 24 * 3_600_000).toISOString().slice(0, 10);
    const id = `${incidentId}-A1`;
    const owner = owners[(index / 8) % owners.length] ?? null;
    const body = { id, incidentId, promptId, title: 'A case for it', owner, dueOn, state, createdAtMs };
    insert.run(id, incidentId, promptId, state, dueOn, createdAtMs, JSON.stringify(body));
  }
  handle.close();
}

// One of the two, or both.
const [only] = process.argv.slice(2);
if (only !== 'incident') await recordHistory();
if (only !== 'history') await recordAftermath();
