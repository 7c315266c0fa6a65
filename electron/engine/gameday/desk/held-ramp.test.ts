import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SeenLeverChange } from '#shared/domain/drill/observation.ts';
import type { Alarm } from '#shared/model/detection.ts';
import { promptStatusSchema } from '#shared/model/prompt.ts';
import { api } from '#engine/api/base.ts';
import type { EngineRouter } from '#engine/api/router.ts';
import { createClock } from '#engine/clock.ts';
import { createDrillDesk } from './drill-desk.ts';
import { fakeWorlds, scenarioWith, type FakeWorld } from './fake-world.ts';

const MINUTE = 60_000;
/** A drift that shall hold the ramp and page nobody. */
const SOFT = scenarioWith(
  { safetyTimes: 5 },
  { id: 'drift', title: 'A drift', purpose: 'Hold the ramp.', expected: { page: null, watch: true } },
);

function warning(atMs: number): Alarm {
  return {
    atMs,
    class: 'watch',
    signal: 'safety',
    cohort: 'all',
    basis: 'comparison',
    rule: 'one-at-watch',
    sigma: 2.4,
    evidence: 1,
    alsoSignal: null,
    effect: null,
    onset: null,
    sentence: '',
    resolvedAtMs: null,
  };
}

const status = (alarms: readonly Alarm[]) =>
  promptStatusSchema.parse({
    id: 'support',
    title: 'support',
    service: 'support',
    owner: null,
    reviewers: [],
    environment: 'production',
    control: 'v17',
    candidate: 'v18',
    versions: [],
    serving: [],
    shareWindowMs: MINUTE,
    conversationsPerHour: null,
    lastSeenMs: null,
    lever: null,
    leverError: null,
    signals: [],
    alarms,
    sparks: [],
    readiness: { ok: true, findings: [] },
    cohorts: [],
    openIncidentId: null,
    links: [],
  });

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fusebox-held-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const by = <T extends object>(input: T) => ({
  ...input,
  operationId: randomUUID(),
  actor: { name: 'ana', via: 'page' as const },
});

/** Plays the drift from the desk; a person holds the ramp so long after the warning, or nobody does (null). */
async function decideStep(holdAfterMs: number | null) {
  const warnedAtMs = Date.now() + 10 * MINUTE;
  const router = {
    incident: { list: api.incident.list.handler(async () => []) },
    prompt: { list: api.prompt.list.handler(async () => [status([warning(warnedAtMs)])]) },
  } as unknown as EngineRouter;
  const worlds: FakeWorld[] = [];
  const held: SeenLeverChange[] =
    holdAfterMs === null ? [] : [{ promptId: 'support', atMs: warnedAtMs + holdAfterMs, by: 'ben' }];
  const open = fakeWorlds(router, worlds);
  const quiet = () => undefined;
  const desk = createDrillDesk({
    openWorld: async (options) => ({ ...(await open(options)), holds: () => held }),
    library: async () => ({ scenarios: [SOFT], ownIds: new Set(), problems: [] }),
    records: { write: async () => undefined, drills: async () => [], drillBundles: async () => [] },
    workspace: { prompt: () => null, versions: async () => [] },
    incidents: { get: () => Promise.reject(new Error('not asked here')) },
    evidence: { arrivals: async () => [], samples: async () => [], dataUpToMs: async () => null },
    clock: createClock(),
    live: { publish: quiet },
    log: { info: quiet, warn: quiet, error: quiet },
    dataDir,
  });
  const input = { scenarioId: 'drift', seed: 7, participants: ['ben'], castPromptId: null };
  const { drillId } = await desk.prepare(by(input));
  await vi.waitFor(() => expect(desk.current()?.phase).toBe('briefing'), { timeout: 10_000 });
  await desk.begin(by({ drillId }));
  const report = await desk.finish(by({ drillId }));
  await desk.stop();
  return report.steps.find(({ id }) => id === 'decide');
}

it('a ramp that a participant held where it was is credited in a drill run from the desk', async () => {
  expect(await decideStep(MINUTE)).toMatchObject({ verdict: 'within', tookMs: MINUTE, points: 15 });
  expect(await decideStep(null)).toMatchObject({ verdict: 'missed', points: 0 });
});
