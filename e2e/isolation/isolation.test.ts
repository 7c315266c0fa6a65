import { createRouterClient, ORPCError } from '@orpc/server';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { contract } from '#shared/contract/contract.ts';
import { worldActionSchema, type Fault } from '#shared/model/scenario.ts';
import { createEngine, type Engine } from '#engine/app.ts';
import { createClock } from '#engine/clock.ts';
import { CALLS, type Found } from '../parity/calls.ts';
import type { Client } from '../parity/transports.ts';
import { tripwire, type Tripwire } from './tripwires.ts';

// A team's workspace full of real systems, a drill beside it in the same process, and every way from one to the other that there is.
// The team's engine is opened and not started: it asks nobody anything by itself, so whatever arrives comes from the drill.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROMPT = 'customer_support_agent';
const PATIENCE_MS = 30_000;
const command = () => ({ operationId: randomUUID() });

let folder: string;
let wires: Record<'unleash' | 'chat' | 'pager' | 'metrics', Tripwire>;
let engine: Engine;
let team: Client;
let drillId = '';
let tried = 0;
const left: string[] = [];

const clientOf = (router: Engine['router'], name: string): Client =>
  createRouterClient(router, { context: { actor: { name, via: 'page' as const } } });
function drillWorld(): Client {
  const router = engine.drillRouter();
  if (router === null) throw new Error('no drill is under way');
  return clientOf(router, 'ben');
}
/** Tries one way; how it ends does not matter here, as long as it ends and is no fault of the engine. */
async function attempt(what: string, call: () => Promise<unknown>): Promise<unknown> {
  tried += 1;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve('late'), PATIENCE_MS);
  });
  try {
    const answer = await Promise.race([call(), late]);
    if (answer === 'late') left.push(what);
    return answer;
  } catch (error) {
    if (!(error instanceof ORPCError)) throw error;
    expect(`${what}: ${error.code}`).not.toContain('INTERNAL_SERVER_ERROR');
    return null;
  } finally {
    clearTimeout(timer);
  }
}
const arrived = () => Object.values(wires).flatMap(({ seen }) => seen);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fusebox-isolation-'));
  wires = {
    unleash: await tripwire(),
    chat: await tripwire(),
    pager: await tripwire(),
    metrics: await tripwire(),
  };
  const workspace = {
    version: 1,
    name: 'the team',
    telemetry: { port: 0 },
    sources: [
      {
        id: 'unleash',
        connector: 'unleash',
        settings: { baseUrl: wires.unleash.url, token: { env: 'UNLEASH_TOKEN' }, allowInsecure: true },
      },
      {
        id: 'chat',
        connector: 'slack-webhook',
        settings: { url: { env: 'CHAT_URL' }, allowInsecure: true },
      },
      {
        id: 'pager',
        connector: 'generic-webhook',
        settings: { url: { env: 'PAGER_URL' }, allowInsecure: true },
      },
      {
        id: 'metrics',
        connector: 'prometheus',
        settings: { baseUrl: wires.metrics.url, allowInsecure: true },
      },
    ],
    prompts: [
      {
        id: PROMPT,
        service: 'support-agent',
        owner: 'Mira Okafor',
        control: 'v17',
        candidate: 'v18',
        versions: [
          { id: 'v17', text: 'Be polite.' },
          { id: 'v18', text: `Answer through ${wires.chat.url}/hook and {{ env.CHAT_URL }}.` },
        ],
        flag: { source: 'unleash', key: 'support_rollout' },
        chat: { source: 'chat', channel: '#incidents' },
        paging: { source: 'pager', service: 'support' },
        policies: { freezeRampOnWatch: true, killswitchOnPage: true, vetoSeconds: 0 },
      },
    ],
  };
  const workspacePath = join(folder, 'fusebox.yaml');
  await writeFile(workspacePath, JSON.stringify(workspace));
  engine = await createEngine({
    clock: createClock(),
    dataDir: join(folder, 'data'),
    fetch: globalThis.fetch,
    workspacePath,
    demonstrationPath: join(ROOT, 'assets', 'demonstration', 'fusebox.yaml'),
    scenariosPath: join(ROOT, 'assets', 'scenarios'),
    host: 'web',
    capabilities: {
      notifications: false,
      secureStorage: false,
      openPath: false,
      updates: false,
      openExternal: 'link',
      printPdf: false,
    },
    actor: 'ana',
    env: {
      UNLEASH_TOKEN: 'secret-unleash',
      CHAT_URL: `${wires.chat.url}/hook`,
      PAGER_URL: `${wires.pager.url}/page`,
    },
    version: 'test',
  });
  team = clientOf(engine.router, 'ana');
  const { info } = await team.engine.info();
  if (info.workspaceProblems.length > 0) throw new Error(JSON.stringify(info.workspaceProblems));
  // Opening a source may have a look at it.
  for (const { seen } of Object.values(wires)) seen.length = 0;
}, 120_000);

afterAll(async () => {
  await engine.stop();
  for (const wire of Object.values(wires)) await wire.close();
  await rm(folder, { recursive: true, force: true });
}, 120_000);

describe('a drill', () => {
  it('takes a prompt with real levers by name and text alone', async () => {
    const state = await team.drill.prepare({
      ...command(),
      scenarioId: 'greeting-regression',
      seed: 7,
      participants: ['ben'],
      castPromptId: PROMPT,
    });
    ({ drillId } = state);
    await vi.waitFor(async () => expect((await team.drill.current())?.phase).toBe('briefing'), {
      timeout: 90_000,
    });
    await team.drill.begin({ ...command(), drillId });
    const [prompt] = await drillWorld().prompt.list();
    expect(prompt).toMatchObject({ id: PROMPT, owner: 'Mira Okafor' });
    const sources = await drillWorld().source.list();
    expect(sources.map(({ id }) => id)).toEqual(expect.not.arrayContaining(['unleash', 'chat', 'pager']));
  }, 120_000);

  it('tells its participants nothing of what is wrong, whatever they ask', async () => {
    const secrets = await team.drill.current();
    const [scenario] = (await team.drill.scenarios()).filter(({ id }) => id === 'greeting-regression');
    const words = [
      ...(secrets?.faults ?? []).flatMap(({ title, fault }) => [title, fault.kind]),
      ...(secrets?.hints ?? []).map(({ text }) => text),
      scenario?.purpose ?? 'purpose',
      String(secrets?.onsetMs),
      'onsetMs',
      'withinMinutes',
    ];
    expect(words.length).toBeGreaterThan(7);
    const found: Found = { promptId: PROMPT, incidentId: 'INC-1', operationId: 'op-none', nowMs: 0 };
    const reads = Object.entries(CALLS).filter(([path]) => READS.has(path));
    expect(reads.length).toBeGreaterThan(25);
    const leaks: string[] = [];
    for (const [path, call] of reads) {
      const answer = await attempt(path, () => call(drillWorld(), found));
      const text = JSON.stringify(answer ?? null);
      for (const word of words) if (text.includes(word)) leaks.push(`${path}: ${word}`);
    }
    const leaving = new AbortController();
    for await (const message of await drillWorld().live.subscribe(undefined, { signal: leaving.signal })) {
      const text = JSON.stringify(message);
      for (const word of words) if (text.includes(word)) leaks.push(`live.subscribe: ${word}`);
      if (message.type === 'snapshot') expect(message.state.drill).toBeNull();
      leaving.abort();
      break;
    }
    expect(leaks).toEqual([]);
  }, 300_000);

  it('reaches no real lever, chat or pager by any call, fault or action', async () => {
    const found: Found = { promptId: PROMPT, incidentId: '', operationId: 'op-none', nowMs: 0 };
    for (const [path, call] of Object.entries(CALLS)) await attempt(path, () => call(drillWorld(), found));
    // By the names that the team's systems have in the team's workspace.
    for (const source of ['unleash', 'chat', 'pager', 'metrics']) {
      await attempt(`source.test ${source}`, () => drillWorld().source.test({ sourceId: source }));
      await attempt(`audit.post ${source}`, () => drillWorld().audit.post({ ...command(), source }));
    }
    for (const lever of ['flag', 'registry', 'config'] as const) {
      await attempt(`press ${lever}`, () =>
        drillWorld().rollback.press({
          ...command(),
          promptId: PROMPT,
          lever,
          toVersion: 'v17',
          revisionShown: null,
          held: true,
          waitMs: 1_000,
        }),
      );
    }
    for (const action of worldActionSchema.options)
      await attempt(`act ${action}`, () => drillWorld().drill.act({ ...command(), action }));
    for (const fault of faults())
      await attempt(`inject ${fault.kind}`, () => team.drill.inject({ ...command(), drillId, fault }));
    expect(arrived()).toEqual([]);
  }, 600_000);

  it('is gone in the middle of a press, and the press goes nowhere else', async () => {
    const world = drillWorld();
    const press = attempt('press while it ends', () =>
      world.rollback.press({
        ...command(),
        promptId: PROMPT,
        lever: 'flag',
        toVersion: 'v17',
        revisionShown: null,
        held: true,
        waitMs: 20_000,
      }),
    );
    await attempt('finish', () => team.drill.finish({ ...command(), drillId }));
    expect(engine.drillRouter()).toBeNull();
    await press;
    await attempt('a call afterwards', () => world.rollback.plan({ promptId: PROMPT }));
    expect(arrived()).toEqual([]);
  }, 120_000);

  it('leaves nothing in the history of the team', async () => {
    expect(await team.incident.list({ status: 'any' })).toEqual([]);
    expect(await team.actionItem.list({ which: 'any' })).toEqual([]);
    expect((await team.history.incidents({ sort: 'declared', limit: 10 })).total).toBe(0);
    const summary = await team.history.summary({ groupBy: 'prompt', withMeans: true });
    expect(summary.incidents).toMatchObject({ closed: 0, open: 0 });
    expect(summary.drills.closed).toBeGreaterThan(0);
    expect(summary.groups).toEqual([]);
    expect(await team.drill.reports({ limit: 10 })).toMatchObject([{ drillId, castPromptId: PROMPT }]);
    expect((await team.audit.verify({ anchors: [] })).entries).toBe(0);
  });

  it('by every route', () => {
    console.log(`isolation: ${arrived().length} of ${tried} attempts arrived at a real system`);
    expect(tried).toBeGreaterThan(100);
    expect(arrived()).toEqual([]);
    // A call that never answers would be no answer to the question.
    expect(left).toEqual([]);
  });

  it('while the team itself does reach them', async () => {
    await team.source.test({ sourceId: 'unleash' });
    expect(wires.unleash.seen.length).toBeGreaterThan(0);
  });
});

/** Calls that change nothing. */
const READS: ReadonlySet<string> = new Set(
  Object.entries(contract).flatMap(([noun, verbs]) =>
    Object.keys(verbs)
      .map((verb) => `${noun}.${verb}`)
      .filter((path) =>
        /\.(info|doctor|list|versions|distribution|workers|series|comparisons|samples|changes|certainty|get|plan|earlier|render|suites|preview|look|records|summary|incidents|items|ageing|head|verify|scenarios|current|reports|report|anchors)$/.test(
          path,
        ),
      ),
  ),
);

function faults(): Fault[] {
  const prompt = PROMPT;
  const effect = { complaintTimes: 5, safetyTimes: 1, downstreamTimes: 1, fallbackTimes: 1, csatPoints: 0 };
  return [
    { kind: 'bad-version', prompt, version: 'v18', cohorts: null, rampMinutes: 0, ...effect },
    { kind: 'stale-workers', prompt, share01: 0.5 },
    { kind: 'poisoned-queue', prompt, downstreamTimes: 3 },
    { kind: 'provider-outage', errorType: 'provider_timeout', ...effect },
    { kind: 'upstream-data', prompt, ...effect },
    { kind: 'model-change', prompt, toModel: 'http://127.0.0.1/model', ...effect },
    { kind: 'stalled-recovery', prompt, remaining01: 0.5 },
    { kind: 'slow-telemetry', seconds: 60 },
    { kind: 'missing-version', prompt, share01: 0.5 },
    { kind: 'lever-trouble', prompt, how: 'unreadable' },
  ];
}
