import { describe, expect, it } from 'vitest';
import { NOTHING_EARLIER } from '#shared/model/incident.ts';
import { noWayBack, versionBefore } from './way-back.ts';

const sight = (version: string, firstSeenMs: number, lastStartedMs: number) => ({
  version,
  firstSeenMs,
  lastStartedMs,
});

describe('the version before', () => {
  it('is the one that served last, of those that came earlier', () => {
    const sights = [
      sight('v16', 0, 50),
      sight('v17', 10, 90),
      sight('v18', 60, 100),
      sight('(none)', 0, 100),
    ];
    expect(versionBefore('v18', { listed: [], sights })).toBe('v17');
    expect(versionBefore('v18', { listed: ['v16', 'v17', 'v18'], sights })).toBe('v17');
  });

  it('is none that came later, even when it was seen later: a trial that was taken back', () => {
    const sights = [sight('v17', 0, 50), sight('v18', 40, 100), sight('v19', 70, 90)];
    expect(versionBefore('v18', { listed: ['v17', 'v18', 'v19'], sights })).toBe('v17');
    expect(versionBefore('v18', { listed: [], sights })).toBe('v17');
  });

  it('comes from the workspace where traffic remembers none', () => {
    const sights = [sight('v18', 0, 100)];
    expect(versionBefore('v18', { listed: ['v17', 'v18'], sights })).toBe('v17');
    expect(versionBefore('v18', { listed: ['v18'], sights })).toBeNull();
    expect(versionBefore('v18', { listed: [], sights: [] })).toBeNull();
  });
});

describe('no way back', () => {
  const flagOnly = { control: 'v18', hasPointer: false, hasFlag: true };
  it('is said where nothing is known, and where no lever reaches it', () => {
    expect(noWayBack(NOTHING_EARLIER, flagOnly)).toContain('Nothing earlier is known to serve');
    expect(noWayBack('v17', flagOnly)).toContain("the flag's off state serves v18");
    expect(noWayBack('v17', { ...flagOnly, hasFlag: false })).toContain('no lever is connected');
    expect(noWayBack('v17', { ...flagOnly, hasPointer: true })).toBeNull();
    expect(noWayBack('v18', flagOnly)).toBeNull();
  });
});
