import { describe, expect, it } from 'vitest';
import type { StreamId } from '#shared/model/detection.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import { BUCKETS, bucketOf } from '../connectors/flag-bucket.ts';
import { createFleet } from '../fleet/fleet.ts';
import { createFakeIncidents, NO_POLICIES } from '../watch/fake-incidents.ts';
import { createMemoryEvidence, type Started } from '../watch/memory-evidence.ts';
import { createMemoryTrialFiles } from '../watch/trial/memory-trial-files.ts';
import { createWatchDesk } from '../watch/watch-desk.ts';
import { flagKeyOf, regressionOf, SUPPORT } from './services.ts';

const MINUTE = 60_000;
const TICK_MS = 10_000;
const SHIPPED_MS = 18 * MINUTE;
const STREAM_OF: Readonly<Record<string, StreamId>> = {
  complaint: 'complaints',
  csat: 'csat',
  safety: 'safety',
};
const textOf = (attributes: ReadonlyMap<string, unknown>, key: string) => {
  const value = attributes.get(key);
  return typeof value === 'string' ? value : '';
};
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

/** The demonstration's own traffic, straight into the watch: no sockets and no waiting, so that hours can be run. */
function run(
  seed: number,
  options: { readonly minutes: number; readonly regressionAtMs: number; readonly lookEveryMs: number },
) {
  const startMs = Date.UTC(2026, 4, 9, 14);
  const originMs = startMs - SHIPPED_MS;
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
    prompts: [{ id: SUPPORT.id, service: 's', control: 'v17', candidate: 'v18' }],
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
  const fleet = createFleet({ prompts: [SUPPORT], seed, originMs, flagKeyOf });
  const isCandidate = (user: string) =>
    bucketOf(flagKeyOf(SUPPORT.id), user) < SUPPORT.candidateShare01 * BUCKETS;
  fleet.rule(SUPPORT.id, { atMs: originMs, versionFor: (user) => (isCandidate(user) ? 'v18' : 'v17') });
  for (const fault of regressionOf(SUPPORT))
    fleet.fault({ fault, fromMs: startMs + options.regressionAtMs, untilMs: Number.POSITIVE_INFINITY });
  const begun = new Map<string, Started>();

  /** What the receiver would make of it, without its tables. */
  function traffic(upToMs: number): void {
    for (const one of fleet.advanceTo(upToMs)) {
      if (one.kind === 'span') {
        const { attributes, traceId, startMs: beganMs } = one.span;
        let started = begun.get(traceId);
        if (!started) {
          const version = textOf(attributes, 'gen_ai.prompt.version');
          started = {
            prompt: SUPPORT.id,
            version,
            cohort: textOf(attributes, 'tenant.cohort'),
            startMs: beganMs,
          };
          begun.set(traceId, started);
          evidence.start(started);
        }
        if (attributes.has('error.type')) evidence.report(started, 'downstream');
      } else {
        const { attributes, traceId } = one.record;
        const started = begun.get(traceId);
        const name = textOf(attributes, 'gen_ai.evaluation.name');
        const stream = STREAM_OF[name];
        if (started && stream)
          evidence.report(started, stream, Number(attributes.get('gen_ai.evaluation.score.value')));
      }
    }
  }

  let forecastMin: number | null = null;
  return {
    incidents,
    async play(): Promise<void> {
      const endMs = startMs + options.minutes * MINUTE;
      for (let fromMs = originMs; fromMs < endMs && incidents.alarms.length === 0; fromMs += TICK_MS) {
        nowMs = fromMs + TICK_MS;
        traffic(nowMs);
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
