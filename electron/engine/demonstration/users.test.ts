import { describe, expect, it } from 'vitest';
import { bucketOf } from '../connectors/flag-bucket.ts';
import { SUPPORT } from './services.ts';
import { usersOf } from './users.ts';

describe('the users of the fleet', () => {
  const workers = Array.from({ length: SUPPORT.workers }, (_, index) => `worker-${index + 1}`);
  const users = usersOf(SUPPORT.flagKey, workers);
  const all = [...users.values()].flat();

  it.each([0.05, 0.25, 0.5])('are split as the flag says at %d', (share01) => {
    const below = all.filter((user) => bucketOf(SUPPORT.flagKey ?? '', user) < share01 * 10_000);
    expect(below.length / all.length).toBeCloseTo(share01, 3);
  });

  it('are different people, the candidate’s spread over the workers', () => {
    expect(new Set(all).size).toBe(all.length);
    for (const mine of users.values()) {
      expect(mine.some((user) => bucketOf(SUPPORT.flagKey ?? '', user) < 500)).toBe(true);
    }
  });
});
