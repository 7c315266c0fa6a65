import { describe, expect, it } from 'vitest';
import { WORKSPACE } from '../incidents/test-bench.ts';
import { announcedNow, calledFor, isSameEpisode } from './rules.ts';

const HOUR = 3_600_000;
const [prompt] = WORKSPACE.prompts;
if (!prompt) throw new Error('the test workspace has no prompt');

const about = {
  alarm: { atMs: 10 * HOUR, sentence: 'x' },
  candidate: 'v18',
  incidentId: null,
  engineId: null,
  nowMs: 10 * HOUR,
};
const earlier = (change: Partial<Parameters<typeof announcedNow>[2]> = {}) =>
  announcedNow('killswitch', prompt, { ...about, ...change });
const next = (change: Partial<Parameters<typeof isSameEpisode>[1]> = {}) => ({
  kind: 'killswitch' as const,
  promptId: 'support',
  candidate: 'v18',
  atMs: 10 * HOUR + 60_000,
  incidentId: null,
  ...change,
});

describe('what an alarm calls for', () => {
  it.each([
    ['page', 'comparison', 'complaints', ['killswitch', 'freeze-ramp']],
    ['page', 'history', 'complaints', ['freeze-ramp']],
    ['watch', 'comparison', 'csat', ['freeze-ramp']],
    ['watch', 'history', 'safety', ['freeze-ramp']],
    ['watch', 'comparison', 'fallback', ['freeze-ramp']],
    ['watch', 'comparison', 'split', []],
  ] as const)('%s from the %s on %s: %j', (alarmClass, basis, signal, kinds) => {
    expect(calledFor({ class: alarmClass, basis, signal })).toEqual(kinds);
  });
});

describe('one episode', () => {
  it('is one incident, however long it lasts; another incident is another', () => {
    const first = earlier({ incidentId: 'INC-1' });
    expect(isSameEpisode(first, next({ incidentId: 'INC-1', atMs: 100 * HOUR }))).toBe(true);
    expect(isSameEpisode(first, next({ incidentId: 'INC-2' }))).toBe(false);
  });

  it('is, where there is no incident, alarms of one candidate less than an hour apart', () => {
    expect(isSameEpisode(earlier(), next())).toBe(true);
    expect(isSameEpisode(earlier(), next({ atMs: 11 * HOUR }))).toBe(false);
    expect(isSameEpisode(earlier({ incidentId: 'INC-1' }), next())).toBe(true);
    expect(isSameEpisode(earlier(), next({ candidate: 'v19' }))).toBe(false);
    expect(isSameEpisode(earlier(), next({ promptId: 'other' }))).toBe(false);
    expect(isSameEpisode(earlier(), next({ kind: 'freeze-ramp' }))).toBe(false);
  });
});

describe('the id of an action', () => {
  it('is the same for the same alarm, and fit to be an operation id', () => {
    expect(earlier().action.id).toBe(earlier({ nowMs: 12 * HOUR }).action.id);
    expect(earlier().action.id).not.toBe(earlier({ candidate: 'v19' }).action.id);
    expect(earlier().action.id).toMatch(/^[\w-]{8,64}$/);
  });
});
