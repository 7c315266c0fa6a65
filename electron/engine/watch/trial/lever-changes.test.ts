import { describe, expect, it } from 'vitest';
import type { LeverState } from '#shared/model/prompt.ts';
import { intendedShare01, isSameShare, knownChanges } from './lever-changes.ts';

const lever = (change: Partial<LeverState> = {}): LeverState => ({
  lever: 'flag',
  source: 'flags',
  connector: 'board',
  key: 'rollout',
  environment: 'production',
  isOn: true,
  intended: [
    { version: 'v17', share01: 0.75 },
    { version: 'v18', share01: 0.25 },
  ],
  offVersion: 'v17',
  revision: '8',
  lastChangedBy: 'ben',
  lastChangedAtMs: 90_000,
  needsApproval: false,
  consoleUrl: null,
  readAtMs: 100_000,
  ...change,
});

describe('the intended share', () => {
  it('is what the rules say, nothing where the flag is off, not known where they do not tell', () => {
    expect(intendedShare01(lever(), 'v18')).toBe(0.25);
    expect(intendedShare01(lever({ isOn: false }), 'v18')).toBe(0);
    expect(intendedShare01(lever(), 'v19')).toBe(0);
    expect(intendedShare01(lever({ intended: [] }), 'v18')).toBeNull();
    expect(intendedShare01(null, 'v18')).toBeNull();
  });

  it('is the same within the rounding of weights', () => {
    expect(isSameShare(0.05, 0.0502)).toBe(true);
    expect(isSameShare(0.05, 0.06)).toBe(false);
    expect(isSameShare(null, 0)).toBe(false);
    expect(isSameShare(null, null)).toBe(true);
  });
});

describe('known changes', () => {
  const base = { events: [], state: lever(), lastReadAtMs: 95_000, shareBefore01: 0.05, shareNow01: 0.25 };
  const event = (atMs: number, text: string) => ({
    atMs,
    kind: 'flag' as const,
    source: 'flags',
    by: null,
    text,
  });

  it('carry the new share on the newest event', () => {
    const events = [event(99_000, 'to 25 %'), event(97_000, 'a segment was edited')];
    expect(knownChanges({ ...base, events })).toEqual([
      { atMs: 97_000, what: 'a segment was edited' },
      { atMs: 99_000, what: 'to 25 %', intendedShare01: 0.25 },
    ]);
  });

  it('are dated by the lever’s own stamp where no event tells, unless that is from long before', () => {
    expect(knownChanges(base)).toEqual([
      { atMs: 90_000, what: 'rollout was set to 25 %', intendedShare01: 0.25 },
    ]);
    const old = lever({ lastChangedAtMs: 10_000 });
    expect(knownChanges({ ...base, state: old })[0]?.atMs).toBe(100_000);
  });

  it('are the events alone where the share stands still, without what is no change of the lever', () => {
    const events = [
      event(99_000, 'a segment was edited'),
      { ...event(99_500, 'v18 seen'), kind: 'version' as const },
    ];
    expect(knownChanges({ ...base, events, shareNow01: 0.05 })).toEqual([
      { atMs: 99_000, what: 'a segment was edited' },
    ]);
  });
});
