import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EvalAssertion, EvalContent } from '#shared/model/eval-case.ts';
import { scenarioSchema, type Scenario } from '#shared/model/scenario.ts';
import { createEngine } from '#engine/app.ts';
import type { DrillWorld } from '../kind.ts';
import { createOpenWorld } from './open-world.ts';
import { prepareSuites } from './suites.ts';
import { refuseForeignSuites } from './workspace-file.ts';

const folders: string[] = [];
const worlds: DrillWorld[] = [];
// A machine whose git knows nobody.
beforeEach(() => {
  vi.stubEnv('GIT_CONFIG_GLOBAL', devNull);
  vi.stubEnv('GIT_CONFIG_SYSTEM', devNull);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const world of worlds.splice(0)) await world.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-suites-'));
  folders.push(folder);
  return folder;
}

function scenarioOf(change: { control?: string; candidate?: string; prompt?: string } = {}): Scenario {
  const { control = 'v17', candidate = 'v18', prompt = 'support' } = change;
  return scenarioSchema.parse({
    id: 'greeting',
    title: 'A greeting',
    kind: 'regression',
    purpose: 'p',
    brief: 'b',
    minutes: 40,
    warmUpMinutes: 1,
    onsetMinutes: [1, 3],
    prompts: [
      {
        id: prompt,
        service: 'support',
        control,
        candidate,
        versions: [{ id: control, daysAgo: 20 }, { id: candidate }],
        conversationsPerHour: 600,
        healthy: { complaint01: 0.06, safety01: 0.001, downstream01: 0.02, csatMean: 84 },
      },
    ],
    faults: [{ fault: { kind: 'bad-version', prompt, version: candidate, complaintTimes: 5 } }],
    expected: { page: null },
  });
}

const MISSED: EvalAssertion = { kind: 'regex', pattern: '.' };
const TOO_STRICT: EvalAssertion = { kind: 'contains', value: 'Dear', ignoreCase: false };
const FLAKY: EvalAssertion = { kind: 'contains', value: 'discount', ignoreCase: false };
const JUDGED: EvalAssertion = { kind: 'rubric', criteria: 'It is kind.', threshold01: 0.5 };
const RIGHT: EvalAssertion = { kind: 'not-regex', pattern: String.raw`^(?:Hello|Hey|Hi|Sure)\b` };

function content(check: EvalAssertion): EvalContent {
  return {
    name: 'the greeting',
    suiteId: 'drill',
    inputs: [{ name: 'user_message', text: 'I was charged twice for the same subscription.' }],
    badOutput: 'Hi. State your order number.',
    gold: null,
    assertions: [check],
    redaction: { replaced: {}, kept: {}, isConfirmed: true },
    source: null,
  };
}

/** A world with an incident about the candidate. */
async function openIncident() {
  const dataDir = await newFolder();
  const world = await createOpenWorld(createEngine)({
    scenario: scenarioOf(),
    seed: 1,
    mode: 'stepped',
    dataDir,
    actor: 'Mira Okafor',
    onEvent: () => undefined,
  });
  worlds.push(world);
  await world.start();
  world.begin();
  const { client } = world;
  let commands = 0;
  const command = () => ({ operationId: `operation-${(commands += 1)}` });
  const { id: incidentId } = await client.incident.declare({
    ...command(),
    promptId: 'support',
    reason: 'A customer called.',
  });
  await client.incident.identify({ ...command(), incidentId, version: 'v18' });
  const newest = async () => {
    const [one] = await client.evalCase.list({ incidentId });
    if (!one) throw new Error('there is no case');
    return one;
  };
  return { world, client, dataDir, command, incidentId, newest };
}

describe('the eval suite of a drill', () => {
  it('refuses a case that proves nothing, accepts one that does, and gates it once it was reviewed', async () => {
    const { world, client, dataDir, command, incidentId, newest } = await openIncident();
    const [suite] = await client.evalCase.suites({ promptId: 'support' });
    expect(suite).toMatchObject({ id: 'drill', problem: null, checkout: join(dataDir, 'suites', '1') });
    expect(world.canProve('support')).toBe(true);

    const shown = async () => {
      const { id: caseId, revision: revisionShown } = await newest();
      return { caseId, revisionShown };
    };
    async function proven(check: EvalAssertion, to: 'working-tree' | 'branch' = 'working-tree') {
      const known = (await client.evalCase.list({ incidentId }))[0];
      await client.evalCase.save({
        ...command(),
        incidentId,
        caseId: known?.id ?? null,
        revisionShown: known?.revision ?? null,
        content: content(check),
      });
      await client.evalCase.write({ ...command(), ...(await shown()), to });
      await client.evalCase.prove({ ...command(), ...(await shown()) });
      // No time passes: git, and everything that the runs write and read, is work that a standing clock waits for.
      await world.settle();
      return (await newest()).proof?.verdict?.why;
    }
    expect(await proven(MISSED)).toBe('passes-on-bad');
    expect(await proven(TOO_STRICT)).toBe('fails-on-good');
    expect(await proven(FLAKY)).toBe('flaky-on-good');
    expect(await proven(JUDGED)).toBe('run-error');
    expect(await proven(RIGHT)).toBe('accepted');

    const early = await client.evalCase.checkGate({ ...command(), ...(await shown()) });
    expect(early.gate?.findings.join()).toContain('not in the newest commit');
    await world.advance(61_000);
    await client.evalCase.checkGate({ ...command(), ...(await shown()) });
    expect((await newest()).state).toBe('gated');
    const incident = await client.incident.get({ incidentId });
    expect(incident.blockers.map(({ id }) => id)).not.toContain('eval-case');

    // On a branch of its own: proven in a second working tree, merged by the reviewer.
    expect(
      await proven(
        { ...RIGHT, pattern: `${RIGHT.kind === 'not-regex' ? RIGHT.pattern : ''}|^Wow` },
        'branch',
      ),
    ).toBe('accepted');
    await world.advance(61_000);
    await client.evalCase.checkGate({ ...command(), ...(await shown()) });
    expect((await newest()).state).toBe('gated');
    expect(
      await readFile(join(dataDir, 'suites', '1', 'evals', 'cases', 'incidents.yaml'), 'utf8'),
    ).toContain('|^Wow');
  }, 120_000);

  it('is there for no recorded incident: what its versions would have said to a question was not recorded', async () => {
    const recording = {
      incidentId: 'INC-1',
      promptId: 'support',
      shippedMs: 0,
      flippedMs: null,
      tailMs: 0,
      steps: {},
      verdict: null,
      ticks: [],
      samples: [],
    };
    const folder = await newFolder();
    const { byPrompt } = await prepareSuites({ ...scenarioOf(), recording }, folder);
    expect([...byPrompt.keys()]).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes nothing outside of its folder, whatever prompts and versions are called', async () => {
    const folder = await newFolder();
    const names = { prompt: '../../elsewhere', control: '../../../v17', candidate: 'a/../../../../v18' };
    await prepareSuites(scenarioOf(names), join(folder, 'drill'));
    expect(await readdir(folder)).toEqual(['drill']);
    expect(await readdir(join(folder, 'drill'))).toEqual(['suites']);
    expect(await readdir(join(folder, 'drill', 'suites', '1', 'recorded'))).toEqual(['answer.mjs']);
  });

  it('cannot be any other place or program', () => {
    const suite = (checkout: unknown, program = 'recorded-answers') => ({
      prompts: [{ evals: [{ checkout, command: [program] }] }],
    });
    expect(() => refuseForeignSuites(suite('suites/1'))).not.toThrow();
    for (const place of [
      '/home/team/agent',
      '../agent',
      'suites/../../agent',
      'suites',
      '.',
      { env: 'AGENT' },
    ])
      expect(() => refuseForeignSuites(suite(place)), JSON.stringify(place)).toThrow('own folder');
    expect(() => refuseForeignSuites(suite('suites/1', 'npx'))).toThrow('starts no program');
  });
});
