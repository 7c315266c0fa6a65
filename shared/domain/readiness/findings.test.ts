import { describe, expect, it } from 'vitest';
import { missingSources, readinessOf } from './findings.ts';
import type { ReadinessFacts } from './findings.ts';

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
    ['no-source-csat', { missingSignalSources: [{ signal: 'csat', source: 'prom' }] }],
  ])('finds %s', (id, facts) => {
    expect(ids(facts)).toEqual([id]);
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
