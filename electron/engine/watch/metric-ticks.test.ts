import { describe, expect, it } from 'vitest';
import type { ArmId } from '#shared/domain/detection/kind.ts';
import { workspacePromptSchema } from '#shared/model/workspace.ts';
import type { MetricsReader, SourceInstance } from '../connectors/kind.ts';
import { createFakeClock } from '../fake-clock.ts';
import type { WatchDeps } from './deps.ts';
import { templatesOf } from './metric-signals.ts';
import type { MetricNews, MetricTicksState } from './metric-ticks.ts';
import { createMetricTicks, metricCohorts } from './metric-ticks.ts';

const MINUTE = 60_000;
const SCRAPE_MS = 15_000;

/** Counters as a service keeps them: conversations and events per minute, from when they run, born with their first count. */
type Counters = {
  readonly conversationsPerMin: number;
  readonly eventsPerMin: number;
  /** Events begin here. */
  eventsFromMs?: number;
  /** Scrapes fail from here on. */
  goneFromMs?: number;
  /** Only the counter of events is no longer scraped from here on. */
  eventsGoneFromMs?: number;
};

const PROMPT = workspacePromptSchema.parse({
  id: 'support',
  service: 's',
  control: 'v17',
  candidate: 'v18',
  cohorts: ['acme', 'globex'],
  signals: {
    complaints: { source: 'prom', events: 'e{c=~"$cohort"}', conversations: 'n{c=~"$cohort"}' },
    safety: { source: 'prom', events: 'e', conversations: 'n{c=~"$cohort"}' },
    csat: { source: 'prom', sum: 's', count: 'n' },
  },
});

function bench(counters: (arm: ArmId, cohort: string) => Counters | null) {
  const clock = createFakeClock(Date.UTC(2026, 4, 9, 14, 0, 5));
  const bornMs = clock.nowMs() - 3 * 3_600_000;
  const trouble: { current: Error | 'hangs' | null } = { current: null };
  const armOf = (version: string): ArmId => (version === 'v18' ? 'candidate' : 'control');
  const lastScrape = (atMs: number, goneMs = Number.POSITIVE_INFINITY) =>
    Math.floor(Math.min(atMs, goneMs - 1) / SCRAPE_MS) * SCRAPE_MS;
  const startOfEvents = ({ eventsFromMs = bornMs }: Counters) => eventsFromMs;
  /** Value at a scrape, stretched to the window as Prometheus does. */
  const increase = (perMin: number, sinceMs: number, fromMs: number, toMs: number, goneMs?: number) => {
    const first = Math.max(
      Math.ceil(fromMs / SCRAPE_MS) * SCRAPE_MS,
      Math.ceil(sinceMs / SCRAPE_MS) * SCRAPE_MS,
    );
    const last = lastScrape(toMs, goneMs);
    if (last <= first) return null;
    const value = (atMs: number) => Math.floor((perMin * (atMs - sinceMs)) / MINUTE);
    return ((value(last) - value(first)) * (toMs - fromMs)) / (last - first);
  };
  const guarded = <T>(answer: () => T): Promise<T> => {
    if (trouble.current === 'hangs') return new Promise<never>(() => undefined);
    return trouble.current ? Promise.reject(trouble.current) : Promise.resolve(answer());
  };
  const sampleMs = (goneMs?: number) => {
    const newest = lastScrape(clock.nowMs(), goneMs);
    return clock.nowMs() - newest > 5 * MINUTE ? ('none' as const) : newest;
  };
  const metrics: MetricsReader = {
    range: () => Promise.reject(new Error('not asked for')),
    queryUrl: () => null,
    instant: ({ version, cohort, window }) =>
      guarded(() => {
        const of = counters(armOf(version), cohort);
        const { fromMs, toMs } = window;
        const gone = of?.goneFromMs;
        return {
          buckets: [
            {
              startMs: fromMs,
              numerator: of
                ? increase(of.eventsPerMin, startOfEvents(of), fromMs, toMs, of.eventsGoneFromMs ?? gone)
                : null,
              denominator: of ? increase(of.conversationsPerMin, bornMs, fromMs, toMs, gone) : null,
              sumSquares: null,
            },
          ],
          dataUpToMs: null,
          warnings: [],
        };
      }),
    newest: ({ version, cohort }) =>
      guarded(() => {
        const of = counters(armOf(version), cohort);
        if (!of) return { numerator: 'none', denominator: 'none' };
        const isBorn = startOfEvents(of) < clock.nowMs();
        return {
          numerator: isBorn ? sampleMs(of.eventsGoneFromMs ?? of.goneFromMs) : 'none',
          denominator: sampleMs(of.goneFromMs),
        };
      }),
  };
  const instance: SourceInstance = {
    baseUrl: null,
    metrics,
    probe: () => Promise.resolve(),
    test: () => Promise.resolve({ ok: true, latencyMs: 0, message: '', checks: [] }),
    close: () => Promise.resolve(),
  };
  const sources: WatchDeps['sources'] = {
    instance: () => instance,
    list: () => [],
    test: () => Promise.resolve({ ok: true, latencyMs: 0, message: '', checks: [] }),
    observe: (_id, call) => call(),
    start: () => undefined,
    stop: () => Promise.resolve(),
  };
  const ticksOf = (signal: 'complaints' | 'safety' | 'csat', saved?: MetricTicksState) =>
    createMetricTicks(
      { clock, sources },
      { prompt: PROMPT, signal, templates: templatesOf(PROMPT, signal)!, candidate: 'v18', control: 'v17' },
      saved,
    );
  /** What is taken over some minutes, looking every 15 s. */
  async function run(ticks: ReturnType<typeof ticksOf>, minutes: number): Promise<MetricNews[]> {
    const news: MetricNews[] = [];
    for (let step = 0; step < minutes * 4; step += 1) {
      const taking = ticks.take();
      await clock.advance(SCRAPE_MS);
      news.push(await taking);
    }
    return news;
  }
  return { clock, trouble, ticksOf, run };
}

const sumOf = (news: readonly MetricNews[], arm: ArmId, cohort?: string) => {
  const chosen = news
    .flatMap(({ increments }) => increments)
    .filter((each) => each.arm === arm && (cohort === undefined || each.cohort === cohort));
  return {
    conversations: chosen.reduce((sum, each) => sum + each.conversations, 0),
    events: chosen.reduce((sum, each) => sum + (each.events.complaints ?? each.events.safety ?? 0), 0),
  };
};

describe('a rate from a metrics source', () => {
  const steady = (arm: ArmId, cohort: string): Counters => ({
    conversationsPerMin: (arm === 'candidate' ? 10 : 90) * (cohort === 'globex' ? 2 : 1),
    eventsPerMin: arm === 'candidate' ? 0.7 : 2.3,
  });

  it('is given minute by minute, per cohort and arm, in whole counts that add up', async () => {
    const at = bench(steady);
    const news = await at.run(at.ticksOf('complaints'), 120);
    const { increments } = { increments: news.flatMap((each) => each.increments) };
    expect(increments.every(({ conversations }) => Number.isInteger(conversations))).toBe(true);
    expect(increments.every(({ bucketMs }) => (bucketMs + 10_000) % MINUTE === 0)).toBe(true);
    expect(new Set(increments.map(({ cohort }) => cohort))).toEqual(new Set(['acme', 'globex']));
    // The first minute begins the account, the last one is not over: 118 or 119 of 120 minutes, and less than 1 % too many.
    for (const [arm, cohort, perMin, events] of [
      ['candidate', 'acme', 10, 0.7],
      ['control', 'globex', 180, 2.3],
    ] as const) {
      const sum = sumOf(news, arm, cohort);
      expect(sum.conversations).toBeGreaterThanOrEqual(perMin * 117);
      expect(sum.conversations).toBeLessThanOrEqual(perMin * 120 * 1.01);
      expect(sum.events).toBeGreaterThanOrEqual(Math.floor(events * 117) - 1);
      expect(sum.events).toBeLessThanOrEqual(Math.ceil(events * 120 * 1.01));
    }
    // What was counted before the watch began is not given.
    const first = news.find((each) => each.increments.length > 0);
    expect(sumOf([first!], 'control', 'acme').conversations).toBeLessThan(100);
  });

  it('waits for a sample from after the minute, so that no arm is ahead of the other', async () => {
    const at = bench(steady);
    const ticks = at.ticksOf('complaints');
    for (const each of await at.run(ticks, 10)) {
      if (each.knownToMs !== null) expect(each.knownToMs).toBeLessThanOrEqual(at.clock.nowMs());
      for (const { bucketMs } of each.increments) expect(bucketMs + 10_000).toBe(each.knownToMs);
      const arms = each.increments.map(({ cohort, arm }) => `${cohort} ${arm}`);
      expect([0, 4]).toContain(new Set(arms).size);
    }
  });

  it('goes on after a restart where it was, and makes up for the time between', async () => {
    const whole = bench(steady);
    const expected = sumOf(await whole.run(whole.ticksOf('complaints'), 60), 'control');
    const at = bench(steady);
    const before = at.ticksOf('complaints');
    const first = await at.run(before, 20);
    const saved = JSON.parse(JSON.stringify(before.state())) as MetricTicksState;
    await at.clock.advance(20 * MINUTE);
    const second = await at.run(at.ticksOf('complaints', saved), 20);
    const sum = sumOf([...first, ...second], 'control');
    expect(Math.abs(sum.conversations - expected.conversations)).toBeLessThanOrEqual(270 * 1.02);
    expect(Math.abs(sum.events - expected.events)).toBeLessThanOrEqual(6);
  });

  it('takes a version whose counter of events was never born for one without events', async () => {
    const at = bench((arm, cohort) => ({
      ...steady(arm, cohort),
      ...(arm === 'candidate' ? { eventsFromMs: Number.POSITIVE_INFINITY } : {}),
    }));
    const news = await at.run(at.ticksOf('complaints'), 30);
    expect(sumOf(news, 'candidate').conversations).toBeGreaterThan(500);
    expect(sumOf(news, 'candidate').events).toBe(0);
    expect(sumOf(news, 'control').events).toBeGreaterThan(100);
    expect(news.at(-1)?.isStale).toEqual({ candidate: false, control: false });
  });

  it.each([
    ['every counter', { goneFromMs: 20 }],
    ['the counter of events', { eventsGoneFromMs: 20 }],
  ])('gives nothing of either arm while %s of one is stale', async (_what, gone) => {
    let startMs = 0;
    const at = bench((arm, cohort) => {
      const goneMs = Object.fromEntries(
        Object.entries(gone).map(([name, minutes]) => [name, startMs + minutes * MINUTE]),
      );
      return { ...steady(arm, cohort), ...(arm === 'control' ? goneMs : {}) };
    });
    startMs = at.clock.nowMs();
    const ticks = at.ticksOf('complaints');
    const before = await at.run(ticks, 20);
    expect(before.at(-1)?.isStale).toEqual({ candidate: false, control: false });
    const after = await at.run(ticks, 10);
    expect(after.at(-1)?.isStale).toEqual({ candidate: false, control: true });
    // The minute in which it stopped at most: its end has no sample after it.
    const late = after.flatMap(({ increments }) => increments);
    expect(late.every(({ bucketMs }) => bucketMs < startMs + 20 * MINUTE)).toBe(true);
    const rateOf = (arm: ArmId) => {
      const { conversations, events } = sumOf([...before, ...after], arm);
      return events / conversations;
    };
    expect(rateOf('control')).toBeCloseTo(4.6 / 270, 2);
  });

  it('leaves out what was counted while it was stale, and goes on when it is back', async () => {
    let startMs = 0;
    let isBack = false;
    const at = bench((arm, cohort) => ({
      ...steady(arm, cohort),
      ...(arm === 'control' && !isBack ? { goneFromMs: startMs + 10 * MINUTE } : {}),
    }));
    startMs = at.clock.nowMs();
    const ticks = at.ticksOf('complaints');
    await at.run(ticks, 20);
    isBack = true;
    const back = await at.run(ticks, 10);
    expect(back.at(-1)?.isStale.control).toBe(false);
    expect(sumOf(back, 'control').conversations).toBeLessThanOrEqual(270 * 10);
    expect(sumOf(back, 'control').conversations).toBeGreaterThan(270 * 7);
  });

  it('leaves out what spans a change of the share, until the reports of before are in', async () => {
    const at = bench(steady);
    const ticks = at.ticksOf('complaints');
    await at.run(ticks, 10);
    const changedAtMs = at.clock.nowMs();
    ticks.noteShareChange(changedAtMs);
    const news = await at.run(ticks, 30);
    const buckets = news.flatMap(({ increments }) => increments.map(({ bucketMs }) => bucketMs));
    expect(Math.min(...buckets)).toBeGreaterThan(changedAtMs + 15 * MINUTE);
    expect(sumOf(news, 'control').conversations).toBeLessThanOrEqual(270 * 15 * 1.02);
    expect(sumOf(news, 'control').conversations).toBeGreaterThan(270 * 12);
  });

  it.each([
    ['fails', new Error('Prometheus answered 503'), /503/],
    ['hangs', 'hangs' as const, /did not answer within 4 s/],
  ])('says so when the source %s, and makes up for it afterwards', async (_what, fault, words) => {
    const at = bench(steady);
    const ticks = at.ticksOf('complaints');
    const before = await at.run(ticks, 10);
    at.trouble.current = fault;
    const during = await at.run(ticks, 5);
    expect(during.at(-1)?.error).toMatch(words);
    expect(sumOf(during.slice(2), 'control').conversations).toBe(0);
    at.trouble.current = null;
    const after = await at.run(ticks, 10);
    expect(after.at(-1)?.error).toBeNull();
    const sum = sumOf([...before, ...during, ...after], 'control').conversations;
    expect(sum).toBeGreaterThan(270 * 22);
    expect(sum).toBeLessThanOrEqual(270 * 25 * 1.02);
  });

  it('waits for a version that is not there yet', async () => {
    const at = bench((arm, cohort) => (arm === 'control' ? steady(arm, cohort) : null));
    const news = await at.run(at.ticksOf('complaints'), 5);
    expect(news.at(-1)).toMatchObject({ knownToMs: null, error: null });
    expect(news.at(-1)?.isStale).toEqual({ candidate: false, control: false });
  });
});

describe('the rest of a metrics source', () => {
  it('knows cohorts only where every template does', () => {
    expect(metricCohorts(PROMPT, templatesOf(PROMPT, 'complaints')!)).toEqual(['acme', 'globex']);
    expect(metricCohorts(PROMPT, templatesOf(PROMPT, 'safety')!)).toEqual([]);
  });

  it('gives csat as ratings, sum and squares', async () => {
    const at = bench((arm) => ({
      conversationsPerMin: arm === 'candidate' ? 8 : 40,
      eventsPerMin: arm === 'candidate' ? 8 * 62 : 40 * 84,
    }));
    const news = await at.run(at.ticksOf('csat'), 40);
    const scores = news.flatMap((each) => each.scores).filter(({ arm }) => arm === 'candidate');
    expect(scores.every(({ cohort, endMs }) => cohort === '(none)' && endMs % MINUTE === 0)).toBe(true);
    const ratings = scores.reduce((sum, each) => sum + each.ratings, 0);
    expect(scores.reduce((sum, each) => sum + each.sum, 0) / ratings).toBeCloseTo(62, 0);
    expect(ratings).toBeGreaterThan(8 * 37);
    expect(ratings).toBeLessThan(8 * 41);
    expect(news.flatMap((each) => each.increments)).toEqual([]);
  });
});
