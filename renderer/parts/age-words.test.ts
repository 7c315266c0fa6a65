import { describe, expect, it } from 'vitest';
import { ageState, ageWords, bothTimes, clockWords } from './age-words.ts';

describe('ageState', () => {
  it.each([
    [null, 'never'],
    [20_000, 'fresh'],
    [20_001, 'marked'],
    [50_000, 'marked'],
    [50_001, 'greyed'],
  ] as const)('an age of %s at an interval of 10 s is %s', (ageMs, expected) => {
    expect(ageState(ageMs, 10_000)).toBe(expected);
  });
});

it('ageWords uses one unit and no negative age', () => {
  expect([-400, 0, 59_999, 60_000, 3_600_000, 47 * 3_600_000, 49 * 3_600_000].map(ageWords)).toEqual([
    '0 s',
    '0 s',
    '59 s',
    '1 min',
    '1 h',
    '47 h',
    '2 d',
  ]);
});

it('clockWords', () => {
  expect([0, 48_000, 252_000, 3_729_000].map(clockWords)).toEqual(['0:00', '0:48', '4:12', '1:02:09']);
});

describe('bothTimes', () => {
  const atMs = Date.UTC(2026, 4, 9, 14, 13, 48);
  it.each([
    ['Europe/Berlin', '16:13:48 GMT+2'],
    ['America/New_York', '10:13:48 GMT-4'],
    ['Asia/Kolkata', '19:43:48 GMT+5:30'],
    ['UTC', '14:13:48 GMT+0'],
  ])('prints the zone in %s', (zone, local) => {
    expect(bothTimes(atMs, zone)).toEqual({ utc: '14:13:48 UTC', local });
  });

  it('changes its offset over the end of summer time', () => {
    const before = Date.UTC(2026, 9, 25, 0, 59, 59);
    expect(bothTimes(before, 'Europe/Berlin').local).toBe('02:59:59 GMT+2');
    expect(bothTimes(before + 1_000, 'Europe/Berlin').local).toBe('02:00:00 GMT+1');
  });
});
