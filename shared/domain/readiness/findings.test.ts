import { describe, expect, it } from 'vitest';
import type { KillswitchProof } from '#shared/model/prompt.ts';
import { missingSources, readinessOf } from './findings.ts';
import type { ReadinessFacts } from './findings.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 4, 9);
const proof: KillswitchProof = {
  operationId: 'op-1',
  incidentId: null,
  lever: 'flag',
  by: 'ana',
  atMs: NOW - 90 * DAY,
  tookMs: 60_000,
};
const ready: ReadinessFacts = {
  owner: 'ana',
  hasFlag: true,
  hasRegistry: false,
  hasConfig: false,
  leverError: null,
  hasNoConsole: false,
  hasChat: true,
  hasPaging: true,
  unversioned01: 0.01,
  hasTraffic: true,
  missingSignalSources: [],
  killswitch: { last: proof, nowMs: NOW },
};
const ids = (facts: Partial<ReadinessFacts>) => readinessOf({ ...ready, ...facts }).map(({ id }) => id);

describe('readiness', () => {
  it('finds nothing on a ready prompt', () => {
    expect(readinessOf(ready)).toEqual([]);
  });

  it.each<[string, Partial<ReadinessFacts>]>([
    ['no-lever', { hasFlag: false }],
    ['no-flag', { hasFlag: false, hasRegistry: true }],
    ['lever-unreadable', { leverError: 'Unleash answered 401' }],
    ['no-console-link', { hasNoConsole: true }],
    ['no-owner', { owner: null }],
    ['no-version', { unversioned01: 0.021 }],
    ['no-traffic', { hasTraffic: false, unversioned01: null }],
    ['no-chat', { hasChat: false }],
    ['no-paging', { hasPaging: false }],
    ['killswitch-not-proven', { killswitch: { last: null, nowMs: NOW } }],
    ['killswitch-not-proven', { killswitch: { last: proof, nowMs: NOW + 1 } }],
    ['killswitch-slow', { killswitch: { last: { ...proof, tookMs: 60_001 }, nowMs: NOW } }],
    ['no-source-csat', { missingSignalSources: [{ signal: 'csat', source: 'prom' }] }],
  ])('finds %s', (id, facts) => {
    expect(ids(facts)).toEqual([id]);
  });

  it('says nothing of a killswitch that was not looked up, or where there is none', () => {
    expect(ids({ killswitch: null })).toEqual([]);
    expect(ids({ hasFlag: false, killswitch: { last: null, nowMs: NOW } })).toEqual(['no-lever']);
  });

  it('says who proved it last, and how long it took', () => {
    const texts = readinessOf({
      ...ready,
      killswitch: { last: { ...proof, atMs: NOW - 120 * DAY, tookMs: 200_000 }, nowMs: NOW },
    }).map(({ text }) => text);
    expect(texts[0]).toContain('last proven 120 days ago, by ana');
    expect(texts[1]).toContain('took 3 min 20 s from press to seen in traffic');
  });

  it('puts what blocks a rollback first', () => {
    expect(ids({ hasChat: false, owner: null, hasFlag: false })).toEqual(['no-lever', 'no-owner', 'no-chat']);
  });

  it('knows which signal sources are missing', () => {
    expect(missingSources({ csat: 'prom', safety: 'gone' }, new Set(['prom']))).toEqual([
      { signal: 'safety', source: 'gone' },
    ]);
    expect(missingSources({}, new Set())).toEqual([]);
  });
});
