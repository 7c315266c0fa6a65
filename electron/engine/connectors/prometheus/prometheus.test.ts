import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '#engine/fake-clock.ts';
import type { Clock } from '#engine/clock.ts';
import { createClock } from '#engine/clock.ts';
import { startFakeServer } from '../fake-server.ts';
import type { FakeReply, FakeRequest } from '../fake-server.ts';
import type { ConnectorDeps, MetricsQuery } from '../kind.ts';
import { prometheusConnector, prometheusSettingsSchema } from './prometheus.ts';
import { fillTemplate, firstSelectorOf } from './template.ts';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

const NOW_MS = Date.UTC(2026, 4, 9, 14, 0, 10);
/** Stands at NOW_MS; deadlines are real. */
const clockAt = (nowMs: number): Clock => {
  const fake = createFakeClock(nowMs);
  const real = createClock();
  return { ...fake, deadline: (ms) => real.deadline(ms) };
};

async function start(
  answer: (form: URLSearchParams, request: FakeRequest) => FakeReply,
  extra: Record<string, unknown> = {},
) {
  const server = await startFakeServer((request) => answer(new URLSearchParams(request.body), request));
  const deps: ConnectorDeps = {
    clock: clockAt(NOW_MS),
    fetch: globalThis.fetch,
    readSecret: () => Promise.resolve('prometheus-secret'),
    log: { info: () => undefined, warn: () => undefined },
    dataDir: '/nonexistent',
  };
  const settings = prometheusSettingsSchema.parse({
    baseUrl: `${server.url}/prom/`,
    timeoutMs: 500,
    ...extra,
  });
  const source = await prometheusConnector.create({ id: 'prometheus', settings }, deps);
  if (!source.metrics) throw new Error('no metrics');
  running.push(source, server);
  return { server, source, metrics: source.metrics };
}

const complaints: MetricsQuery = {
  signal: 'complaints',
  templates: {
    source: 'prometheus',
    events: 'sum(increase(complaints_total{prompt="$prompt",version="$version",cohort=~"$cohort"}[$window]))',
    conversations:
      'sum(increase(conversations_total{prompt="$prompt",version="$version",cohort=~"$cohort"}[$window]))',
  },
  prompt: 'support',
  version: 'v18',
  cohort: 'all',
  window: { fromMs: NOW_MS - 130_000, toMs: NOW_MS },
  bucketMs: 60_000,
};
const csat: MetricsQuery = {
  ...complaints,
  signal: 'csat',
  templates: {
    source: 'prometheus',
    sum: 'sum(csat_sum{v="$version"})',
    count: 'sum(csat_count{v="$version"})',
  },
};

const ok = (data: unknown, extra: Record<string, unknown> = {}): FakeReply => ({
  json: { status: 'success', data, ...extra },
});
const matrix = (...series: [number, string][][]) =>
  ok({
    resultType: 'matrix',
    result: series.map((values, index) => ({ metric: { i: String(index) }, values })),
  });
const vector = (...values: string[]) =>
  ok({
    resultType: 'vector',
    result: values.map((value, index) => ({ metric: { i: String(index) }, value: [NOW_MS / 1000, value] })),
  });

describe('a range of buckets', () => {
  it('asks on multiples of the step, by POST, for buckets that are over, and reads strings, NaN and gaps', async () => {
    const endS = Math.floor(NOW_MS / 60_000) * 60;
    const { server, metrics } = await start((form, request) => {
      if (request.path.endsWith('/query')) return vector(String(endS - 7.5));
      return form.get('query')?.includes('complaints_total')
        ? matrix([
            [endS - 60, 'NaN'],
            [endS, '3.5'],
          ])
        : matrix([
            [endS - 120, '41'],
            [endS, '+Inf'],
          ]);
    });
    const answer = await metrics.range({
      ...complaints,
      window: { fromMs: NOW_MS - 190_000, toMs: NOW_MS },
    });
    expect(answer.buckets).toEqual([
      { startMs: (endS - 180) * 1000, numerator: null, denominator: 41, sumSquares: null },
      { startMs: (endS - 120) * 1000, numerator: null, denominator: null, sumSquares: null },
      { startMs: (endS - 60) * 1000, numerator: 3.5, denominator: null, sumSquares: null },
    ]);
    expect(answer.dataUpToMs).toBe((endS - 7.5) * 1000);
    const ranges = server.requests.filter((request) => request.path === '/prom/api/v1/query_range');
    expect(ranges).toHaveLength(2);
    for (const request of ranges) {
      const form = new URLSearchParams(request.body);
      expect(request.method).toBe('POST');
      expect(request.headers['content-type']).toContain('application/x-www-form-urlencoded');
      expect(form.get('step')).toBe('60');
      expect(Number(form.get('start')) % 60).toBe(0);
      expect(Number(form.get('end'))).toBe(endS);
      expect(form.get('query')).toContain('[60s]');
      expect(form.get('query')).toContain('cohort=~".*"');
      expect(form.get('timeout')).toBe('450ms');
    }
  });

  it('gives null, not 0, for a series that is absent, and no data age', async () => {
    const { metrics } = await start((_form, request) =>
      request.path.endsWith('/query') ? vector() : matrix(),
    );
    const answer = await metrics.range(complaints);
    expect(answer.buckets.every((bucket) => bucket.numerator === null && bucket.denominator === null)).toBe(
      true,
    );
    expect(answer.dataUpToMs).toBeNull();
  });

  it('adds several series up and says so; hands on what the server warns of', async () => {
    const endS = Math.floor(NOW_MS / 60_000) * 60;
    const { metrics } = await start((_form, request) =>
      request.path.endsWith('/query')
        ? vector()
        : {
            json: {
              ...(matrix([[endS, '1']], [[endS, '2']]).json as Record<string, unknown>),
              warnings: ['one store is down'],
              infos: ['PromQL info'],
            },
          },
    );
    const answer = await metrics.range(complaints);
    expect(answer.buckets.at(-1)?.denominator).toBe(3);
    expect(answer.warnings.join('\n')).toContain('one store is down');
    expect(answer.warnings.join('\n')).toContain('PromQL info');
    expect(answer.warnings.join('\n')).toContain('2 series');
    // Without a newest sample the last bucket with data stands for it.
    expect(answer.dataUpToMs).toBe(endS * 1000);
  });

  it('refuses more points than Prometheus gives, before asking', async () => {
    const { server, metrics } = await start(() => matrix());
    await expect(
      metrics.range({ ...complaints, bucketMs: 1000, window: { fromMs: NOW_MS - 20_000_000, toMs: NOW_MS } }),
    ).rejects.toMatchObject({ name: 'SourceError', message: expect.stringContaining('11000') as string });
    expect(server.requests).toHaveLength(0);
    const none = await metrics.range({
      ...complaints,
      window: { fromMs: NOW_MS + 60_000, toMs: NOW_MS + 120_000 },
    });
    expect(none.buckets).toEqual([]);
  });
});

describe('one window at once', () => {
  it('asks at its end with the window as duration', async () => {
    const { server, metrics } = await start((form) => {
      const query = form.get('query') ?? '';
      if (query.startsWith('max(timestamp(')) return vector(String(NOW_MS / 1000 - 4));
      return query.includes('complaints_total') ? vector('7') : vector('120.25');
    });
    const answer = await metrics.instant(complaints);
    expect(answer.buckets).toEqual([
      { startMs: complaints.window.fromMs, numerator: 7, denominator: 120.25, sumSquares: null },
    ]);
    expect(answer.dataUpToMs).toBe(NOW_MS - 4000);
    const forms = server.requests.map((request) => new URLSearchParams(request.body));
    expect(forms.map((form) => form.get('query')).join('\n')).toContain('[130s]');
    expect(forms.every((form) => form.get('time') === String(NOW_MS / 1000))).toBe(true);
    expect(forms.map((form) => form.get('query'))).toContain(
      'max(timestamp(conversations_total{prompt="support",version="v18",cohort=~".*"}))',
    );
  });

  it('reads means: sum, count, and the squares where there is a template', async () => {
    const { metrics } = await start((form) => {
      const query = form.get('query') ?? '';
      if (query.startsWith('max(timestamp(')) return vector();
      return query.includes('squares') ? ok({ resultType: 'scalar', result: [0, '9'] }) : vector('5');
    });
    expect((await metrics.instant(csat)).buckets[0]).toMatchObject({
      numerator: 5,
      denominator: 5,
      sumSquares: null,
    });
    const withSquares = { ...csat, templates: { ...csat.templates, sumSquares: 'scalar(squares)' } };
    expect((await metrics.instant(withSquares)).buckets[0]?.sumSquares).toBe(9);
  });

  it('says how old numerator and denominator are, and that a counter is not there or cannot be asked about', async () => {
    const { metrics } = await start((form) => {
      const query = form.get('query') ?? '';
      return query.includes('conversations_total') ? vector(String(NOW_MS / 1000 - 7)) : vector();
    });
    expect(await metrics.newest(complaints)).toEqual({ numerator: 'none', denominator: NOW_MS - 7000 });
    const plain = { ...complaints.templates, events: 'job_complaints_increase' };
    expect(await metrics.newest({ ...complaints, templates: plain })).toMatchObject({ numerator: 'untold' });
    const failing = await start(() => ({ status: 500, json: { status: 'error', error: 'no disk' } }));
    await expect(failing.metrics.newest(complaints)).rejects.toMatchObject({ name: 'SourceError' });
  });

  it('names the template that is missing', async () => {
    const { metrics } = await start(() => vector());
    await expect(
      metrics.instant({ ...complaints, templates: { source: 'prometheus', events: 'x' } }),
    ).rejects.toMatchObject({ message: expect.stringContaining('"conversations"') as string });
  });
});

describe('a Prometheus with troubles', () => {
  const bad = (status: number, errorType: string, error: string): FakeReply => ({
    status,
    json: { status: 'error', errorType, error },
  });

  it('says which template is wrong and where', async () => {
    const { metrics } = await start(() =>
      bad(400, 'bad_data', '1:23: parse error: unexpected identifier "foo"'),
    );
    const failure = metrics.instant(complaints);
    await expect(failure).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(
        /signals\.complaints\.(events|conversations).*1:23: parse error/,
      ) as string,
    });
  });

  it('takes 422 of other servers for the same', async () => {
    const { metrics } = await start(() => bad(422, '422', 'cannot parse'));
    await expect(metrics.range(complaints)).rejects.toMatchObject({ status: 422 });
  });

  it('gives up after its one deadline, whatever drips', async () => {
    const { server, metrics } = await start(() => vector('1'));
    for (const kind of ['hang', 'drip'] as const) {
      for (let index = 0; index < 6; index += 1) server.faultNext({ kind, after: false });
      await expect(metrics.instant(complaints)).rejects.toMatchObject({
        message: 'Prometheus did not answer within 500 ms.',
      });
    }
  });

  it('tries a read again once after 503, and gives the wish to wait on when that is long', async () => {
    const { server, source } = await start(() => vector('1'));
    server.faultNext({ kind: 'answer', reply: bad(503, 'timeout', 'query timed out'), after: false });
    await source.probe();
    expect(server.requests).toHaveLength(2);
    server.faultNext({
      kind: 'answer',
      reply: { ...bad(429, 'limit', 'too many'), headers: { 'retry-after': '120' } },
      after: false,
    });
    await expect(source.probe()).rejects.toMatchObject({ status: 429, retryAfterMs: 120_000 });
    expect(server.requests).toHaveLength(3);
  });

  it('stops when the caller goes away', async () => {
    const { server, metrics } = await start(() => vector('1'));
    for (let index = 0; index < 6; index += 1) server.faultNext({ kind: 'hang', after: false });
    const leaving = new AbortController();
    const asked = metrics.instant(complaints, leaving.signal);
    await expect.poll(() => server.requests.length).toBeGreaterThan(0);
    leaving.abort(new Error('gone'));
    await expect(asked).rejects.toMatchObject({ name: 'SourceError' });
  });
});

describe('reaching Prometheus', () => {
  it('sends token or password and tenant, and shows neither', async () => {
    const { server, source } = await start(
      () => ({ status: 401, json: { error: 'prometheus-secret is wrong' } }),
      {
        token: { env: 'TOKEN' },
        tenant: 'team-a',
      },
    );
    const test = await source.test();
    expect(test.ok).toBe(false);
    expect(JSON.stringify(test)).not.toContain('prometheus-secret');
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer prometheus-secret',
      'x-scope-orgid': 'team-a',
    });
    const basic = await start(() => vector('1'), { user: 'me', password: { env: 'PASSWORD' } });
    await basic.source.probe();
    expect(basic.server.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from('me:prometheus-secret').toString('base64')}`,
    );
  });

  it('tests itself: version and a sample query', async () => {
    const { source } = await start((_form, request) =>
      request.path === '/prom/api/v1/status/buildinfo' ? ok({ version: '2.42.0' }) : vector('1'),
    );
    expect(await source.test()).toMatchObject({
      ok: true,
      checks: [
        { name: 'reachable', ok: true, detail: 'version 2.42.0' },
        { name: 'may query', ok: true },
      ],
    });
  });

  it('links to the same queries in its own page', async () => {
    const { metrics, server } = await start(() => vector('1'));
    const url = new URL(metrics.queryUrl(complaints) ?? '');
    expect(url.origin + url.pathname).toBe(`${server.url}/prom/graph`);
    expect(url.searchParams.get('g0.expr')).toContain('complaints_total{prompt="support",version="v18"');
    expect(url.searchParams.get('g0.range_input')).toBe('130s');
  });
});

describe('templates', () => {
  const values = { prompt: 'support', version: 'v18', cohort: 'all', windowMs: 300_000 };
  const fill = (template: string, changed: Partial<typeof values> = {}) =>
    fillTemplate('events', template, { ...values, ...changed });

  it('fills values, durations and braces', () => {
    expect(fill('x{p="$prompt",v="${version}"}[$window]')).toBe('x{p="support",v="v18"}[300s]');
    expect(fill('x[$window]', { windowMs: 1500 })).toBe('x[1500ms]');
    expect(fill('x{p="$prompter"}')).toBe('x{p="$prompter"}');
  });

  it('lets no value out of its quotes', () => {
    const nasty = 'v"} or up{a="\\\n$window';
    expect(fill('x{v="$version"}', { version: nasty })).toBe('x{v="v\\"} or up{a=\\"\\\\\\n$window"}');
    expect(fill("x{v='$version'}", { version: "it's" })).toBe("x{v='it\\'s'}");
    expect(() => fill('x{v=`$version`}', { version: 'a`b' })).toThrow(/backtick/);
  });

  it('escapes for a regular expression where the matcher is one', () => {
    expect(fill('x{v=~"$version",c!~"$cohort"}', { version: 'v1.2+b', cohort: 'a|b' })).toBe(
      'x{v=~"v1\\\\.2\\\\+b",c!~"a\\\\|b"}',
    );
    expect(fill('x{v=~`$version`}', { version: 'v1.2' })).toBe('x{v=~`v1\\.2`}');
  });

  it('says what stands wrong', () => {
    expect(() => fill('x{v=$version}')).toThrow(/outside of quotes/);
    expect(() => fill('x{c="$cohort"}')).toThrow(/all cohorts/);
    expect(fill('x{c="$cohort"}', { cohort: 'B' })).toBe('x{c="B"}');
    expect(() => fill('x{c="open')).toThrow(/never closed/);
  });

  it('finds the selector whose newest sample tells the age', () => {
    expect(firstSelectorOf('sum by (a) (increase(x_total{v="}["}[5m]))')).toBe('x_total{v="}["}');
    expect(firstSelectorOf('rate(x_total[5m])')).toBe('x_total');
    expect(firstSelectorOf('vector(1)')).toBeNull();
  });
});
