import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { afterEach, describe, expect, it } from 'vitest';
import { workspaceSchema } from '#shared/model/workspace.ts';
import { DEMONSTRATION_FILE, startRehearsal } from './rehearsal.ts';
import { conditionsOf } from '../fleet/effects.ts';
import { flagKeyOf, QUIET_SERVICES, regressionOf, SUPPORT } from './services.ts';

/** A smaller fleet with a larger candidate: the same journey in seconds. */
const SMALL = { ...SUPPORT, workers: 8, conversationsPerHour: 24_000, candidateShare01: 0.25 };
const SPEED = 20;
const MINUTE = 60_000;
const PROMPT = SUPPORT.id;

type Rehearsal = Awaited<ReturnType<typeof startRehearsal>>;
let rehearsal: Rehearsal | null = null;
afterEach(async () => {
  await rehearsal?.stop();
  rehearsal = null;
});

/** Conversations of one version that started in the window. */
async function startedOn(
  { evidence }: Rehearsal,
  version: string,
  fromMs: number,
  toMs: number,
): Promise<number> {
  const counts = await evidence.counts({ prompt: PROMPT, window: { fromMs, toMs } });
  return counts.reduce((sum, row) => (row.version === version ? sum + row.conversations : sum), 0);
}

describe('the demonstration on the real receiver, store, flag board and watch', () => {
  it('is healthy, regresses, is noticed, and is clean again after the flag was turned off', async () => {
    const phases: string[] = [];
    rehearsal = await startRehearsal({
      speed: SPEED,
      seed: 7,
      support: SMALL,
      others: [],
      historyMs: 10 * MINUTE,
      onChange: ({ phase }) => phases.push(phase),
    });
    const at = rehearsal;
    const status = () => at.watch.prompts().find(({ id }) => id === PROMPT);
    await at.until('traffic on both versions', () => (status()?.serving.length ?? 0) === 2, 5 * MINUTE);
    expect(at.demo.state()).toMatchObject({ phase: 'healthy', workers: 8 });
    expect(at.incidents.alarms).toHaveLength(0);

    await at.demo.startRegression();
    await at.until('the alarm', () => at.incidents.alarms.length > 0, 5 * MINUTE);
    const alarm = at.incidents.alarms[0]!;
    expect(alarm.input).toMatchObject({
      promptId: PROMPT,
      badVersion: 'v18',
      badSha: SUPPORT.versions[1]?.sha,
    });
    expect(alarm.input.trigger.sentence).toMatch(/sigma/);
    const share = status()?.serving.find(({ version }) => version === 'v18')?.share01;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.4);

    expect(await at.serveControl()).toMatchObject({ kind: 'accepted' });
    const flippedMs = at.clock.nowMs();
    const settledMs = flippedMs + 30_000;
    await at.until(
      'a minute of traffic after the flip',
      async () => (await startedOn(at, 'v17', settledMs + MINUTE, at.clock.nowMs())) > 50,
      10 * MINUTE,
    );
    expect(await startedOn(at, 'v17', settledMs, settledMs + MINUTE)).toBeGreaterThan(200);
    expect(await startedOn(at, 'v18', settledMs, at.clock.nowMs())).toBe(0);
    // What was under way finished on the version it began with.
    const [v18] = (await at.evidence.versionTimes(PROMPT)).filter(({ version }) => version === 'v18');
    expect(v18?.lastStartedMs).toBeLessThan(settledMs);
    expect(v18?.lastEndedMs).toBeGreaterThan(v18?.lastStartedMs ?? 0);
    expect(phases.at(-1)).toBe('rolled-back');

    await at.demo.reset();
    expect(at.demo.state().phase).toBe('healthy');
    const resetMs = at.clock.nowMs();
    await at.until(
      'v18 back at its share',
      async () => (await startedOn(at, 'v18', resetMs, at.clock.nowMs())) > 10,
      5 * MINUTE,
    );
  }, 300_000);

  it('names exactly the workers that keep their old flag value', async () => {
    rehearsal = await startRehearsal({ speed: SPEED, seed: 3, support: SMALL, others: [], historyMs: 0 });
    const at = rehearsal;
    await at.until(
      'traffic',
      async () => (await startedOn(at, 'v18', 0, at.clock.nowMs())) > 300,
      10 * MINUTE,
    );
    const { staleWorkers } = await at.demo.setStaleWorkers(2);
    expect(staleWorkers).toHaveLength(2);
    await at.serveControl();
    const fromMs = at.clock.nowMs() + 30_000;
    const stale = async () => {
      const window = { fromMs, toMs: at.clock.nowMs() };
      const workers = await at.evidence.workers({ prompt: PROMPT, window, expectedVersion: 'v17' });
      return workers.filter(({ isStale }) => isStale).map(({ worker }) => worker);
    };
    await at.until('both stale workers seen', async () => (await stale()).length >= 2, 10 * MINUTE);
    expect((await stale()).toSorted()).toEqual(staleWorkers.toSorted());

    await at.demo.setStaleWorkers(0);
    const freedMs = at.clock.nowMs() + 30_000;
    await at.until(
      'traffic afterwards',
      async () => (await startedOn(at, 'v17', freedMs, at.clock.nowMs())) > 300,
      10 * MINUTE,
    );
    expect(await startedOn(at, 'v18', freedMs, at.clock.nowMs())).toBe(0);
  }, 300_000);
});

describe('the demonstration workspace', () => {
  it('is a valid workspace file that names what the fleet sends', async () => {
    const workspace = workspaceSchema.parse(parse(await readFile(DEMONSTRATION_FILE, 'utf8')));
    expect(workspace.demonstration).toBe(true);
    for (const service of [SUPPORT, ...QUIET_SERVICES]) {
      const prompt = workspace.prompts.find(({ id }) => id === service.id);
      expect(prompt).toMatchObject({
        id: service.id,
        control: service.control,
        service: service.service,
      });
      expect(prompt?.candidate ?? null).toBe(service.candidate);
      expect(prompt?.flag?.key ?? null).toBe(service.lever === 'flag' ? flagKeyOf(service.id) : null);
      for (const { id, sha } of service.versions) {
        if (sha !== null) expect(prompt?.versions.find((version) => version.id === id)?.sha).toBe(sha);
      }
      if (prompt && prompt.cohorts.length > 0) {
        expect(prompt.cohorts).toEqual(service.cohorts.map(({ name }) => name));
      }
    }
  });

  it('regresses complaints to about four times the control’s rate, worst in cohort B', () => {
    const { healthy } = SUPPORT;
    const faults = regressionOf(SUPPORT).map((fault) => ({ fault, fromMs: 0, untilMs: 1 }));
    const where = { promptId: PROMPT, version: 'v18', atMs: 0, flippedAtMs: null };
    const worse = (cohort: string) => conditionsOf(healthy, faults, { ...where, cohort }).behaviour;
    const rate = (cohort: string) => worse(cohort).complaint01;
    const pooled = SUPPORT.cohorts.reduce((sum, { name, share01 }) => sum + share01 * rate(name), 0);
    expect(pooled / healthy.complaint01).toBeCloseTo(4.1, 1);
    expect(rate('tenant_cohort_B') / healthy.complaint01).toBeCloseTo(6);
    expect(worse('tenant_cohort_B').csatMean).toBeCloseTo(healthy.csatMean - 12);
    expect(worse('enterprise').downstream01 / healthy.downstream01).toBeCloseTo(2.5);
  });
});
