import { createHash } from 'node:crypto';

/** Places on the dice. */
export const BUCKETS = 10_000;

/**
 * Place of a targeting key on the dice, 0..9999: the first 8 bytes of SHA-256 over `flagKey:targetingKey`, as a big-endian integer,
 * modulo 10,000. The same key always lands on the same place, in every process and language, so ramping from 5 % to 10 % keeps the
 * first 5 % where they are.
 */
export function bucketOf(flagKey: string, targetingKey: string): number {
  const digest = createHash('sha256').update(`${flagKey}:${targetingKey}`).digest();
  return Number(digest.readBigUInt64BE(0) % BigInt(BUCKETS));
}
