import { BUCKETS, bucketOf } from '#engine/connectors/flag-bucket.ts';

/** Parts of a flag's range that have a user each: steps of half a percent come out exactly. */
const PARTS = 200;

/**
 * The users that stand for the many thousands of a fleet, one for each part of the flag's range and in its order, so that a share of the flag is
 * that share of the traffic. Drawn blindly, 960 users put 5 % +- 0.7 on the candidate, sticky as flags are, and the split check says
 * so, rightly. They are few because each worker asks its flag about each of them. The same for the same key.
 */
export function usersOnDice(flagKey: string): readonly string[] {
  const users = new Map<number, string>();
  for (let index = 0; users.size < PARTS; index += 1) {
    const name = `user-${index}`;
    const part = Math.floor((bucketOf(flagKey, name) * PARTS) / BUCKETS);
    if (!users.has(part)) users.set(part, name);
  }
  return Array.from({ length: PARTS }, (_, part) => users.get(part) ?? '');
}
