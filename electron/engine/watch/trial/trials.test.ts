import { describe, expect, it } from 'vitest';
import type { Change } from '#shared/model/evidence.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import { workspaceSchema } from '#shared/model/workspace.ts';
import { createFakeClock } from '#engine/fake-clock.ts';
import { createFakeIncidents, NO_POLICIES } from '../fake-incidents.ts';
import { createMemoryEvidence } from '../memory-evidence.ts';
import { createMemoryTrialFiles } from './memory-trial-files.ts';
import type { TrialFiles } from './trial-file.ts';
import { TELEMETRY_FEED, type Subject } from './beginning.ts';
import { createTrials } from './trials.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const PROMPT = 'support';
const workspace = workspaceSchema.parse({
  version: 1,
  name: 'test',
  prompts: [{ id: PROMPT, service: 's', control: 'v17', candidate: 'v18' }],
});
const prompt = workspace.prompts[0]!;

const leverOf = (share01: number, readAtMs: number, lastChangedAtMs: number | null): LeverState => ({
  lever: 'flag',
  source: 'flags',
  connector: 'board',
  key: 'rollout',
  environment: 'production',
  isOn: true,
  intended: [
    { version: 'v17', share01: 1 - share01 },
    { version: 'v18', share01 },
  ],
  offVersion: 'v17',
  revision: `r${share01}`,
  lastChangedBy: 'ben',
  lastChangedAtMs,
  needsApproval: false,
  consoleUrl: null,
  readAtMs,
});

function bench(files: TrialFiles = createMemoryTrialFiles()) {
  const clock = createFakeClock();
  const evidence = createMemoryEvidence();
  const startedAtMs = clock.nowMs();
  const warnings: string[] = [];
  const lever = { state: null as LeverState | null, events: [] as Change[] };
  let at = 0;
  const create = () =>
    createTrials(
      {
        clock,
        evidence,
        files,
        policies: NO_POLICIES,
        incidents: createFakeIncidents(clock),
        workspace: {
          current: () => workspace,
          prompt: () => prompt,
          versions: () => Promise.resolve([]),
          problems: () => [],
          path: null,
        },
        sources: {
          instance: () => null,
          list: () => [],
          test: () => Promise.resolve({ ok: true, latencyMs: 0, message: '', checks: [] }),
          observe: (_id, call) => call(),
          start: () => undefined,
          stop: () => Promise.resolve(),
        },
        levers: {
          last: () => ({ state: lever.state, error: null }),
          refresh: () => Promise.reject(new Error('not here')),
          events: () => Promise.resolve(lever.events),
        },
        live: { publish: () => undefined },
        log: { info: () => undefined, warn: (_fields, message) => void warnings.push(message) },
      },
      files,
    );
  const focus: Subject = { control: 'v17', candidate: 'v18', shippedAtMs: startedAtMs };

  /** Conversations evenly over the span up to now; every `oneIn`-th complains. The phase goes on from span to span. */
  function traffic(version: string, perMinute: number, oneIn: number, fromMs: number, toMs: number): void {
    const count = Math.round(((toMs - fromMs) / MINUTE) * perMinute);
    for (let index = 0; index < count; index += 1) {
      const startMs = fromMs + (index * (toMs - fromMs)) / count;
      const conversation = { prompt: PROMPT, version, cohort: 'a', startMs };
      evidence.start(conversation);
      at += 1;
      if (at % oneIn === 0) evidence.report(conversation, 'complaints');
    }
  }
  /** A minute of both versions, passing. */
  async function minute(share01 = 0.05, oneIn = 100): Promise<void> {
    const fromMs = clock.nowMs();
    traffic('v17', 1000 * (1 - share01), 100, fromMs, fromMs + MINUTE);
    traffic('v18', 1000 * share01, oneIn, fromMs, fromMs + MINUTE);
    await clock.advance(MINUTE);
    if (lever.state) lever.state = { ...lever.state, readAtMs: clock.nowMs() };
  }
  return { clock, evidence, files, lever, warnings, create, focus, startedAtMs, traffic, minute };
}

describe('the trials', () => {
  it('go on after a restart as if they had never stopped: saved state and a replay of what was missed', async () => {
    const at = bench();
    const through = at.create();
    const files = createMemoryTrialFiles();
    const killed = bench(files);
    let trials = killed.create();
    for (let turn = 0; turn < 12; turn += 1) {
      await Promise.all([at.minute(), killed.minute()]);
      await through.look(prompt, at.focus, null);
      // From the sixth minute to the tenth nothing runs; what was last on disk is minutes old.
      if (turn === 3) await trials.save(PROMPT);
      if (turn < 6) await trials.look(prompt, killed.focus, null);
      if (turn === 6) trials = killed.create();
      if (turn >= 10) await trials.look(prompt, killed.focus, null);
    }
    const [a, b] = [through.of(PROMPT)!, trials.of(PROMPT)!];
    expect(b.fedToMs(TELEMETRY_FEED)).toBe(a.fedToMs(TELEMETRY_FEED));
    expect(b.readings()).toEqual(a.readings());
    expect(b.totals(TELEMETRY_FEED)!.state()).toEqual(a.totals(TELEMETRY_FEED)!.state());
    expect(a.readings()[0]!.candidate.units).toBeGreaterThan(500);
  });

  it('build a trial whose file is damaged again from the stored traffic', async () => {
    const files = createMemoryTrialFiles();
    const at = bench(files);
    const first = at.create();
    for (let turn = 0; turn < 5; turn += 1) {
      await at.minute();
      await first.look(prompt, at.focus, null);
    }
    await first.save(PROMPT);
    const saved = JSON.parse(files.saved.get(PROMPT)!) as { trial: { feeds: Record<string, unknown> } };
    saved.trial.feeds[TELEMETRY_FEED] = {
      ...(saved.trial.feeds[TELEMETRY_FEED] as object),
      detector: { format: 1, comparison: null },
    };
    files.saved.set(PROMPT, JSON.stringify(saved));
    const second = at.create();
    await second.look(prompt, at.focus, null);
    expect(second.of(PROMPT)!.readings()).toEqual(first.of(PROMPT)!.readings());
  });

  it('count late feedback in the tick in which it becomes known, once', async () => {
    const at = bench();
    const trials = at.create();
    await at.minute(0.05, Number.MAX_SAFE_INTEGER);
    await trials.look(prompt, at.focus, null);
    const events = () =>
      trials
        .of(PROMPT)!
        .readings()
        .find(({ signal }) => signal === 'complaints')!.candidate.events;
    const before = events();
    for (const secondsBefore of [50, 20]) {
      const startMs = at.clock.nowMs() - secondsBefore * SECOND;
      at.evidence.report({ prompt: PROMPT, version: 'v18', cohort: 'a', startMs }, 'complaints');
    }
    for (let turn = 0; turn < 3; turn += 1) {
      await at.clock.advance(10 * SECOND);
      await trials.look(prompt, at.focus, null);
    }
    expect(events()).toBe(before + 2);
  });

  it('take no alarm from a clock that jumps ahead or is put back', async () => {
    const at = bench();
    const trials = at.create();
    for (let turn = 0; turn < 5; turn += 1) {
      await at.minute();
      await trials.look(prompt, at.focus, null);
    }
    at.clock.jumpWall(5 * 60 * MINUTE);
    for (let turn = 0; turn < 5; turn += 1) {
      await at.minute();
      await trials.look(prompt, at.focus, null);
    }
    at.clock.jumpWall(-90 * MINUTE);
    for (let turn = 0; turn < 5; turn += 1) {
      await at.minute();
      await trials.look(prompt, at.focus, null);
    }
    const trial = trials.of(PROMPT)!;
    expect(trial.alarms()).toEqual([]);
    const complaints = trial.readings().find(({ signal }) => signal === 'complaints')!;
    expect(complaints.evidence).toBeLessThan(5);
    // All fifteen minutes are in but the end of the last one, which is not over yet.
    expect(complaints.candidate.units).toBeGreaterThan(700);
  });

  it('hear of a ramp step before its data, so that the step raises no alarm', async () => {
    const at = bench();
    at.lever.state = leverOf(0.05, at.clock.nowMs(), at.startedAtMs - MINUTE);
    const trials = at.create();
    for (let turn = 0; turn < 5; turn += 1) {
      await at.minute(0.05);
      await trials.look(prompt, at.focus, null);
    }
    const stepMs = at.clock.nowMs();
    for (let turn = 0; turn < 8; turn += 1) {
      await at.minute(0.25);
      at.lever.state = leverOf(0.25, at.clock.nowMs(), stepMs);
      await trials.look(prompt, at.focus, null);
    }
    const trial = trials.of(PROMPT)!;
    expect(trial.shares()).toEqual([
      { atMs: at.startedAtMs, share01: 0.05 },
      { atMs: stepMs, share01: 0.25 },
    ]);
    expect(trial.alarms()).toEqual([]);
  });

  it('say so when the share seen is not the share set', async () => {
    const at = bench();
    at.lever.state = leverOf(0.05, at.clock.nowMs(), at.startedAtMs - MINUTE);
    const trials = at.create();
    for (let turn = 0; turn < 10; turn += 1) {
      await at.minute(0.12);
      await trials.look(prompt, at.focus, null);
    }
    const [alarm] = trials.of(PROMPT)!.alarms();
    expect(alarm).toMatchObject({ class: 'watch', signal: 'split' });
    expect(alarm?.sentence).toMatch(/12 %.*set to 5\.0 %/);
  });

  it('wait for a read of the lever that is younger than the tick, but not for ever', async () => {
    const at = bench();
    at.lever.state = leverOf(0.05, at.startedAtMs, at.startedAtMs - MINUTE);
    const trials = at.create();
    at.traffic('v17', 950, 100, at.startedAtMs, at.startedAtMs + MINUTE);
    at.traffic('v18', 50, 100, at.startedAtMs, at.startedAtMs + MINUTE);
    await at.clock.advance(16 * SECOND);
    await trials.look(prompt, at.focus, null);
    expect(trials.of(PROMPT)!.fedToMs(TELEMETRY_FEED)).toBe(at.startedAtMs);
    await at.clock.advance(20 * SECOND);
    await trials.look(prompt, at.focus, null);
    expect(trials.of(PROMPT)!.fedToMs(TELEMETRY_FEED)).toBe(at.startedAtMs + 20 * SECOND);
  });

  it('begin anew when an incident about the version was closed', async () => {
    const at = bench();
    const trials = at.create();
    for (let turn = 0; turn < 6; turn += 1) {
      await at.minute(0.05, 8);
      await trials.look(prompt, at.focus, null);
    }
    expect(
      trials
        .of(PROMPT)!
        .alarms()
        .some(({ class: kind }) => kind === 'page'),
    ).toBe(true);
    const closedAtMs = at.clock.nowMs();
    await at.minute();
    await trials.look(prompt, at.focus, closedAtMs);
    expect(trials.of(PROMPT)!.settings.startedAtMs).toBe(closedAtMs);
    expect(trials.of(PROMPT)!.alarms()).toEqual([]);
  });

  it('go on against history where the flag leaves nobody on the control', async () => {
    const at = bench();
    at.traffic('v17', 1000, 100, at.startedAtMs - 120 * MINUTE, at.startedAtMs);
    at.lever.state = leverOf(1, at.clock.nowMs(), at.startedAtMs - SECOND);
    const trials = at.create();
    for (let turn = 0; turn < 15; turn += 1) {
      await at.minute(1, 100);
      await trials.look(prompt, at.focus, null);
    }
    expect(trials.of(PROMPT)!.alarms()).toEqual([]);
    for (let turn = 0; turn < 15; turn += 1) {
      await at.minute(1, 25);
      await trials.look(prompt, at.focus, null);
    }
    const trial = trials.of(PROMPT)!;
    expect(trial.settings.history.complaints?.rate01).toBeCloseTo(0.01, 3);
    const page = trial.alarms().find(({ class: kind }) => kind === 'page');
    expect(page).toMatchObject({ signal: 'complaints', basis: 'history' });
    expect(page?.sentence).toMatch(/against its history/);
  });
});
