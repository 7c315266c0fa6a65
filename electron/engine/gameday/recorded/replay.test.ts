import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { Incident } from '#shared/model/incident.ts';
import { scenarioSchema, type Scenario } from '#shared/model/scenario.ts';
import { workspacePromptSchema } from '#shared/model/workspace.ts';
import { createEngine } from '#engine/app.ts';
import type { EvidenceReader } from '#engine/telemetry/kind.ts';
import type { DrillWorld } from '../kind.ts';
import { createOpenWorld } from '../world/open-world.ts';
import { BundleTextError, readBundle } from './bundle-text.ts';
import { recordIncident } from './record-incident.ts';
import { replayIncident } from './replay-incident.ts';

const MINUTE = 60_000;
const STEP = 5_000;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const GREETING = scenarioSchema.parse({
  id: 'greeting',
  title: 'A greeting',
  kind: 'regression',
  purpose: 'p',
  brief: 'b',
  minutes: 40,
  warmUpMinutes: 10,
  onsetMinutes: [1, 2],
  prompts: [
    {
      id: 'support',
      service: 'support',
      control: 'v17',
      candidate: 'v18',
      candidateShare01: 0.2,
      versions: [
        {
          id: 'v17',
          sha: '41d7e0b2c95f',
          daysAgo: 20,
          text: 'Greet Maria Lopez, maria@corp.example, by name.',
        },
        { id: 'v18', sha: '9f3c1ab77e04' },
      ],
      conversationsPerHour: 20_000,
      cohorts: [
        { name: 'a', share01: 0.6 },
        { name: 'b', share01: 0.4 },
      ],
      healthy: { complaint01: 0.06, safety01: 0.001, downstream01: 0.02, csatMean: 84 },
    },
  ],
  faults: [
    { fault: { kind: 'bad-version', prompt: 'support', version: 'v18', complaintTimes: 6, csatPoints: -10 } },
  ],
  expected: { page: null },
});

/** A world that stands still, with what its engine has learned of the traffic. */
async function open(scenario: Scenario, seed: number) {
  let evidence: EvidenceReader | null = null;
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-replay-'));
  const world = await createOpenWorld((options) => {
    evidence = options.drill?.telemetry?.evidence ?? null;
    return createEngine(options);
  })({ scenario, seed, mode: 'stepped', dataDir, actor: 'Mira Okafor', onEvent: () => undefined });
  closing.push(
    () => world.stop(),
    () => rm(dataDir, { recursive: true, force: true }),
  );
  await world.start();
  world.begin();
  const found = evidence as EvidenceReader | null;
  if (found === null) throw new Error('the world has no evidence');
  return { world, evidence: found };
}

const only = async ({ client }: DrillWorld) => (await client.incident.list({ status: 'any', limit: 5 }))[0];

async function flip(world: DrillWorld, incident: Incident): Promise<void> {
  const press = world.client.rollback.press({
    operationId: 'press-the-switch',
    promptId: 'support',
    incidentId: incident.id,
    lever: 'flag',
    toVersion: incident.goodVersion,
    revisionShown: null,
    held: false,
    waitMs: 0,
  });
  await Promise.all([press, world.settle()]);
}

/** Until the alarm, a minute for people, the flip, and twelve minutes of proof. */
async function playOnce() {
  const { world, evidence } = await open(GREETING, 11);
  for (let atMs = 0; (await only(world)) === undefined && atMs < 20 * MINUTE; atMs += STEP)
    await world.advance(STEP);
  const declared = await only(world);
  if (!declared) throw new Error('no incident was opened');
  await world.advance(MINUTE);
  await flip(world, declared);
  for (let atMs = 0; atMs < 12 * MINUTE; atMs += STEP) await world.advance(STEP);
  const incident = await only(world);
  if (!incident) throw new Error('the incident is gone');
  return { evidence, incident };
}

const prompt = workspacePromptSchema.parse({
  id: 'support',
  service: 'support',
  control: 'v17',
  candidate: 'v18',
});
const versions = GREETING.prompts[0]!.versions.map(({ id, sha, text }) => ({
  id,
  sha,
  text,
  author: 'Maria Lopez',
  message: null,
  reviewedBy: null,
  evalSummary: null,
  createdAtMs: null,
}));
/** Played by the first who asks; its evidence is in memory and outlives its world. */
let played: ReturnType<typeof playOnce> | null = null;
const once = () => (played ??= playOnce());

describe('a recorded incident', () => {
  it('replays to the same counts, the same verdict, and every step within one tick', async () => {
    const original = await once();
    const made = await recordIncident(original.incident, { evidence: original.evidence, prompt, versions });
    if (!made) throw new Error('nothing was recorded');
    expect(['maria@corp.example', 'Lopez', 'Okafor'].filter((name) => made.text.includes(name))).toEqual([]);
    const { scenario } = readBundle(made.text);
    expect(scenario).toEqual(made.bundle.scenario);
    const { recording } = scenario;

    let evidence: EvidenceReader | null = null;
    const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-replay-'));
    closing.push(() => rm(dataDir, { recursive: true, force: true }));
    const openWorld = createOpenWorld((options) => {
      evidence = options.drill?.telemetry?.evidence ?? null;
      return createEngine(options);
    });
    const { replay, incident, originMs } = await replayIncident({ scenario, seed: 3, openWorld, dataDir });
    const replayed = evidence as EvidenceReader | null;
    if (replayed === null || incident === null) throw new Error('the replay opened no incident');

    // The last reports of the last conversations come some minutes later.
    const lastTick = (recording.ticks.at(-1)?.tick ?? 0) - 30;
    const recordedOriginMs = (original.incident.rollbacks[0]?.pressedAtMs ?? 0) - (recording.flippedMs ?? 0);
    const countsOf = async (of: EvidenceReader, fromMs: number) => {
      const window = { fromMs, toMs: fromMs + lastTick * TICK_MS };
      const rows = await of.ticks({ prompt: 'support', window });
      return rows.map((row) => ({ ...row, bucketMs: row.bucketMs - fromMs }));
    };
    expect(await countsOf(replayed, originMs)).toEqual(await countsOf(original.evidence, recordedOriginMs));

    expect(incident.badVersion).toBe(original.incident.badVersion);
    expect(incident.trigger.signal).toBe(original.incident.trigger.signal);
    const { verdict } = original.incident.verification ?? { verdict: null };
    expect(replay.verdict).toEqual({ recorded: verdict, replayed: verdict });
    expect(replay.steps.map(({ id }) => id)).toEqual(['detect', 'identify', 'decide', 'rollback', 'verify']);
    for (const { id, recordedMs, replayedMs } of replay.steps) {
      const doneAtMs = original.incident.steps.find((step) => step.id === id)?.doneAtMs ?? Number.NaN;
      expect(recordedMs, id).toBe(doneAtMs - recordedOriginMs);
      expect(Math.abs((replayedMs ?? Number.NaN) - (recordedMs ?? 0)), id).toBeLessThanOrEqual(TICK_MS);
    }
    expect(replay.isSame).toBe(true);
  }, 120_000);

  it('leaves out a signal that was read from elsewhere and took no part', async () => {
    const { incident, evidence } = await once();
    const elsewhere = { source: 'prometheus' };
    const readElsewhere = workspacePromptSchema.parse({
      ...prompt,
      signals: { csat: elsewhere, complaints: elsewhere },
    });
    const idle = { ...incident, verification: null };
    const made = await recordIncident(idle, { evidence, prompt: readElsewhere, versions });
    const all = made?.bundle.scenario.recording.ticks.flatMap(({ conversations }) => conversations) ?? [];
    expect(incident.trigger.signal).toBe('complaints');
    expect(all.filter(([, , , , , , shown]) => shown.complaints).length).toBeGreaterThan(0);
    expect(all.filter(([, , , , , , , rating]) => rating !== null)).toEqual([]);
  }, 120_000);

  it('of PostgreSQL, Unleash, Prometheus and a service with the official SDKs, from the journey on real servers, replays the same', async () => {
    const file = join(import.meta.dirname, 'real-servers.ndjson.gz');
    const { scenario } = readBundle(gunzipSync(await readFile(file)).toString('utf8'));
    const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-replay-'));
    closing.push(() => rm(dataDir, { recursive: true, force: true }));
    const openWorld = createOpenWorld(createEngine);
    const { replay } = await replayIncident({ scenario, seed: 1, openWorld, dataDir });
    expect(replay.verdict).toEqual({ recorded: 'recovered', replayed: 'recovered' });
    expect(replay.steps.filter(({ recordedMs }) => recordedMs === null)).toEqual([]);
    expect(replay.steps.filter(({ isSame }) => !isSame)).toEqual([]);
    expect(replay.isSame).toBe(true);
  }, 120_000);

  it('opens elsewhere, or is refused with the line and what is wrong with it', async () => {
    const original = await once();
    const made = await recordIncident(original.incident, { evidence: original.evidence, prompt, versions });
    const text = made?.text ?? '';
    const lines = text.trimEnd().split('\n');
    const refusal = (changed: string) => {
      try {
        readBundle(changed);
        return 'taken';
      } catch (error) {
        if (!(error instanceof BundleTextError)) throw error;
        return error.message;
      }
    };
    const withLine = (index: number, line: string) =>
      [...lines.slice(0, index), line, ...lines.slice(index + 1)].join('\n');
    expect(refusal(text)).toBe('taken');
    expect(refusal('')).toMatch(/^Line 1: /);
    expect(refusal('{"fusebox":"records"}\n')).toBe('Line 1: This is no drill bundle of Fusebox.');
    expect(refusal(withLine(0, lines[0]!.replace('"format":1', '"format":9')))).toContain('newer Fusebox');
    expect(refusal(lines.slice(0, -1).join('\n'))).toContain('its last line is missing');
    expect(refusal(withLine(4, '{'))).toBe('Line 5: It is no JSON.');
    expect(refusal(withLine(4, '{"tick":{"tick":-1}}'))).toMatch(/^Line 5: /);
    expect(refusal(withLine(4, '{"source":"https://flags.example"}'))).toMatch(/^Line 5: /);
    const late = { tick: 1, version: 'v18', cohort: 'a', conversations: [[12_000, 5, 0, 5, 0, 0, {}, null]] };
    expect(refusal(withLine(4, JSON.stringify({ tick: late })))).toContain(
      'Line 5: A conversation begins 12000 ms',
    );
    expect(refusal(withLine(4, lines[5]!))).toContain('does not match its hash');
    // A scenario that names more than a scenario may.
    const header = lines[0]!.replace(
      '"scenario":{',
      '"scenario":{"sources":[{"url":"https://flags.example"}],',
    );
    expect(refusal(withLine(0, header))).toMatch(/^Line \d+: /);
  }, 120_000);
});
