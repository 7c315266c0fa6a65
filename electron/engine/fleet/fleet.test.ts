import { describe, expect, it } from 'vitest';
import { type Fault, faultSchema, scenarioPromptSchema } from '#shared/model/scenario.ts';
import { BUCKETS, bucketOf } from '#engine/connectors/flag-bucket.ts';
import { spansOfProtobuf, logsOfProtobuf } from '#engine/telemetry/otlp/protobuf.ts';
import type { Emission } from './conversation.ts';
import type { ActiveFault } from './effects.ts';
import { createFleet } from './fleet.ts';
import { otlpRequest } from './otlp-protobuf.ts';
import { usersOnDice } from './users.ts';

const ORIGIN_MS = Date.UTC(2026, 4, 9, 14);
const MINUTE = 60_000;
const prompt = scenarioPromptSchema.parse({
  id: 'support',
  service: 'support',
  control: 'v17',
  candidate: 'v18',
  versions: [
    { id: 'v17', sha: '41d7e0b2c95f' },
    { id: 'v18', sha: '9f3c1ab77e04' },
  ],
  conversationsPerHour: 20_000,
  workers: 6,
  healthy: { complaint01: 0.05, safety01: 0.001, downstream01: 0.01, csatMean: 84 },
});
const active = (fault: Partial<Fault> & { kind: Fault['kind'] }, fromMs: number): ActiveFault => ({
  fault: faultSchema.parse(fault),
  fromMs,
  untilMs: Number.POSITIVE_INFINITY,
});
const BAD = { kind: 'bad-version', prompt: 'support', version: 'v18', complaintTimes: 5 } as const;

function fleetOf(more: Partial<typeof prompt> = {}, seed = 7, originMs = ORIGIN_MS) {
  const fleet = createFleet({
    prompts: [{ ...prompt, ...more }],
    seed,
    originMs,
    flagKeyOf: () => 'support_rollout',
  });
  const half = (user: string) => (Number(user.slice(5)) % 2 === 0 ? 'v18' : 'v17');
  fleet.rule('support', { atMs: originMs, versionFor: half });
  return fleet;
}

/** Everything sent in some minutes, with a bad version after one and a flip after two, by steps. */
function traffic(stepMs: number, minutes = 4): string[] {
  const fleet = fleetOf();
  const sent: Emission[] = [];
  for (let atMs = stepMs; atMs <= minutes * MINUTE; atMs += stepMs) {
    sent.push(...fleet.advanceTo(ORIGIN_MS + atMs));
    if (atMs === MINUTE) fleet.fault(active(BAD, ORIGIN_MS + MINUTE));
    if (atMs === 2 * MINUTE) fleet.rule('support', { atMs: ORIGIN_MS + 2 * MINUTE, versionFor: () => 'v17' });
  }
  return sent
    .map((one) =>
      JSON.stringify(
        [one.dueMs, one.kind === 'span' ? one.span : one.record, [...one.resource]],
        (_key, value: unknown) => (value instanceof Map ? [...value] : value),
      ),
    )
    .toSorted();
}

const versionOf = (one: Emission) =>
  one.kind === 'span' ? one.span.attributes.get('gen_ai.prompt.version') : null;

describe('the fleet', () => {
  it('sends the same, ids included, whatever the steps in which time is moved', () => {
    const once = traffic(MINUTE);
    expect(once.length).toBeGreaterThan(1_500);
    expect(traffic(1_000)).toEqual(once);
    expect(traffic(250)).toEqual(once);
    expect(new Set(once.filter((line) => line.includes('spanId'))).size).toBe(once.length);
  });

  it('sends something else with another seed, and never the same trace twice', () => {
    const traces = (seed: number) =>
      fleetOf({}, seed)
        .advanceTo(ORIGIN_MS + MINUTE)
        .flatMap((one) => (one.kind === 'span' ? [one.span.traceId] : []));
    expect(traces(1)).not.toEqual(traces(2));
    const spans = fleetOf()
      .advanceTo(ORIGIN_MS + 5 * MINUTE)
      .flatMap((one) => (one.kind === 'span' ? [`${one.span.traceId} ${one.span.spanId}`] : []));
    expect(new Set(spans).size).toBe(spans.length);
  });

  it('behaves the same when it is started again later, and tells of no conversation twice', () => {
    const started = (originMs: number) =>
      fleetOf({}, 7, originMs)
        .advanceTo(originMs + MINUTE)
        .flatMap((one) => (one.kind === 'span' ? [one.span] : []));
    const first = started(ORIGIN_MS);
    const again = started(ORIGIN_MS + MINUTE);
    expect(again.map(({ startMs }) => startMs - MINUTE)).toEqual(first.map(({ startMs }) => startMs));
    const ids = (spans: typeof first) => spans.map(({ spanId }) => spanId);
    expect(new Set([...ids(first), ...ids(again)]).size).toBe(first.length + again.length);
  });

  it('leaves the time empty in which it was stopped', () => {
    const fleet = fleetOf();
    fleet.advanceTo(ORIGIN_MS + MINUTE);
    fleet.skipTo(ORIGIN_MS + 5 * MINUTE);
    const starts = fleet
      .advanceTo(ORIGIN_MS + 6 * MINUTE)
      .flatMap((one) => (one.kind === 'span' ? [one.span.startMs] : []))
      .filter((startMs) => startMs >= ORIGIN_MS + MINUTE + 45_000);
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(ORIGIN_MS + 5 * MINUTE);
  });

  it.each([0.005, 0.05, 0.25, 0.33])('has users who are split as the flag says at %d', (share01) => {
    const users = usersOnDice('support_rollout');
    const below = users.filter((user) => bucketOf('support_rollout', user) < share01 * BUCKETS);
    expect(below.length / users.length).toBeCloseTo(share01, 10);
    expect(new Set(users).size).toBe(users.length);
  });

  it('drains a version after a flip: nobody begins on it once every worker has heard', () => {
    const fleet = fleetOf();
    fleet.advanceTo(ORIGIN_MS + MINUTE);
    fleet.rule('support', { atMs: ORIGIN_MS + MINUTE, versionFor: () => 'v17' });
    const after = fleet.advanceTo(ORIGIN_MS + 4 * MINUTE);
    const starts = after.flatMap((one) =>
      one.kind === 'span' && versionOf(one) === 'v18' ? [one.span.startMs] : [],
    );
    const ends = after.flatMap((one) =>
      one.kind === 'span' && versionOf(one) === 'v18' ? [one.span.endMs] : [],
    );
    expect(starts.length).toBeGreaterThan(0);
    expect(Math.max(...ends)).toBeGreaterThan(ORIGIN_MS + MINUTE + 20_000);
    expect(Math.max(...ends)).toBeLessThan(ORIGIN_MS + MINUTE + 3_000 + 45_000);
  });

  it('keeps deaf workers on what they knew until they are restarted, and polls when polling', () => {
    const fleet = fleetOf({ flagSdk: { mode: 'polling', pollSeconds: 30 } });
    fleet.advanceTo(ORIGIN_MS + MINUTE);
    const deaf = fleet.deafen('support', 0.5, ORIGIN_MS + MINUTE);
    expect(deaf).toHaveLength(3);
    fleet.rule('support', { atMs: ORIGIN_MS + MINUTE, versionFor: () => 'v17' });
    const startsOn18 = (untilMs: number, fromMs: number) =>
      new Set(
        fleet
          .advanceTo(untilMs)
          .flatMap((one) =>
            one.kind === 'span' && versionOf(one) === 'v18' && one.span.startMs >= fromMs
              ? [one.resource.get('service.instance.id')]
              : [],
          ),
      );
    expect(startsOn18(ORIGIN_MS + 4 * MINUTE, ORIGIN_MS + 2 * MINUTE + 45_000)).toEqual(new Set(deaf));
    fleet.restart('support', ORIGIN_MS + 4 * MINUTE);
    expect([...startsOn18(ORIGIN_MS + 7 * MINUTE, ORIGIN_MS + 5 * MINUTE)]).toEqual([]);
  });

  it('knows how many conversations went badly, and how many would have if nobody had done anything', () => {
    const fleet = fleetOf();
    fleet.advanceTo(ORIGIN_MS + MINUTE);
    fleet.fault(active(BAD, ORIGIN_MS + MINUTE));
    fleet.advanceTo(ORIGIN_MS + 2 * MINUTE);
    const untilFlip = fleet.truth.badStartsMs.length;
    expect(fleet.truth.badUntouched(ORIGIN_MS, ORIGIN_MS + 2 * MINUTE)).toBe(untilFlip);
    fleet.rule('support', { atMs: ORIGIN_MS + 2 * MINUTE, versionFor: () => 'v17' });
    fleet.advanceTo(ORIGIN_MS + 3 * MINUTE);
    const served = fleet.truth.badStartsMs.length;
    expect(served - untilFlip).toBeLessThan(20);
    // Ten minutes in all, seven of which have not been played.
    const untouched = fleet.truth.badUntouched(ORIGIN_MS, ORIGIN_MS + 11 * MINUTE);
    expect(untouched / untilFlip).toBeGreaterThan(9);
    expect(untouched / untilFlip).toBeLessThan(11);
  });

  it('does not count conversations as bad that are answered well while a backlog fails downstream', () => {
    const fleet = fleetOf();
    fleet.fault(active(BAD, ORIGIN_MS));
    fleet.fault(active({ kind: 'poisoned-queue', prompt: 'support', downstreamTimes: 20 }, ORIGIN_MS));
    fleet.rule('support', { atMs: ORIGIN_MS + MINUTE, versionFor: () => 'v17' });
    fleet.advanceTo(ORIGIN_MS + 3 * MINUTE);
    const served = fleet.truth.badStartsMs.length;
    const late = fleet.advanceTo(ORIGIN_MS + 6 * MINUTE);
    expect(late.filter((one) => one.kind === 'span' && one.span.statusCode === 2).length).toBeGreaterThan(50);
    expect(fleet.truth.badStartsMs).toHaveLength(served);
  });

  it('comes through the receiver’s own decoder as it was sent', () => {
    const sent = fleetOf().advanceTo(ORIGIN_MS + 2 * MINUTE);
    const spans = sent.filter((one) => one.kind === 'span');
    const reports = sent.filter((one) => one.kind === 'feedback');
    const decoded = [...spansOfProtobuf(Buffer.from(otlpRequest(spans)), null)].flatMap(
      ({ items, resource }) => items.map((span) => ({ span, resource })),
    );
    const key = ({ span }: { span: { spanId: string; traceId: string } }) => `${span.traceId}${span.spanId}`;
    const byKey = new Map(decoded.map((one) => [key(one), one]));
    expect(byKey.size).toBe(spans.length);
    for (const { span, resource } of spans) expect(byKey.get(key({ span }))).toEqual({ span, resource });
    const records = [...logsOfProtobuf(Buffer.from(otlpRequest(reports)), null)].flatMap(
      ({ items }) => items,
    );
    expect(
      new Set(records.map((one) => JSON.stringify([...one.attributes, one.timeMs, one.spanId]))),
    ).toEqual(
      new Set(
        reports.map(({ record }) => JSON.stringify([...record.attributes, record.timeMs, record.spanId])),
      ),
    );
  });
});
