import { BUCKETS, bucketOf } from '../connectors/flag-bucket.ts';

/** Users a worker keeps coming back to: their flag values are what its cache holds. */
const USERS_PER_WORKER = 20;
/** Parts of the flag's range that are filled evenly: steps of half a percent come out exactly. */
const PARTS = 200;

/**
 * The users of each worker, by name. A fleet of this size serves many thousands; the few hundred that stand for them are picked so
 * that they fill the flag's range evenly. Drawn blindly, 960 users put 5 % +- 0.7 on the candidate, and the split check would say so, rightly.
 */
export function usersOf(flagKey: string | null, workers: readonly string[]): ReadonlyMap<string, string[]> {
  const total = workers.length * USERS_PER_WORKER;
  return new Map(
    workers.map((worker, index) => [
      worker,
      Array.from({ length: USERS_PER_WORKER }, (_, number) => {
        const place = index + workers.length * number;
        const part = Math.floor((place * PARTS) / total);
        return userIn(flagKey, `${worker}-user-${number}`, part);
      }),
    ]),
  );
}

function userIn(flagKey: string | null, name: string, part: number): string {
  if (flagKey === null) return name;
  for (let attempt = 0; ; attempt += 1) {
    const user = `${name}-${attempt}`;
    if (Math.floor((bucketOf(flagKey, user) * PARTS) / BUCKETS) === part) return user;
  }
}
