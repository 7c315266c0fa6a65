import { afterEach, describe, expect, it } from 'vitest';
import type { Alarm } from '#shared/model/detection.ts';
import { CommandError } from '../ports.ts';
import { createLoopBenches } from './loop-bench.ts';
import { actor, operationId } from './test-bench.ts';

const { bench, end } = createLoopBenches();
afterEach(end);

const trigger = (sentence: string) => ({
  kind: 'incident' as const,
  signal: 'complaints' as const,
  cohort: 'all',
  sigma: 3.6,
  ratio: 4.1,
  sentence,
});

const ALARM: Alarm = {
  atMs: Date.UTC(2026, 4, 9, 14, 4),
  class: 'page',
  signal: 'complaints',
  cohort: 'all',
  basis: 'comparison',
  rule: 'one-at-page',
  sigma: 3.6,
  evidence: 6_300,
  alsoSignal: null,
  effect: { value: 4.1, low: 2, high: 8 },
  onset: null,
  sentence: 'complaints 4.1x (3.6 sigma)',
  resolvedAtMs: null,
};

describe('an incident', () => {
  it('goes from alarm to recovered, with the tool writing its timeline', async () => {
    const { clock, talk, proven, start } = await bench();
    const { incidents, rollbacks, verificationLoop } = await start();
    const shippedAtMs = clock.nowMs();
    await talk(4 * 60_000);
    const alarm = {
      promptId: 'support',
      trigger: trigger('complaints 4.1x (3.6 sigma)'),
      badVersion: 'v18',
      badSha: 'abc123',
      cohort: 'all',
      shippedAtMs,
      signals: [],
      alarm: ALARM,
      evidence: [],
      culprit: null,
    };
    const incident = await incidents.alarm(alarm);
    expect(incident.id).toBe('INC-20260509-1');
    expect((await incidents.alarm(alarm)).id).toBe(incident.id);
    expect(incident.timeline.filter((line) => line.kind === 'alarm')).toHaveLength(1);
    expect(incident.steps.find(({ id }) => id === 'detect')).toMatchObject({
      startedAtMs: shippedAtMs,
      doneAtMs: shippedAtMs + 240_000,
    });
    await clock.advance(30_000);
    const pressed = await rollbacks.press({
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      incidentId: incident.id,
      lever: 'flag',
      toVersion: 'v17',
      revisionShown: '7',
      reason: null,
      held: false,
      waitMs: 0,
    });
    const tick = () => verificationLoop.tick();
    await talk(20_000, { tick });
    const early = await incidents.get(incident.id);
    expect(early.rollbacks[0]?.lamps.readBack.state).toBe('yes');
    expect(early.verification?.verdict).toBe('running');
    expect(early.closingBlockers[0]).toContain('still being checked');
    await talk(9 * 60_000, { tick });
    const after = await incidents.get(incident.id);
    expect(after.verification?.checks.map(({ id, state }) => [id, state])).toEqual([
      ['distribution', 'passed'],
      ['complaints', 'passed'],
      ['downstream', 'passed'],
      ['in-flight', 'passed'],
    ]);
    expect(after.verification?.verdict).toBe('recovered');
    expect((await rollbacks.get(pressed.operationId)).state).toBe('seen-in-traffic');
    expect(proven.at(-1)).toMatchObject({ operationId: pressed.operationId, by: 'ana', lever: 'flag' });
    expect(proven.at(-1)?.tookMs).toBeGreaterThan(0);
    expect(after.badConversations).toBeGreaterThan(200);
    expect(after.steps.map(({ id, state }) => [id, state])).toEqual([
      ['detect', 'done'],
      ['identify', 'done'],
      ['decide', 'done'],
      ['rollback', 'done'],
      ['verify', 'done'],
      ['note', 'active'],
      ['eval', 'waiting'],
    ]);
    const kinds = after.timeline.map((line) => line.kind);
    for (const kind of [
      'shipped',
      'alarm',
      'identified',
      'decided',
      'pressed',
      'lever',
      'notice',
      'traffic',
      'check',
      'verdict',
    ]) {
      expect(kinds).toContain(kind);
    }
    // The response is settled; what is left is the aftermath, because something was rolled back.
    expect(after.blockers.map(({ id }) => id)).toEqual([
      'note',
      'timeline',
      'cause',
      'detection-gap',
      'eval-case',
      'action-items',
    ]);
    expect(after.note).toMatchObject({ state: 'draft', target: '#incidents through flags' });
    expect(after.note?.draft).toContain('Recovery: ');
    const close = incidents.close({
      operationId: operationId(),
      actor: actor(),
      incidentId: incident.id,
      summary: 'greeting was rude',
    });
    await expect(close).rejects.toThrow('The incident note has not gone out');
    expect(incidents.openFor('support')?.id).toBe(incident.id);
  });

  it('names the workers that keep the old version, and recovers when they are restarted', async () => {
    const { talk, start } = await bench();
    const { incidents, rollbacks, verificationLoop } = await start();
    await talk(4 * 60_000);
    const { id } = await incidents.declare({
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      reason: 'rude',
      severity: 'P1',
    });
    await rollbacks.press({
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      incidentId: null,
      lever: 'flag',
      toVersion: 'v17',
      revisionShown: null,
      reason: null,
      held: false,
      waitMs: 0,
    });
    const tick = () => verificationLoop.tick();
    const stale = ['worker-2', 'worker-5'];
    await talk(100_000, { tick, stale });
    const during = await incidents.get(id);
    expect(during.verification).toMatchObject({ verdict: 'not-propagated', staleWorkers: stale });
    expect(during.rollbacks[0]?.lamps.inTraffic.state).toBe('partial');
    expect(during.rollbacks[0]?.lamps.inTraffic.detail).toContain('6 of 8 workers on v17');
    expect(during.timeline[0]).toMatchObject({ kind: 'shipped', atMs: during.shippedAtMs });
    expect(during.timeline.some((line) => line.text === 'stale workers: worker-2, worker-5')).toBe(true);
    await talk(8 * 60_000, { tick });
    const after = await incidents.get(id);
    expect(after.verification?.verdict).toBe('recovered');
    expect(after.rollbacks[0]?.state).toBe('seen-in-traffic');
  });

  it('suspects wave 2 when downstream errors outlive the bad version', async () => {
    const { talk, start } = await bench();
    const { incidents, rollbacks, verificationLoop } = await start();
    const wasPoisoned = { downstreamRate: (version: string) => (version === 'v18' ? 0.3 : 0.02) };
    await talk(4 * 60_000, wasPoisoned);
    const { id } = await incidents.declare({
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      reason: 'parser fails',
      severity: null,
    });
    await rollbacks.press({
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      incidentId: id,
      lever: 'flag',
      toVersion: 'v17',
      revisionShown: null,
      reason: null,
      held: false,
      waitMs: 0,
    });
    await talk(5 * 60_000, { downstreamRate: () => 0.25, tick: () => verificationLoop.tick() });
    const after = await incidents.get(id);
    expect(after.verification?.verdict).toBe('wave-2');
    expect(after.verification?.wave2.suspected).toBe(true);
    expect(after.closingBlockers[0]).toContain('wave 2');
  });

  it('is all there after a restart in mid-loop', async () => {
    const { talk, clock, start } = await bench();
    const first = await start();
    await talk(2 * 60_000);
    const { id } = await first.incidents.declare({
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      reason: 'rude',
      severity: null,
    });
    await first.rollbacks.press({
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      incidentId: id,
      lever: 'flag',
      toVersion: 'v17',
      revisionShown: null,
      reason: null,
      held: false,
      waitMs: 0,
    });
    await talk(60_000, { tick: () => first.verificationLoop.tick() });
    const note = { operationId: operationId(), actor: actor(), incidentId: id, text: 'first complaint' };
    await first.incidents.note({ ...note, atMs: clock.nowMs() - 200_000 });
    const before = await first.incidents.get(id);
    await first.stop();
    const second = await start();
    await second.rollbacks.recover();
    const after = await second.incidents.get(id);
    expect(after.timeline.slice(0, before.timeline.length)).toEqual(before.timeline);
    expect(after.rollbacks).toEqual(before.rollbacks);
    expect(after.steps.map(({ startedAtMs }) => startedAtMs)).toEqual(
      before.steps.map(({ startedAtMs }) => startedAtMs),
    );
    expect(after.timeline[0]).toMatchObject({ kind: 'note', text: 'first complaint' });
    await talk(8 * 60_000, { tick: () => second.verificationLoop.tick() });
    expect((await second.incidents.get(id)).verification?.verdict).toBe('recovered');
  });

  it('closes only when settled, or with an outcome given', async () => {
    const { start, published } = await bench();
    const { incidents, records } = await start();
    const { id } = await incidents.declare({
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      reason: 'rude',
      severity: null,
    });
    const close = () =>
      incidents.close({ operationId: operationId(), actor: actor(), incidentId: id, summary: 's' });
    await expect(close()).rejects.toThrow('Nothing was decided');
    await incidents.decide({
      operationId: operationId(),
      actor: actor(),
      incidentId: id,
      outcome: 'roll-back',
    });
    await expect(close()).rejects.toThrow('no rollback is in effect');
    const decided = await incidents.decide({
      operationId: operationId(),
      actor: actor('bo'),
      incidentId: id,
      outcome: 'not-the-prompt',
    });
    expect(decided.steps.find((step) => step.id === 'rollback')?.state).toBe('skipped');
    const closed = await close();
    expect(closed).toMatchObject({ closedBy: 'ana', status: 'closed', blockers: [] });
    expect(incidents.openFor('support')).toBeNull();
    expect((await incidents.list({ status: 'closed', limit: 10 })).map((one) => one.id)).toEqual([id]);
    const last = published.findLast((change) => change.entity === 'incident');
    expect(last).toMatchObject({ entity: 'incident', value: { status: 'closed' } });
    await expect(close()).rejects.toThrow('is closed');
    const error = await incidents.get('INC-none').catch((thrown: unknown) => thrown);
    expect(error instanceof CommandError && error.code).toBe('NOT_FOUND');
    expect((await records.verifyAudit()).firstBad).toBeNull();
  });

  it('applies every command once, and numbers incidents of a day', async () => {
    const { start } = await bench();
    const { incidents } = await start();
    const declare = {
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      reason: 'rude',
      severity: null,
    };
    const [one, two] = await Promise.all([incidents.declare(declare), incidents.declare(declare)]);
    expect(one.id).toBe(two.id);
    expect((await incidents.get(one.id)).timeline).toHaveLength(1);
    const note = { operationId: operationId(), actor: actor(), incidentId: one.id, text: 'x', atMs: null };
    await incidents.note(note);
    expect((await incidents.note(note)).timeline.filter(({ kind }) => kind === 'note')).toHaveLength(1);
    const other = await incidents.declare({ ...declare, operationId: operationId(), promptId: 'bare' });
    expect(other.id).toBe('INC-20260509-2');
  });
});
