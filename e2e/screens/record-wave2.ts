/**
 * Records the moments of a second wave that screens.spec.ts draws: nothing to repair, errors that outlive the bad version and their repair
 * half way, and the end. The demonstration's errors end with the flip, so a queue that fails on stored output is sent beside it, over OTLP.
 * `node e2e/screens/record-wave2.ts` after `npm run build`; the recordings are committed.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { startCockpit, type Cockpit } from '../support/cockpit.ts';
import { flipDemonstration, open, record, until, withPage } from './recorder.ts';

/** Conversations that fail each second of real time, at 10x: about a tenth of the demonstration's traffic. */
const FAILING_A_SECOND = 25;

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });

/** Conversations on the good version that end in a parser's error, as a queue of bad outputs makes them. */
async function sendFailing(cockpit: Cockpit): Promise<void> {
  const { info } = await cockpit.calls().engine.info();
  const spans = Array.from({ length: FAILING_A_SECOND }, () => ({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    name: 'chat support-model',
    kind: 3,
    startTimeUnixNano: `${Math.round(info.nowMs - 4_000)}000000`,
    endTimeUnixNano: `${Math.round(info.nowMs - 1_000)}000000`,
    attributes: [
      text('gen_ai.prompt.name', 'customer_support_agent'),
      text('gen_ai.prompt.version', 'v17'),
      text('gen_ai.conversation.id', randomUUID()),
      text('tenant.cohort', Math.random() < 0.7 ? 'tenant_cohort_B' : 'enterprise'),
      text('error.type', 'parse_error'),
    ],
    status: { code: 2, message: 'queue worker could not parse the stored answer' },
  }));
  const resource = {
    attributes: [text('service.name', 'support-queue'), text('service.instance.id', 'queue-1')],
  };
  const response = await fetch(`${info.otlpEndpoint}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  });
  if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
}

async function recordEmpty(): Promise<void> {
  const prompts = [{ id: 'support', service: 'support', owner: 'pia', control: 'v1' }];
  const cockpit = await startCockpit({
    workspace: { version: 1, name: 'Quiet', telemetry: { port: 0 }, prompts },
  });
  try {
    const { id } = await cockpit
      .calls()
      .incident.declare({ operationId: randomUUID(), promptId: 'support', reason: 'a customer called' });
    await withPage(cockpit, (page) => record(page, cockpit, 'wave2-empty', [`/#/incident/${id}/wave2`]));
  } finally {
    await cockpit.stop();
  }
}

async function recordWave(): Promise<void> {
  const cockpit = await startCockpit({ workspace: null });
  const calls = cockpit.calls();
  try {
    await withPage(cockpit, async (page) => {
      const incidentId = await flipDemonstration(page, cockpit);
      const incident = `/#/incident/${incidentId}`;
      const wave2 = `${incident}/wave2`;
      await calls.demo.setSpeed({ operationId: randomUUID(), speed: 10 });
      await until('a second wave', async () => {
        await sendFailing(cockpit);
        return (await calls.incident.get({ incidentId })).wave2 ?? undefined;
      });
      await calls.demo.setSpeed({ operationId: randomUUID(), speed: 1 });

      await open(page, wave2);
      await page.getByRole('checkbox', { name: /parser/i }).click();
      const states = page.getByRole('combobox', { name: /^State: / });
      await states.first().selectOption('done');
      await until('the first step', async () =>
        Object.keys((await calls.incident.get({ incidentId })).wave2?.steps ?? {}).length > 0
          ? true
          : undefined,
      );
      await states.nth(1).selectOption('doing');
      await page
        .getByRole('button', { name: /^enterprise.* was told$/ })
        .first()
        .click();
      await record(page, cockpit, 'wave2-open', [incident, wave2]);

      await open(page, wave2);
      await page.getByRole('button', { name: /^End wave 2/ }).click();
      await page.getByRole('textbox', { name: 'Why it is over' }).fill('The queue was replayed by hand.');
      await page.getByRole('dialog').getByRole('button', { name: 'End wave 2' }).click();
      await until(
        'its end',
        async () => (await calls.incident.get({ incidentId })).wave2?.life.end ?? undefined,
      );
      await record(page, cockpit, 'wave2-ended', [wave2]);
    });
  } finally {
    await cockpit.stop();
  }
}

await recordEmpty();
await recordWave();
