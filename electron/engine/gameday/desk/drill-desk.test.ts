import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Scenario } from '#shared/model/scenario.ts';
import { workspacePromptSchema as promptSchema } from '#shared/model/workspace.ts';
import type { LiveChange } from '#shared/model/live.ts';
import { api } from '#engine/api/base.ts';
import type { EngineRouter } from '#engine/api/router.ts';
import { createClock } from '#engine/clock.ts';
import type { DrillQuery, DrillRecord, RecordEntry } from '#engine/records/kind.ts';
import type { OpenWorld } from '../kind.ts';
import { createDrillDesk } from './drill-desk.ts';
import { fakeWorlds, scenarioWith, type FakeWorld } from './fake-world.ts';

const PROBLEM = {
  file: 'ours.yaml',
  line: 3,
  path: 'kind',
  message: 'No such kind.',
  fix: 'Write regression.',
};
const SCENARIO = scenarioWith(
  { complaintTimes: 5 },
  {
    id: 'greeting',
    title: 'A greeting that grates',
    purpose: 'Flip the killswitch.',
    hints: ['Look at the complaints.', 'Look at v18.'],
    expected: { page: null },
  },
);
const OWN = { ...SCENARIO, id: 'ours', title: 'Ours' };
/** Of the drill's world only what the desk asks of it. */
const router = {
  incident: { list: api.incident.list.handler(async () => []) },
  prompt: { list: api.prompt.list.handler(async () => []) },
} as unknown as EngineRouter;
const by = <T extends object>(input: T) => ({
  ...input,
  operationId: randomUUID(),
  actor: { name: 'ana', via: 'page' as const },
});

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fusebox-desk-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** A record of drills in memory. */
function memory() {
  const kept: DrillRecord[] = [];
  return {
    kept,
    write: async (entries: readonly RecordEntry[]) => {
      for (const entry of entries) if (entry.kind === 'drill') kept.unshift(entry.value);
    },
    drills: async ({ drillId, limit }: DrillQuery) =>
      kept.filter(({ report }) => drillId === undefined || report.drillId === drillId).slice(0, limit),
    drillBundles: async () => [],
  };
}
const VERSIONS = ['v3', 'v4', 'v5'].map((id) => ({
  id,
  sha: `sha-${id}`,
  text: `text of ${id}`,
  author: 'Noor',
  message: `made ${id}`,
  reviewedBy: null,
  evalSummary: null,
  createdAtMs: null,
}));
const workspace = {
  prompt: (id: string) =>
    id === 'planner' ? promptSchema.parse({ id, service: 'planner', control: 'v4', owner: 'Noor' }) : null,
  versions: async () => VERSIONS,
};

function openDesk(openWorld?: OpenWorld, records = memory()) {
  const worlds: FakeWorld[] = [];
  const published: LiveChange[] = [];
  const quiet = () => undefined;
  const desk = createDrillDesk({
    openWorld: openWorld ?? fakeWorlds(router, worlds),
    library: async () => ({ scenarios: [SCENARIO, OWN], ownIds: new Set([OWN.id]), problems: [PROBLEM] }),
    records,
    workspace,
    incidents: { get: () => Promise.reject(new Error('not asked here')) },
    evidence: {
      arrivals: async () => [],
      samples: async () => [],
      dataUpToMs: async () => null,
    },
    clock: createClock(),
    live: { publish: (change) => void published.push(change) },
    log: { info: quiet, warn: quiet, error: quiet },
    dataDir,
  });
  const prepare = async () => {
    const input = { scenarioId: 'greeting', seed: 7, participants: ['ben'], castPromptId: null };
    const { drillId } = await desk.prepare(by(input));
    await vi.waitFor(() => expect(desk.current()?.phase).not.toBe('preparing'), { timeout: 10_000 });
    return drillId;
  };
  return { desk, worlds, published, prepare, records };
}

describe('the drill desk', () => {
  it('prepares at once, and tells when the world stands ready', async () => {
    const { desk, worlds, published, prepare } = openDesk();
    expect(desk.current()).toBeNull();
    expect(desk.router()).toBeNull();
    const drillId = await prepare();
    expect(desk.current()).toMatchObject({
      drillId,
      phase: 'briefing',
      seed: 7,
      beginMs: null,
      facilitator: 'ana',
    });
    expect(desk.router()).toBe(router);
    expect(worlds[0]?.was).toMatchObject({ started: true, begun: false });
    const phases = published.map((change) => (change.entity === 'drill' ? change.value?.phase : null));
    expect(phases).toEqual(['preparing', 'briefing']);
    await desk.stop();
  });

  it('runs: begin, clock, faults, hints, and a report at the end', async () => {
    const { desk, worlds, prepare } = openDesk();
    const drillId = await prepare();
    const begun = await desk.begin(by({ drillId }));
    expect(begun).toMatchObject({ phase: 'running' });
    expect(begun.endsMs).toBe((begun.beginMs ?? 0) + 30 * 60_000);
    expect((await desk.setSpeed(by({ drillId, speed: 60 }))).speed).toBe(60);
    expect(worlds[0]?.clock.speed).toBe(60);
    const put = await desk.inject(by({ drillId, fault: { kind: 'slow-telemetry', seconds: 90 } }));
    expect(put.faults).toMatchObject([{ state: 'active', by: 'facilitator' }]);
    const out = await desk.withdraw(by({ drillId, faultId: put.faults[0]?.id ?? '' }));
    expect(out.faults).toMatchObject([{ state: 'withdrawn' }]);
    await desk.hint(by({ drillId, text: null }));
    await desk.hint(by({ drillId, text: 'Breathe.' }));
    expect(worlds[0]?.told.at(-1)?.hints).toEqual(['Look at the complaints.', 'Breathe.']);
    const report = await desk.finish(by({ drillId }));
    expect(report).toMatchObject({ drillId, outcome: 'finished', hintsGiven: 2, participants: ['ben'] });
    expect(report.events.map(({ kind }) => kind)).toEqual([
      'begin',
      'clock',
      'fault',
      'withdrawn',
      'hint',
      'hint',
      'end',
    ]);
    expect(desk.current()).toBeNull();
    expect(desk.router()).toBeNull();
    await desk.stop();
    expect(worlds[0]?.was.stopped).toBe(true);
    expect(await desk.reports(10)).toMatchObject([{ drillId, outcome: 'finished' }]);
    expect(await desk.report(drillId)).toEqual(report);
  });

  it('tells participants nothing of what is wrong', async () => {
    const { desk, worlds, prepare } = openDesk();
    const drillId = await prepare();
    await desk.begin(by({ drillId }));
    await desk.inject(by({ drillId, fault: { kind: 'slow-telemetry', seconds: 90 } }));
    for (const told of worlds[0]?.told ?? []) {
      expect(Object.keys(told).toSorted()).toEqual([
        'brief',
        'drillId',
        'facilitator',
        'hints',
        'phase',
        'title',
      ]);
      expect(JSON.stringify(told)).not.toMatch(/v18|telemetry|onset/);
    }
    await desk.stop();
  });

  it("tells which scenarios are the team's own", async () => {
    const told = await openDesk().desk.scenarios();
    expect(told.map(({ id, source }) => [id, source])).toEqual([
      [SCENARIO.id, 'library'],
      [OWN.id, 'own'],
    ]);
  });

  it('tells which files of the library cannot be used', async () => {
    expect(await openDesk().desk.scenarioProblems()).toEqual([PROBLEM]);
  });

  it('runs one drill at a time, and none twice for a repeated press', async () => {
    const { desk, worlds, prepare } = openDesk();
    const drillId = await prepare();
    await expect(prepare()).rejects.toMatchObject({ code: 'REFUSED' });
    const press = by({ drillId, text: null });
    await Promise.all([desk.hint(press), desk.hint(press)]);
    expect(desk.current()?.hints.filter(({ givenAtMs }) => givenAtMs !== null)).toHaveLength(1);
    expect(worlds).toHaveLength(1);
    await desk.stop();
  });

  it('aborts: nothing to report before it began, a report with the reason afterwards', async () => {
    const { desk, worlds, prepare } = openDesk();
    const first = await prepare();
    expect(await desk.abort(by({ drillId: first, reason: 'wrong scenario' }))).toBeNull();
    const second = await prepare();
    await desk.begin(by({ drillId: second }));
    const report = await desk.abort(by({ drillId: second, reason: 'a real incident' }));
    expect(report).toMatchObject({ outcome: 'aborted', sentence: 'Aborted: a real incident' });
    await desk.stop();
    expect(worlds.map(({ was }) => was.stopped)).toEqual([true, true]);
  });

  it('can be aborted while its world is being built; the world is stopped when it is there', async () => {
    const gate = Promise.withResolvers<void>();
    const worlds: FakeWorld[] = [];
    const open = fakeWorlds(router, worlds);
    const { desk } = openDesk(async (options) => {
      await gate.promise;
      return open(options);
    });
    const input = { scenarioId: 'greeting', seed: null, participants: [], castPromptId: null };
    const { drillId, phase } = await desk.prepare(by(input));
    expect(phase).toBe('preparing');
    await expect(desk.begin(by({ drillId }))).rejects.toMatchObject({ code: 'REFUSED' });
    await desk.abort(by({ drillId, reason: 'too slow' }));
    expect(desk.current()).toBeNull();
    gate.resolve();
    await desk.stop();
    expect(worlds[0]?.was).toMatchObject({ started: false, stopped: true });
  });

  it('says why a world could not be built, and makes room for the next', async () => {
    let isBroken = true;
    const worlds: FakeWorld[] = [];
    const open = fakeWorlds(router, worlds);
    const { desk, prepare } = openDesk(async (options) => {
      if (isBroken) throw new Error('no port is free');
      return open(options);
    });
    await prepare();
    expect(desk.current()).toMatchObject({ phase: 'failed' });
    expect(desk.current()?.detail).toContain('no port is free');
    isBroken = false;
    await prepare();
    expect(desk.current()).toMatchObject({ phase: 'briefing' });
    await desk.stop();
  });

  it('plays a scenario with a prompt of the workspace: its name, owner and versions, and nothing else of it', async () => {
    const opened: Scenario[] = [];
    const open = fakeWorlds(router);
    const { desk } = openDesk((options) => {
      opened.push(options.scenario);
      return open(options);
    });
    const input = { scenarioId: 'greeting', seed: 1, participants: [] };
    await expect(desk.prepare(by({ ...input, castPromptId: 'nobody' }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const { prompts } = await desk.prepare(by({ ...input, castPromptId: 'planner' }));
    expect(prompts).toMatchObject([{ id: 'planner', versions: ['v4', 'v5'] }]);
    await vi.waitFor(() => expect(opened).toHaveLength(1), { timeout: 10_000 });
    expect(opened[0]?.prompts[0]).toMatchObject({
      id: 'planner',
      owner: 'Noor',
      control: 'v4',
      candidate: 'v5',
      service: 'support',
      lever: 'flag',
      versions: [{ id: 'v4' }, { id: 'v5', text: 'text of v5', sha: 'sha-v5', message: 'made v5' }],
    });
    expect(opened[0]?.faults[0]?.fault).toMatchObject({
      prompt: 'planner',
      version: 'v5',
      complaintTimes: 5,
    });
    await desk.stop();
  });

  it('stands still at the end of its time, once', async () => {
    const { desk, worlds, prepare } = openDesk();
    const drillId = await prepare();
    const { endsMs } = await desk.begin(by({ drillId }));
    worlds[0]?.clock.skipTo((endsMs ?? 0) + 1);
    await vi.waitFor(() => expect(desk.current()?.speed).toBe(0), { timeout: 10_000 });
    expect(desk.current()?.detail).toContain('time of this drill is over');
    expect(worlds[0]?.clock.speed).toBe(0);
    expect((await desk.setSpeed(by({ drillId, speed: 10 }))).speed).toBe(10);
    expect(await desk.finish(by({ drillId }))).toMatchObject({ outcome: 'finished' });
    await desk.stop();
  });

  it('ends with its engine: aborted with that reason, its report kept', async () => {
    const { desk, worlds, prepare, records } = openDesk();
    const drillId = await prepare();
    await desk.begin(by({ drillId }));
    await desk.stop();
    expect(worlds[0]?.was.stopped).toBe(true);
    expect(records.kept.map(({ report }) => report)).toMatchObject([
      { drillId, outcome: 'aborted', sentence: 'Aborted: the engine was stopped' },
    ]);
  });

  it('an engine that died leaves its drill to the next one: aborted, with everything up to then', async () => {
    const first = openDesk();
    const drillId = await first.prepare();
    await first.desk.begin(by({ drillId }));
    await first.desk.hint(by({ drillId, text: 'Breathe.' }));
    const file = join(dataDir, 'drills', `${drillId}.json`);
    await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toContain('Breathe.'), {
      timeout: 20_000,
    });
    const { desk, records } = openDesk();
    await desk.start();
    expect(records.kept.map(({ report }) => report)).toMatchObject([
      { drillId, outcome: 'aborted', sentence: 'Aborted: the engine was restarted.', hintsGiven: 1 },
    ]);
    expect(records.kept[0]?.report.events.at(-1)).toMatchObject({ kind: 'end', who: 'fusebox' });
    await desk.start();
    expect(records.kept).toHaveLength(1);
    await expect(readFile(file)).rejects.toThrow('ENOENT');
    await first.desk.stop();
  });

  it('refuses what is not there', async () => {
    const { desk, prepare } = openDesk();
    const input = { scenarioId: 'nothing', seed: null, participants: [], castPromptId: null };
    await expect(desk.prepare(by(input))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(desk.begin(by({ drillId: 'DRILL-1' }))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(desk.act(by({ action: 'call-provider' as const }))).rejects.toMatchObject({
      code: 'REFUSED',
    });
    const drillId = await prepare();
    await expect(desk.finish(by({ drillId }))).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(desk.withdraw(by({ drillId, faultId: 'f9' }))).rejects.toMatchObject({ code: 'REFUSED' });
    await desk.stop();
  });
});
