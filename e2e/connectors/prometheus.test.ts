import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '#engine/clock.ts';
import type { ConnectorDeps, MetricsQuery, SourceInstance } from '#engine/connectors/kind.ts';
import { prometheusConnector, prometheusSettingsSchema } from '#engine/connectors/prometheus/prometheus.ts';
import { missingPrometheusReason, startPrometheus } from '../support/servers/prometheus.ts';
import type { PrometheusServer } from '../support/servers/prometheus.ts';

const missing = await missingPrometheusReason();
if (missing !== undefined) console.warn(`SKIPPED: the Prometheus connector on a real Prometheus: ${missing}`);

describe.skipIf(missing !== undefined)('the Prometheus connector on a real Prometheus', () => {
  const registry = new Registry();
  const labelNames = ['prompt', 'version', 'cohort'] as const;
  const conversations = new Counter({
    name: 'conversations_total',
    help: 'h',
    labelNames,
    registers: [registry],
  });
  const complaints = new Counter({ name: 'complaints_total', help: 'h', labelNames, registers: [registry] });
  let exporter: Server;
  let prometheus: PrometheusServer;
  let source: SourceInstance;
  let traffic: NodeJS.Timeout;

  const create = (timeoutMs: number) => {
    const deps: ConnectorDeps = {
      clock: createClock(),
      fetch: globalThis.fetch,
      readSecret: () => Promise.reject(new Error('no secret here')),
      log: { info: () => undefined, warn: () => undefined },
      dataDir: '/nonexistent',
    };
    const settings = prometheusSettingsSchema.parse({ baseUrl: prometheus.url, timeoutMs });
    return prometheusConnector.create({ id: 'prometheus', settings }, deps);
  };
  const query = (changed: Partial<MetricsQuery> = {}): MetricsQuery => ({
    signal: 'complaints',
    templates: {
      source: 'prometheus',
      events:
        'sum(increase(complaints_total{prompt="$prompt",version="$version",cohort=~"$cohort"}[$window]))',
      conversations:
        'sum(increase(conversations_total{prompt="$prompt",version="$version",cohort=~"$cohort"}[$window]))',
    },
    prompt: 'support "night" \\ agent',
    version: 'v1.8',
    cohort: 'all',
    window: { fromMs: Date.now() - 20_000, toMs: Date.now() },
    bucketMs: 5000,
    ...changed,
  });

  beforeAll(async () => {
    exporter = createServer((_request, response) => {
      void registry.metrics().then((text) => response.end(text));
    });
    await new Promise<void>((resolve) => {
      exporter.listen(0, '127.0.0.1', resolve);
    });
    const { port } = exporter.address() as AddressInfo;
    const labels = { prompt: 'support "night" \\ agent', version: 'v1.8' };
    const serve = () => {
      conversations.inc({ ...labels, cohort: 'A' }, 10);
      conversations.inc({ ...labels, cohort: 'B' }, 10);
      complaints.inc({ ...labels, cohort: 'B' }, 2);
      // A neighbour whose version only a regular expression would take for ours.
      conversations.inc({ ...labels, version: 'v1x8', cohort: 'A' }, 1000);
    };
    serve();
    traffic = setInterval(serve, 500);
    prometheus = await startPrometheus({ targets: [{ job: 'service', address: `127.0.0.1:${port}` }] });
    source = await create(10_000);
  });
  afterAll(async () => {
    clearInterval(traffic);
    await source?.close();
    await prometheus?.stop();
    exporter.close();
  });

  it('tests itself and says the version', async () => {
    await source.probe();
    const test = await source.test();
    expect(test).toMatchObject({ ok: true });
    expect(test.checks[0]?.detail).toMatch(/^version \d+\.\d+/);
  });

  it('reads counts of one window, by cohort, with the age of the newest sample', async () => {
    const reading = async (changed: Partial<MetricsQuery> = {}) => {
      const now = Date.now();
      const answer = await source.metrics!.instant(
        query({ window: { fromMs: now - 20_000, toMs: now }, ...changed }),
      );
      return { ...answer, bucket: answer.buckets[0]!, askedMs: now };
    };
    await expect.poll(async () => (await reading()).bucket.numerator, { timeout: 45_000 }).toBeGreaterThan(0);
    const all = await reading();
    expect(all.bucket.denominator! / all.bucket.numerator!).toBeCloseTo(10, 0);
    expect(all.dataUpToMs).toBeLessThanOrEqual(all.askedMs);
    expect(all.dataUpToMs).toBeGreaterThan(all.askedMs - 300_000);
    const cohortB = await reading({ cohort: 'B' });
    expect(cohortB.bucket.denominator! / cohortB.bucket.numerator!).toBeCloseTo(5, 0);
    // Cohort A never complained: there is no such series, which is not the same as none.
    const cohortA = await reading({ cohort: 'A' });
    expect(cohortA.bucket.numerator).toBeNull();
    expect(cohortA.bucket.denominator).toBeGreaterThan(0);
    expect((await reading({ version: 'v9' })).bucket.denominator).toBeNull();
    expect((await reading({ version: 'v9' })).dataUpToMs).toBeNull();
  });

  it('says how old the samples behind a query are, and which counter was never born', async () => {
    const newest = (cohort: string) => source.metrics!.newest(query({ cohort }));
    const askedMs = Date.now();
    const cohortB = await newest('B');
    expect(cohortB.numerator).toBeGreaterThan(askedMs - 10_000);
    expect(cohortB.denominator).toBeGreaterThan(askedMs - 10_000);
    expect((await newest('A')).numerator).toBe('none');
    expect((await newest('A')).denominator).toBeGreaterThan(askedMs - 10_000);
  });

  it('reads buckets over time', async () => {
    await expect
      .poll(
        async () => {
          const toMs = Date.now();
          const answer = await source.metrics!.range(query({ window: { fromMs: toMs - 30_000, toMs } }));
          return answer.buckets.filter((bucket) => (bucket.denominator ?? 0) > 0).length;
        },
        { timeout: 45_000 },
      )
      .toBeGreaterThanOrEqual(2);
    const toMs = Date.now();
    const { buckets } = await source.metrics!.range(query({ window: { fromMs: toMs - 30_000, toMs } }));
    expect(buckets.every((bucket) => bucket.startMs % 5000 === 0)).toBe(true);
    expect(buckets.every((bucket) => bucket.startMs + 5000 <= toMs)).toBe(true);
  });

  it('says where a query is wrong', async () => {
    const wrong = query({
      templates: {
        source: 'prometheus',
        events: 'sum(increase(x_total[$window])',
        conversations: 'vector(1)',
      },
    });
    await expect(source.metrics!.instant(wrong)).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/signals\.complaints\.events.*parse error/) as string,
    });
  });

  it('gives up in time while Prometheus hangs, and reads again afterwards', async () => {
    const impatient = await create(700);
    prometheus.pause();
    try {
      await expect(impatient.metrics!.instant(query())).rejects.toThrow('did not answer within 700 ms');
      await expect(impatient.probe()).rejects.toMatchObject({ name: 'SourceError' });
    } finally {
      prometheus.resume();
    }
    await source.probe();
    await impatient.close();
  });
});
