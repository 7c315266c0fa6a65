import { describe, expect, it } from 'vitest';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import { createFakeIncidents, NO_POLICIES } from '../watch/fake-incidents.ts';
import { createMemoryEvidence } from '../watch/memory-evidence.ts';
import { createMemoryTrialFiles } from '../watch/trial/memory-trial-files.ts';
import { createWatchDesk } from '../watch/watch-desk.ts';
import { createAgenda } from '../fleet/agenda.ts';
import { pickCohort, planConversation } from './conversation.ts';
import { createRandom } from '../fleet/random.ts';
import { regressed, SUPPORT } from './services.ts';

const MINUTE = 60_000;
const TICK_MS = 10_000;
const SHIPPED_MS = 18 * MINUTE;
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

/** The demonstration's own traffic, straight into the watch: no sockets and no waiting, so that hours can be run. */
function run(
  seed: number,
  options: { readonly minutes: number; readonly regressionAtMs: number; readonly lookEveryMs: number },
) {
  const random = createRandom(seed);
  const startMs = Date.UTC(2026, 4, 9, 14);
  let nowMs = startMs;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    sleep: () => Promise.resolve(),
    deadline: () => new AbortController().signal,
    speed: 1,
  };
  const workspace = workspaceSchema.parse({
    version: 1,
    name: 'quiet',
    prompts: [{ id: SUPPORT.promptId, service: 's', control: 'v17', candidate: 'v18' }],
  });
  const evidence = createMemoryEvidence();
  const incidents = createFakeIncidents(clock);
  const watch = createWatchDesk({
    clock,
    evidence,
    incidents,
    policies: NO_POLICIES,
    files: createMemoryTrialFiles(),
    workspace: {
      current: () => workspace,
      prompt: () => workspace.prompts[0] ?? null,
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
      last: () => ({ state: null, error: null }),
      refresh: () => Promise.reject(new Error('no lever here')),
      events: () => Promise.resolve([]),
    },
    live: { publish: () => undefined },
    log: { info: () => undefined, warn: () => undefined },
  });
  const agenda = createAgenda<() => void>();

  function traffic(fromMs: number, toMs: number): void {
    const expected = (SUPPORT.conversationsPerHour * (toMs - fromMs)) / 3_600_000;
    for (let left = random.poisson(expected); left > 0; left -= 1) {
      const cohort = pickCohort(SUPPORT, random);
      const version = random.chance(SUPPORT.candidateShare01) ? 'v18' : 'v17';
      const beginMs = random.between(fromMs, toMs);
      const isBad = version === 'v18' && beginMs >= startMs + options.regressionAtMs;
      const behaviour = isBad ? regressed(SUPPORT.behaviour, cohort) : SUPPORT.behaviour;
      const planned = planConversation(
        { service: SUPPORT, worker: 'w', cohort, version, behaviour, startMs: beginMs },
        random,
        random,
      );
      const started = { prompt: SUPPORT.promptId, version, cohort, startMs: beginMs };
      agenda.add(planned.firstTurnEndMs, () => evidence.start(started));
      if (planned.hasDownstreamError) agenda.add(planned.endMs, () => evidence.report(started, 'downstream'));
      for (const { name, atMs, score } of planned.feedback) {
        agenda.add(atMs, () => evidence.report(started, name === 'complaint' ? 'complaints' : name, score));
      }
    }
  }

  let forecastMin: number | null = null;
  return {
    incidents,
    async play(): Promise<void> {
      const endMs = startMs + options.minutes * MINUTE;
      for (
        let fromMs = startMs - SHIPPED_MS;
        fromMs < endMs && incidents.alarms.length === 0;
        fromMs += TICK_MS
      ) {
        traffic(fromMs, fromMs + TICK_MS);
        nowMs = fromMs + TICK_MS;
        for (const happen of agenda.take(nowMs)) happen();
        if (nowMs > startMs && nowMs % options.lookEveryMs === 0) await watch.tick();
        if (nowMs <= startMs + options.regressionAtMs) forecastMin = meterOf(watch.prompts()[0]);
      }
    },
    /** Minutes from the regression's begin to the alarm; null = none. */
    minutesToAlarm() {
      const alarm = incidents.alarms[0];
      return alarm ? (alarm.atMs - startMs - options.regressionAtMs) / MINUTE : null;
    },
    /** What the meter said before the regression: minutes until a fourfold rise in complaints would page. */
    forecastMin: () => forecastMin,
  };
}

function meterOf(status: PromptStatus | undefined): number | null {
  const reading = status?.meter.find(({ signal, cohort }) => signal === 'complaints' && cohort === 'all');
  return reading?.minutesTo4x ?? null;
}

describe('the detector on the demonstration’s traffic', () => {
  it('raises no alarm in 60 healthy minutes, over 20 seeds', async () => {
    const alarms: string[] = [];
    for (const seed of SEEDS) {
      const quiet = run(seed, {
        minutes: 60,
        regressionAtMs: Number.POSITIVE_INFINITY,
        // The detector is asked after every tick of 10 s all the same: a look feeds the ticks one by one.
        lookEveryMs: 60_000,
      });
      await quiet.play();
      for (const { input } of quiet.incidents.alarms) alarms.push(`seed ${seed}: ${input.trigger.sentence}`);
    }
    expect(alarms).toEqual([]);
  }, 600_000);

  it('pages within five minutes of the regression’s begin, over 20 seeds, as soon as the meter said', async () => {
    const minutes: number[] = [];
    const forecasts: number[] = [];
    for (const seed of SEEDS) {
      const bad = run(seed, { minutes: 10, regressionAtMs: MINUTE, lookEveryMs: TICK_MS });
      await bad.play();
      const taken = bad.minutesToAlarm();
      expect({ seed, isNoticed: taken !== null }).toEqual({ seed, isNoticed: true });
      expect(bad.incidents.alarms[0]?.input.badVersion).toBe('v18');
      minutes.push(taken ?? Number.POSITIVE_INFINITY);
      forecasts.push(bad.forecastMin() ?? Number.NaN);
    }
    const sorted = minutes.toSorted((a, b) => a - b);
    const median = sorted[SEEDS.length / 2] ?? Number.NaN;
    expect(sorted[0]).toBeGreaterThan(0);
    expect(sorted.at(-1)).toBeLessThan(5);
    expect(median).toBeLessThan(3);
    // Feedback comes 5 to 90 s after a conversation began: the meter counts from what is known.
    const forecast = forecasts.reduce((sum, each) => sum + each, 0) / forecasts.length;
    expect(median / forecast).toBeGreaterThan(0.6);
    expect(median / forecast).toBeLessThan(2);
  }, 600_000);
});
