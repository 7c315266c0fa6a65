import { describe, expect, it } from 'vitest';
import type { Rollback } from '#shared/model/rollback.ts';
import type { MetricsReader, SourceInstance } from '../connectors/kind.ts';
import { bench, MINUTE, PROMPT, ticks, workspaceOf } from './watch-bench.ts';

const flippedAt = (atMs: number) => {
  const lamp = { state: 'yes' as const, atMs, afterMs: 0, detail: '' };
  const rollback: Rollback = {
    operationId: 'op-00000001',
    incidentId: null,
    promptId: PROMPT,
    lever: 'flag',
    source: 'flags',
    key: 'k',
    environment: 'production',
    operation: { kind: 'serve-control', version: 'v17' },
    fromVersion: 'v18',
    toVersion: 'v17',
    reason: null,
    actor: 'ana',
    state: 'in-effect',
    stateDetail: '',
    pressedAtMs: atMs,
    settledAtMs: atMs,
    revisionShown: null,
    before: null,
    after: null,
    snapshotId: null,
    lamps: { accepted: lamp, readBack: lamp, inTraffic: lamp },
    notices: [],
    history: [],
    undoes: null,
  };
  return rollback;
};

describe('the watch', () => {
  it('raises one alarm for a clear rise, with what it rests on, and then feeds the incident', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 950, 200, nowMs - 30 * MINUTE, nowMs);
    at.traffic('v18', 50, 20, nowMs - 20 * MINUTE, nowMs);
    await ticks(10, at);
    expect(at.incidents.alarms).toHaveLength(1);
    const { input } = at.incidents.alarms[0]!;
    expect(input).toMatchObject({
      promptId: PROMPT,
      badVersion: 'v18',
      shippedAtMs: nowMs - 20 * MINUTE,
      alarm: { class: 'page', rule: 'one-at-page', signal: 'complaints', basis: 'comparison' },
    });
    expect(input.trigger).toMatchObject({ kind: 'incident', signal: 'complaints' });
    expect(input.trigger.sentence).toMatch(
      /^Complaints \d+(\.\d)?x .* on v18.*: \d\.\d sigma, valid however often/,
    );
    expect(input.trigger.ratio).toBeGreaterThan(5);
    expect(input.signals[0]).toMatchObject({ signal: 'complaints', verdict: 'page' });
    expect(input.evidence.find(({ signal }) => signal === 'complaints')?.anytimeSigma).toBeGreaterThan(3);
    expect(at.incidents.observed.length).toBeGreaterThan(3);
    expect(at.incidents.observed.at(-1)?.evidence.length).toBeGreaterThan(0);
    expect(at.published.at(-1)).toMatchObject({ openIncidentId: 'INC-1', candidate: 'v18' });
    expect(at.published.at(-1)?.alarms[0]).toMatchObject({ class: 'page', signal: 'complaints' });
  });

  it('says who is suspected, once the alarm is raised', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 950, 200, nowMs - 30 * MINUTE, nowMs);
    at.traffic('v18', 50, 20, nowMs - 20 * MINUTE, nowMs);
    await ticks(4, at);
    const culprit = at.incidents.observed.findLast((each) => each.culprit)?.culprit;
    expect(culprit?.isUnexplained).toBe(false);
    expect(culprit?.suspects[0]).toMatchObject({ kind: 'prompt-version' });
    expect(culprit?.suspects[0]?.what).toMatch(/v18/);
  });

  it('stays quiet on a handful of conversations, and says how blind it is', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 950, 200, nowMs - 30 * MINUTE, nowMs);
    at.traffic('v18', 2, 8, nowMs - 4 * MINUTE, nowMs);
    await ticks(20, at);
    expect(at.incidents.alarms).toHaveLength(0);
    const status = at.published.at(-1);
    const complaints = status?.signals.find(({ signal }) => signal === 'complaints');
    expect(complaints?.verdict).toBe('blind');
    expect(complaints?.note).toMatch(/1 event in 8 conversations/);
    expect(complaints?.minutesNeeded).toBeGreaterThan(10);
    const meter = status?.meter.find(({ signal, cohort }) => signal === 'complaints' && cohort === 'all');
    expect(meter?.blindUntilMs).toBeGreaterThan(at.clock.nowMs());
    expect(status?.meterAdvice[0]?.kind).toBe('raise-share');
  });

  it('sees a regression that began long after the version shipped', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 2000, 100, nowMs - 60 * MINUTE, nowMs);
    at.traffic('v18', 100, 100, nowMs - 60 * MINUTE, nowMs - 3 * MINUTE);
    at.traffic('v18', 100, 8, nowMs - 3 * MINUTE, nowMs);
    await ticks(4, at);
    const onset = at.incidents.alarms[0]?.input.alarm.onset;
    expect(onset?.earliestMs).toBeLessThan(nowMs - 2 * MINUTE);
    expect(onset?.aboutMs).toBeGreaterThan(nowMs - 6 * MINUTE);
  });

  it('calls a weaker finding WATCH: shown and told to the policies, no incident', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 950, 200, nowMs - 30 * MINUTE, nowMs);
    at.traffic('v18', 50, 38, nowMs - 6 * MINUTE, nowMs);
    await ticks(4, at);
    expect(at.incidents.alarms).toHaveLength(0);
    const complaints = at.published.at(-1)?.signals.find(({ signal }) => signal === 'complaints');
    expect(complaints).toMatchObject({ verdict: 'watch' });
    expect(at.told).toHaveLength(1);
    expect(at.told[0]).toMatchObject({ candidate: 'v18', incidentId: null, alarm: { class: 'watch' } });
  });

  it('tells the policies of a page with its incident', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 950, 200, nowMs - 30 * MINUTE, nowMs);
    at.traffic('v18', 50, 20, nowMs - 20 * MINUTE, nowMs);
    await ticks(4, at);
    expect(at.told.filter(({ alarm }) => alarm.class === 'page')).toMatchObject([{ incidentId: 'INC-1' }]);
  });

  it('shows how sure it was over time', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 950, 200, nowMs - 30 * MINUTE, nowMs);
    at.traffic('v18', 50, 20, nowMs - 20 * MINUTE, nowMs);
    await ticks(4, at);
    const window = { fromMs: nowMs - 30 * MINUTE, toMs: nowMs + MINUTE };
    const { points } = await at.watch.certainty({
      promptId: PROMPT,
      signal: 'complaints',
      cohort: 'all',
      window,
    });
    expect(points.length).toBeGreaterThan(20);
    expect(points.at(-1)!.sigma).toBeGreaterThan(3);
    expect(points[0]!.sigma).toBeLessThan(1);
  });

  it('does not alarm again on the same evidence after the incident was closed, but on new evidence', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 950, 200, nowMs - 30 * MINUTE, nowMs);
    at.traffic('v18', 50, 20, nowMs - 20 * MINUTE, nowMs);
    await ticks(5, at);
    expect(at.incidents.alarms).toHaveLength(1);
    at.incidents.close('INC-1');
    await ticks(30, at);
    expect(at.incidents.alarms).toHaveLength(1);
    const laterMs = at.clock.nowMs();
    at.traffic('v17', 950, 200, laterMs, laterMs + 10 * MINUTE);
    at.traffic('v18', 50, 20, laterMs, laterMs + 10 * MINUTE);
    await at.clock.advance(10 * MINUTE);
    await ticks(4, at);
    expect(at.incidents.alarms).toHaveLength(2);
  });

  it('takes a version nobody configured, when it turns up in traffic', async () => {
    const at = bench(workspaceOf({ candidate: undefined }));
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 950, 200, nowMs - 30 * MINUTE, nowMs);
    at.traffic('v19', 50, 20, nowMs - 20 * MINUTE, nowMs);
    await ticks(5, at);
    expect(at.incidents.alarms[0]?.input.badVersion).toBe('v19');
  });

  it('counts late feedback where its conversation started', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 900, 200, nowMs - 10 * MINUTE, nowMs);
    const late = { prompt: PROMPT, version: 'v18', cohort: 'a', startMs: nowMs - 9 * MINUTE };
    at.traffic('v18', 50, 1000, nowMs - 10 * MINUTE, nowMs);
    await ticks(1, at);
    const before = await at.watch.comparisons({
      promptId: PROMPT,
      cohort: 'all',
      candidate: null,
      window: null,
    });
    at.evidence.report(late, 'complaints');
    const after = await at.watch.comparisons({
      promptId: PROMPT,
      cohort: 'all',
      candidate: null,
      window: null,
    });
    const value = (list: typeof before) => list.find(({ signal }) => signal === 'complaints')?.candidate;
    expect(value(before)).toMatchObject({ events: 0 });
    expect(value(after)).toMatchObject({ events: 1 });
  });

  it('publishes a row only when it changed', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 10, 100, nowMs - 10 * MINUTE, nowMs);
    await at.watch.tick();
    await at.watch.tick();
    expect(at.published).toHaveLength(1);
    expect(at.watch.prompts()).toHaveLength(1);
  });

  it('gives a chart with its baseline, and null (never 0) where nothing was counted', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 100, 100, nowMs - 10 * MINUTE, nowMs);
    at.traffic('v18', 100, 10, nowMs - 5 * MINUTE, nowMs);
    const window = { fromMs: nowMs - 10 * MINUTE, toMs: nowMs };
    const series = await at.watch.series({
      promptId: PROMPT,
      signal: 'complaints',
      cohort: 'all',
      window,
      bucketMs: MINUTE,
      incident: null,
    });
    expect(series.baseline).toBeCloseTo(10);
    const candidate = series.lines.find(({ role }) => role === 'candidate');
    expect(candidate?.values[0]).toBeNull();
    expect(candidate?.values.at(-2)).toBeCloseTo(100);
  });
});

describe('the expected recovery', () => {
  it('is drawn after the flip, from the bad rate down to the baseline, and not before', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 2000, 100, nowMs - 30 * MINUTE, nowMs);
    at.traffic('v18', 400, 20, nowMs - 20 * MINUTE, nowMs - 5 * MINUTE);
    await ticks(4, at);
    const incident = at.incidents.openFor(PROMPT)!;
    expect(incident).not.toBeNull();
    const window = { fromMs: nowMs - 30 * MINUTE, toMs: nowMs };
    const ask = (rollbacks: Rollback[]) =>
      at.watch.series({
        promptId: PROMPT,
        signal: 'complaints',
        cohort: 'all',
        window,
        bucketMs: MINUTE,
        incident: { ...incident, declaredAtMs: nowMs - 10 * MINUTE, rollbacks },
      });
    expect((await ask([])).band).toEqual([]);
    const { band } = await ask([flippedAt(nowMs - 5 * MINUTE)]);
    expect(band).toHaveLength(5);
    expect(band[0]!.high).toBeGreaterThan(band[4]!.high);
    expect(band[4]!.low).toBeLessThan(10);
    expect(band[4]!.high).toBeGreaterThan(10);
    expect(band[4]!.high).toBeLessThan(30);
  });
});

describe('signals from a metrics source', () => {
  const prompt = {
    signals: { complaints: { source: 'prom', events: 'a', conversations: 'b' } },
  };
  const instance = (metrics: Partial<MetricsReader>): SourceInstance => ({
    baseUrl: null,
    metrics: {
      range: () => Promise.resolve({ buckets: [], dataUpToMs: null, warnings: [] }),
      instant: () => Promise.resolve({ buckets: [], dataUpToMs: null, warnings: [] }),
      newest: () => Promise.resolve({ numerator: 'untold', denominator: 'untold' }),
      queryUrl: () => null,
      ...metrics,
    },
    probe: () => Promise.resolve(),
    test: () => Promise.resolve({ ok: true, latencyMs: 0, message: '', checks: [] }),
    close: () => Promise.resolve(),
  });
  const bucket = (numerator: number | null, denominator: number) => ({
    startMs: 0,
    numerator,
    denominator,
    sumSquares: null,
  });
  const healthy = (at: ReturnType<typeof bench>) => {
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 950, 1000, nowMs - 30 * MINUTE, nowMs);
    at.traffic('v18', 50, 1000, nowMs - 30 * MINUTE, nowMs);
  };
  const complaintsOf = (at: ReturnType<typeof bench>) =>
    at.published.at(-1)?.signals.find(({ signal }) => signal === 'complaints');

  it('raise the alarm like any other, minute by minute', async () => {
    const perMinute = { v17: [20, 4_000], v18: [20, 200] } as const;
    const at = bench(workspaceOf(prompt), {
      prom: instance({
        instant({ version, window }) {
          const [events, conversations] = perMinute[version === 'v18' ? 'v18' : 'v17'];
          const minutes = (window.toMs - window.fromMs) / MINUTE;
          return Promise.resolve({
            buckets: [bucket(events * minutes, conversations * minutes)],
            dataUpToMs: window.toMs,
            warnings: [],
          });
        },
        newest: ({ window }) => Promise.resolve({ numerator: window.toMs, denominator: window.toMs }),
      }),
    });
    healthy(at);
    await ticks(40, at);
    expect(at.incidents.alarms).toHaveLength(1);
    const { alarm, signals } = at.incidents.alarms[0]!.input;
    expect(alarm).toMatchObject({ class: 'page', signal: 'complaints', basis: 'comparison' });
    expect(signals.find(({ signal }) => signal === 'complaints')).toMatchObject({
      source: 'prom',
      verdict: 'page',
    });
  });

  it('take a counter that is not born yet for zero only where the other version has it', async () => {
    const metrics = instance({
      instant: ({ version }) =>
        Promise.resolve({
          buckets: [version === 'v18' ? bucket(null, 800) : bucket(80, 16_000)],
          dataUpToMs: 5,
          warnings: [],
        }),
    });
    const at = bench(workspaceOf(prompt), { prom: metrics });
    healthy(at);
    await ticks(2, at);
    expect(complaintsOf(at)?.candidate).toMatchObject({ events: 0, conversations: 800 });
    const neither = bench(workspaceOf(prompt), {
      prom: instance({
        instant: () => Promise.resolve({ buckets: [bucket(null, 800)], dataUpToMs: 5, warnings: [] }),
      }),
    });
    healthy(neither);
    await ticks(2, neither);
    expect(complaintsOf(neither)?.verdict).toBe('unknown');
  });

  it.each([
    ['fails', () => Promise.reject(new Error('Prometheus answered 503')), /503/],
    ['hangs', () => new Promise<never>(() => undefined), /did not answer within 4 s/],
  ])('become unknown when the source %s, and only they', async (_how, instant, reason) => {
    const at = bench(workspaceOf(prompt), { prom: instance({ instant }) });
    healthy(at);
    const looking = at.watch.tick();
    await at.clock.advance(6_000);
    await looking;
    await at.clock.advance(5_000);
    const again = at.watch.tick();
    await at.clock.advance(500);
    await again;
    expect(complaintsOf(at)).toMatchObject({ verdict: 'unknown', sigma: null });
    expect(complaintsOf(at)?.note).toMatch(reason);
    const downstream = at.published.at(-1)?.signals.find(({ signal }) => signal === 'downstream');
    expect(downstream?.candidate).toMatchObject({ conversations: 1500 });
  });

  it('say so when the source is not there', async () => {
    const at = bench(workspaceOf(prompt));
    healthy(at);
    await ticks(2, at);
    expect(complaintsOf(at)?.note).toMatch(/"prom" is not there/);
    expect(at.published.at(-1)?.readiness.findings.map(({ id }) => id)).toContain('no-source-complaints');
  });
});
