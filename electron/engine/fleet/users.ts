import { BUCKETS, bucketOf } from '#engine/connectors/flag-bucket.ts';

const NAMES = 2 * BUCKETS;
const laidOut = new Map<string, readonly string[]>();

/**
 * One user for each place on a flag's dice, so that a share of the flag is that share of the traffic. Users drawn blindly would put 5 %
 * +- 0.2 on the candidate, sticky as flags are, and the split check would say so after some hours, rightly; a real fleet has more users.
 * The same for the same key, and worked out once.
 */
export function usersOnDice(flagKey: string): readonly string[] {
  const known = laidOut.get(flagKey);
  if (known) return known;
  const names = Array.from({ length: NAMES }, (_, index) => {
    const name = `user-${index}`;
    return { name, place: bucketOf(flagKey, name) };
  }).toSorted((a, b) => a.place - b.place);
  let next = 0;
  const users = Array.from({ length: BUCKETS }, (_, place) => {
    while (next < names.length - 1 && (names[next]?.place ?? BUCKETS) < place) next += 1;
    return names[next]?.name ?? '';
  });
  laidOut.set(flagKey, users);
  return users;
}
