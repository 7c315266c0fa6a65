import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '#engine/clock.ts';
import { createFakeClock } from '#engine/fake-clock.ts';
import type { Clock } from '#engine/clock.ts';
import type { ConnectorDeps, SourceInstance } from '#engine/connectors/kind.ts';
import { prometheusConnector, prometheusSettingsSchema } from '#engine/connectors/prometheus/prometheus.ts';
import { templatesOf } from '#engine/watch/metric-signals.ts';
import { createMetricTicks } from '#engine/watch/metric-ticks.ts';
import type { MetricNews } from '#engine/watch/metric-ticks.ts';
import { workspacePromptSchema } from '#shared/model/workspace.ts';
import { missingPrometheusReason, startPrometheus } from '../support/servers/prometheus.ts';
import type { PrometheusServer } from '../support/servers/prometheus.ts';

const missing = await missingPrometheusReason();
if (missing !== undefined) console.warn(`SKIPPED: minutes from a real Prometheus: ${missing}`);

const MINUTE = 60_000;
const SCRAPE_MS = 15_000;
/** Two hours and a half of history, in blocks of the past. */
const BEGIN_MS = Math.floor(Date.now() / MINUTE) * MINUTE - 6 * 60 * MINUTE;
const MINUTES = 150;

type Line = { readonly name: string; readonly labels: string; readonly samples: [number, number][] };

/** One counter per pod: `perMin` counts at even distances, absent until the first, from zero again where the pod restarts. */
function counter(
  name: string,
  labels: string,
  perMin: number,
  more: { readonly restartMin?: number; readonly endMin?: number; readonly offsetMs?: number } = {},
): Line {
  const { restartMin = Number.POSITIVE_INFINITY, endMin = MINUTES, offsetMs = 0 } = more;
  const samples: [number, number][] = [];
  for (let atMs = offsetMs; atMs <= endMin * MINUTE; atMs += SCRAPE_MS) {
    const sinceMs = atMs < restartMin * MINUTE ? 0 : restartMin * MINUTE;
    const value = Math.floor((perMin * (atMs - sinceMs)) / MINUTE);
    if (value > 0) samples.push([BEGIN_MS + atMs, value]);
  }
  return { name, labels, samples };
}

function openMetrics(lines: readonly Line[]): string {
  const names = [...new Set(lines.map(({ name }) => name))];
  const text = names.flatMap((name) => [
    `# TYPE ${name.replace(/_total$/, '')} counter`,
    ...lines
      .filter((line) => line.name === name)
      .flatMap(({ labels, samples }) =>
        samples.map(([atMs, value]) => `${name}{${labels}} ${value} ${atMs / 1000}`),
      ),
  ]);
  return `${text.join('\n')}\n# EOF\n`;
}

const prompt = workspacePromptSchema.parse({
  id: 'support',
  service: 's',
  control: 'v17',
  candidate: 'v18',
  cohorts: ['acme', 'globex'],
  signals: {
    complaints: {
      source: 'prometheus',
      events: 'sum(increase(complaints_total{version="$version",cohort=~"$cohort"}[$window]))',
      conversations: 'sum(increase(conversations_total{version="$version",cohort=~"$cohort"}[$window]))',
    },
    csat: {
      source: 'prometheus',
      sum: 'sum(increase(csat_sum_total{version="$version"}[$window]))',
      count: 'sum(increase(csat_count_total{version="$version"}[$window]))',
      sumSquares: 'sum(increase(csat_squares_total{version="$version"}[$window]))',
    },
  },
});

describe.skipIf(missing !== undefined)('minutes from a real Prometheus', () => {
  let prometheus: PrometheusServer;
  const sources: SourceInstance[] = [];

  beforeAll(async () => {
    const pods = [0, 4_000, 9_000];
    const lines = pods.flatMap((offsetMs, pod) => {
      const of = (version: string, cohort: string) => `version="${version}",cohort="${cohort}",pod="${pod}"`;
      return [
        counter('conversations_total', of('v17', 'acme'), 30, { offsetMs }),
        counter('complaints_total', of('v17', 'acme'), 0.3, { offsetMs }),
        counter('conversations_total', of('v17', 'globex'), 60, { offsetMs }),
        counter('complaints_total', of('v17', 'globex'), 0.6, { offsetMs }),
        // A pod of the candidate restarts in the middle: its counters begin anew.
        counter('conversations_total', of('v18', 'acme'), 4, {
          offsetMs,
          ...(pod === 1 ? { restartMin: 75 } : {}),
        }),
        counter('complaints_total', of('v18', 'acme'), 0.4, { offsetMs }),
        // The candidate's pods of the other cohort are gone for good after 100 minutes.
        counter('conversations_total', of('v18', 'globex'), 8, { offsetMs, endMin: 100 }),
        counter('complaints_total', of('v18', 'globex'), 0.1, { offsetMs, endMin: 100 }),
        ...['v17', 'v18'].flatMap((version) => [
          counter('csat_count_total', `version="${version}",pod="${pod}"`, 5, { offsetMs }),
          counter('csat_sum_total', `version="${version}",pod="${pod}"`, version === 'v17' ? 400 : 350, {
            offsetMs,
          }),
          counter('csat_squares_total', `version="${version}",pod="${pod}"`, 33_000, { offsetMs }),
        ]),
      ];
    });
    prometheus = await startPrometheus({ targets: [], history: openMetrics(lines) });
  });
  afterAll(async () => {
    await Promise.all(sources.map((source) => source.close()));
    await prometheus?.stop();
  });

  /** Looks every 15 s of the history from its 40th minute on; deadlines are real. */
  async function replay(signal: 'complaints' | 'csat', minutes: number): Promise<MetricNews[]> {
    const clock = createFakeClock(BEGIN_MS + 40 * MINUTE + 5_000);
    const real = createClock();
    const both: Clock = { ...clock, deadline: (ms) => real.deadline(ms === 400 ? 10_000 : ms) };
    const deps: ConnectorDeps = {
      clock: both,
      fetch: globalThis.fetch,
      readSecret: () => Promise.reject(new Error('no secret here')),
      log: { info: () => undefined, warn: () => undefined },
      dataDir: '/nonexistent',
    };
    const settings = prometheusSettingsSchema.parse({ baseUrl: prometheus.url, timeoutMs: 4_000 });
    const source = await prometheusConnector.create({ id: 'prometheus', settings }, deps);
    sources.push(source);
    const ticks = createMetricTicks(
      {
        clock: both,
        sources: {
          instance: () => source,
          list: () => [],
          test: () => source.test(),
          observe: (_id, call) => call(),
          start: () => undefined,
          stop: () => Promise.resolve(),
        },
      },
      { prompt, signal, templates: templatesOf(prompt, signal)!, candidate: 'v18', control: 'v17' },
    );
    const news: MetricNews[] = [];
    for (let step = 0; step < minutes; step += 1) {
      news.push(await ticks.take());
      await clock.advance(MINUTE);
    }
    return news;
  }

  it('adds up to what the service counted, through anchors, a restarted pod and pods that are gone', async () => {
    const news = await replay('complaints', 100);
    expect(news.flatMap(({ error }) => (error === null ? [] : [error]))).toEqual([]);
    const sum = (version: 'candidate' | 'control', cohort: string) => {
      const rows = news
        .flatMap(({ increments }) => increments)
        .filter((each) => each.arm === version && each.cohort === cohort);
      return {
        conversations: rows.reduce((total, each) => total + each.conversations, 0),
        events: rows.reduce((total, each) => total + (each.events.complaints ?? 0), 0),
        lastMs: Math.max(...rows.map(({ bucketMs }) => bucketMs)),
      };
    };
    // 99 minutes at 3 pods; the restarted pod loses what it counted between its last scrape and its end.
    const acme = sum('candidate', 'acme');
    expect(Math.abs(acme.conversations - 12 * 99)).toBeLessThanOrEqual(4);
    expect(Math.abs(acme.events - 1.2 * 99)).toBeLessThanOrEqual(2);
    const control = sum('control', 'acme');
    expect(Math.abs(control.conversations - 90 * 99)).toBeLessThanOrEqual(9);
    expect(Math.abs(control.events - 0.9 * 99)).toBeLessThanOrEqual(2);
    // Nothing of either arm once the candidate's counters stand still.
    for (const version of ['candidate', 'control'] as const) {
      expect(sum(version, 'globex').lastMs).toBeLessThan(BEGIN_MS + 100 * MINUTE);
      expect(sum(version, 'globex').lastMs).toBeGreaterThan(BEGIN_MS + 95 * MINUTE);
    }
    expect(news.at(-1)?.isStale).toEqual({ candidate: false, control: false });
  }, 120_000);

  it('gives csat by its sums', async () => {
    const news = await replay('csat', 30);
    const scores = news.flatMap((each) => each.scores).filter(({ arm }) => arm === 'candidate');
    const total = (pick: (score: (typeof scores)[number]) => number) =>
      scores.reduce((sum, each) => sum + pick(each), 0);
    const ratings = total((each) => each.ratings);
    expect(ratings).toBeGreaterThan(15 * 26);
    expect(ratings).toBeLessThan(15 * 31);
    expect(total((each) => each.sum) / ratings).toBeCloseTo(70, 0);
    expect(Math.abs(total((each) => each.sumSquares) / ratings / 6_600 - 1)).toBeLessThan(0.02);
  }, 60_000);
});
