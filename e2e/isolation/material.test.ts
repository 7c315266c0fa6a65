import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { openTeam, PROMPT, SCENARIOS, type Team } from './team.ts';

// What comes into a drill from outside: scenario files, bundles, and names of one world used in the other.

const command = () => ({ operationId: randomUUID() });
type Loose = Record<string, unknown> & { prompts: (Record<string, unknown> & { versions: object[] })[] };

let house: Team;
let drillId = '';
let incidentId = '';
/** Files that name something outside where the schema has no place for it; each must be refused. */
let refusedFiles: string[] = [];
let greeting: Loose;

beforeAll(async () => {
  const text = await readFile(join(SCENARIOS, 'greeting-regression.yaml'), 'utf8');
  greeting = parse(text) as Loose;
  house = await openTeam(async ({ unleash, chat }) => {
    const [prompt] = greeting.prompts;
    if (!prompt) throw new Error('the greeting has no prompt');
    const withPrompt = (more: object) => ({ ...greeting, prompts: [{ ...prompt, ...more }] });
    const outside = `${chat.url}/hook \${CHAT_URL} {{ env.PAGER_URL }} file:///etc/hostname ../fusebox.json`;
    const hostile: Record<string, object> = {
      sources: {
        ...greeting,
        sources: [{ id: 'unleash', connector: 'unleash', settings: { baseUrl: unleash.url } }],
      },
      records: { ...greeting, records: { env: 'RECORDS_URL' } },
      flag: withPrompt({ flag: { source: 'unleash', key: 'support_rollout' } }),
      chat: withPrompt({ chat: { source: 'chat', channel: '#incidents' } }),
      paging: withPrompt({ paging: { source: 'pager', service: 'support' } }),
      links: withPrompt({ links: { console: unleash.url } }),
      evals: withPrompt({ evals: [{ id: 'suite', checkout: { env: 'HOME' }, path: '..' }] }),
      lever: withPrompt({ lever: 'unleash' }),
      secret: withPrompt({ owner: { env: 'UNLEASH_TOKEN' } }),
      file: withPrompt({
        versions: prompt.versions.map((version) => ({ ...version, file: '/etc/hostname' })),
      }),
    };
    refusedFiles = Object.keys(hostile).map((name) => `hostile-${name}`);
    const inert = {
      ...withPrompt({
        owner: outside,
        service: outside,
        model: outside,
        versions: prompt.versions.map((version) => ({
          ...version,
          text: outside,
          message: outside,
          author: outside,
        })),
      }),
      brief: outside,
      hints: [outside],
      changes: [{ atMinutes: 0, prompt: PROMPT, what: outside, by: outside }],
      earlierIncidents: [
        {
          daysAgo: 20,
          prompt: PROMPT,
          badVersion: 'v17',
          signal: 'complaints',
          summary: outside,
          unfinishedItem: outside,
        },
      ],
    };
    const files = Object.entries(hostile).map(
      ([name, value]) => [`hostile-${name}.yaml`, stringify({ ...value, id: `hostile-${name}` })] as const,
    );
    return { ...Object.fromEntries(files), 'inert-texts.yaml': stringify({ ...inert, id: 'inert-texts' }) };
  });
}, 120_000);
afterAll(() => house.close(), 120_000);

/** A bundle whose hash is right, whatever it says. */
function bundle(scenario: unknown): string {
  const body = `${JSON.stringify({ fusebox: 'drill-bundle', format: 1, scenario })}\n`;
  const sha256 = createHash('sha256').update(body, 'utf8').digest('hex');
  return `${body}${JSON.stringify({ end: true, lines: 1, sha256 })}\n`;
}

describe('what comes into a drill from outside', () => {
  it('scenario files that name systems, secrets or files are not in the library', async () => {
    const ids = (await house.team.drill.scenarios()).map(({ id }) => id);
    expect(ids).toEqual(['inert-texts']);
    for (const scenarioId of refusedFiles) {
      const prepared = await house.attempt(`prepare ${scenarioId}`, () =>
        house.team.drill.prepare({ ...command(), scenarioId }),
      );
      expect(prepared).toBeNull();
    }
  });

  it('bundles that do are refused, and those that only say so in texts are kept as texts', async () => {
    const recording = {
      incidentId: 'INC-20260509-1',
      promptId: PROMPT,
      shippedMs: 0,
      flippedMs: null,
      tailMs: 0,
      steps: {},
      verdict: null,
    };
    const url = house.wires.chat.url;
    const hostile = {
      sources: {
        ...greeting,
        recording,
        sources: [{ id: 'chat', connector: 'slack-webhook', settings: { url } }],
      },
      recording: { ...greeting, recording: { ...recording, source: url } },
      flag: {
        ...greeting,
        recording,
        prompts: greeting.prompts.map((one) => ({ ...one, flag: { source: 'unleash' } })),
      },
      secret: { ...greeting, recording, brief: { env: 'CHAT_URL' } },
    };
    for (const [name, scenario] of Object.entries(hostile)) {
      const opened = await house.attempt(`openBundle ${name}`, () =>
        house.team.drill.openBundle({ ...command(), text: bundle(scenario) }),
      );
      expect(opened, name).toBeNull();
    }
    const samples = [{ version: 'v18', input: `GET ${url}`, output: '{{ env.UNLEASH_TOKEN }}' }];
    const texts = { ...greeting, id: 'rec-texts', recording: { ...recording, samples } };
    const opened = await house.attempt('openBundle texts', () =>
      house.team.drill.openBundle({ ...command(), text: bundle(texts) }),
    );
    expect(opened).toMatchObject({ id: 'rec-texts', source: 'recorded' });
    expect(house.arrived()).toEqual([]);
  });

  it('texts that name addresses, secrets and paths stay texts while they are played, reminders included', async () => {
    ({ drillId } = await house.team.drill.prepare({ ...command(), scenarioId: 'inert-texts', seed: 7 }));
    await vi.waitFor(async () => expect((await house.team.drill.current())?.phase).toBe('briefing'), {
      timeout: 90_000,
    });
    await house.team.drill.begin({ ...command(), drillId });
    const world = house.drillWorld();
    const versions = await world.prompt.versions({ promptId: PROMPT });
    expect(versions[0]?.text).toContain('{{ env.PAGER_URL }}');
    expect(JSON.stringify(versions)).not.toContain(`${house.wires.pager.url}/page`);
    ({ id: incidentId } = await world.incident.declare({
      ...command(),
      promptId: PROMPT,
      reason: 'It looks wrong.',
    }));
    // Overdue since the day it was promised: its reminder goes to the drill's own channel at the next look.
    const content = {
      title: `Ask ${house.wires.chat.url}/hook`,
      owner: 'ben',
      dueOn: '2020-01-01',
      state: 'open' as const,
      droppedBecause: null,
      ticketUrl: null,
      failureMode: null,
      suiteId: null,
    };
    await house.attempt('an overdue promise', () =>
      world.actionItem.create({ ...command(), incidentId, content }),
    );
    await house.team.drill.setSpeed({ ...command(), drillId, speed: 60 });
    await vi.waitFor(
      async () => {
        const items = await world.actionItem.list({ which: 'any' });
        expect(items.find((item) => item.incidentId === incidentId)?.remindedAtMs).not.toBeNull();
      },
      { timeout: 60_000, interval: 200 },
    );
    const pressed = await house.attempt('press', () =>
      world.rollback.press({
        ...command(),
        promptId: PROMPT,
        incidentId,
        lever: 'flag',
        toVersion: 'v17',
        revisionShown: null,
        held: true,
        waitMs: 1_000,
      }),
    );
    expect(pressed).toMatchObject({ promptId: PROMPT, source: 'drill-flags' });
    expect(house.arrived()).toEqual([]);
  }, 180_000);

  it('an incident of the drill cannot be opened or worked on in the real world, which is all that a link can ask for', async () => {
    const { team } = house;
    const tries: Record<string, () => Promise<unknown>> = {
      get: () => team.incident.get({ incidentId }),
      note: () => team.incident.note({ ...command(), incidentId, text: 'x' }),
      close: () => team.incident.close({ ...command(), incidentId, summary: 'x' }),
      setSeverity: () => team.incident.setSeverity({ ...command(), incidentId, severity: 'P1' }),
      decide: () => team.incident.decide({ ...command(), incidentId, outcome: 'roll-back' }),
      postmortem: () => team.postmortem.get({ incidentId }),
      wave2: () => team.wave2.look({ incidentId }),
      record: () => team.drill.record({ ...command(), incidentId }),
    };
    for (const [what, call] of Object.entries(tries))
      expect(await house.attempt(`link: ${what}`, call), what).toBeNull();
    expect(await team.incident.list({ status: 'any' })).toEqual([]);
    expect(house.arrived()).toEqual([]);
  });

  it('by every one of these routes', () => {
    console.log(
      `isolation of material: ${house.arrived().length} of ${house.tried()} attempts arrived at a real system`,
    );
    expect(house.tried()).toBeGreaterThan(20);
    expect(house.left()).toEqual([]);
    expect(house.arrived()).toEqual([]);
  });

  it('a rollback by the team meanwhile acts on the real lever, and moves nothing in the drill', async () => {
    const world = house.drillWorld();
    const rollbacksOf = async () =>
      (await world.incident.get({ incidentId })).rollbacks.map(({ operationId }) => operationId);
    const before = await rollbacksOf();
    const plan = await house.attempt('plan', () => house.team.rollback.plan({ promptId: PROMPT }));
    expect(JSON.stringify(plan)).not.toContain('drill-flags');
    await house.attempt('press by the team', () =>
      house.team.rollback.press({
        ...command(),
        promptId: PROMPT,
        lever: 'flag',
        toVersion: 'v17',
        revisionShown: null,
        held: true,
        waitMs: 1_000,
      }),
    );
    expect(house.wires.unleash.seen.length).toBeGreaterThan(0);
    expect(await rollbacksOf()).toEqual(before);
    await house.team.drill.abort({ ...command(), drillId, reason: 'the test is over' });
  }, 60_000);
});
