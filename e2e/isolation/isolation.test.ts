import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { permissionOf } from '#shared/domain/team/permissions.ts';
import type { EvalContent } from '#shared/model/eval-case.ts';
import { worldActionSchema, type Fault } from '#shared/model/scenario.ts';
import { CALLS, type Found } from '../parity/calls.ts';
import type { Client } from '../parity/transports.ts';
import { openTeam, PROMPT, type Team } from './team.ts';

// A team's workspace full of real systems, a drill beside it in the same process, and every way from one to the other that there is.
// The team's engine is opened and not started: it asks nobody anything by itself, so whatever arrives comes from the drill.

const command = () => ({ operationId: randomUUID() });

let house: Team;
let team: Client;
let drillId = '';
const drillWorld = () => house.drillWorld();
const attempt: Team['attempt'] = (what, call) => house.attempt(what, call);
const arrived = () => house.arrived();

beforeAll(async () => {
  house = await openTeam();
  ({ team } = house);
}, 120_000);
afterAll(() => house.close(), 120_000);

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
    const reads = Object.entries(CALLS).filter(([path]) => permissionOf(path) === 'look');
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

  it('proves an eval case in a suite of its own, although the team has one of that name', async () => {
    const world = drillWorld();
    const [suite] = await world.evalCase.suites({ promptId: PROMPT });
    expect(suite?.checkout.startsWith(join(house.dataDir, 'drills', drillId))).toBe(true);
    expect(suite?.problem).toBeNull();
    const { id: incidentId } = await world.incident.declare({
      ...command(),
      promptId: PROMPT,
      reason: 'a call',
    });
    await world.incident.identify({ ...command(), incidentId, version: 'v18' });
    const { id: caseId } = await world.evalCase.save({
      ...command(),
      incidentId,
      caseId: null,
      revisionShown: null,
      content: evalContent,
    });
    for (const to of ['working-tree', 'branch'] as const) {
      const newest = async () => {
        const [one] = await world.evalCase.list({ incidentId });
        if (!one) throw new Error('the case is gone');
        return one;
      };
      const { revision: revisionShown } = await newest();
      const written = await world.evalCase.write({ ...command(), caseId, revisionShown, to });
      await world.evalCase.prove({ ...command(), caseId, revisionShown: written.revision });
      await vi.waitFor(async () => expect((await newest()).proof?.state).toBe('finished'), {
        timeout: 60_000,
      });
      expect((await newest()).state, to).toBe('proven');
    }
    expect(arrived()).toEqual([]);
  }, 180_000);

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
    expect(house.engine.drillRouter()).toBeNull();
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
    console.log(`isolation: ${arrived().length} of ${house.tried()} attempts arrived at a real system`);
    expect(house.tried()).toBeGreaterThan(100);
    expect(arrived()).toEqual([]);
    // A call that never answers would be no answer to the question.
    expect(house.left()).toEqual([]);
  });

  it('while the team itself does reach them', async () => {
    await team.source.test({ sourceId: 'unleash' });
    expect(house.wires.unleash.seen.length).toBeGreaterThan(0);
  });
});

/** What the good answers of the drill's versions have in common, and the bad ones do not. */
const evalContent: EvalContent = {
  name: 'the greeting',
  suiteId: 'drill',
  inputs: [{ name: 'user_message', text: 'I was charged twice for the same subscription.' }],
  badOutput: 'Hi. State your order number.',
  gold: null,
  assertions: [{ kind: 'not-regex', pattern: String.raw`^(?:Hello|Hey|Hi|Sure)\b` }],
  redaction: { replaced: {}, kept: {}, isConfirmed: true },
  source: null,
};

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
