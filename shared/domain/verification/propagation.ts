/** No bad conversation in this many says: at most 5 % (or 1 %) are left, at 95 % confidence: ln 20 / share (specification, section 8.1). */
export const ENOUGH_FOR_5_PERCENT = 60;
export const ENOUGH_FOR_1_PERCENT = 300;
/** A single straggler is forgiven after this long. */
const STRAGGLER_MS = 60_000;

export type Starts = {
  /** Conversations that started after the flip had time to reach every worker, and how many of them were on another version. */
  readonly conversations: number;
  readonly bad: number;
  readonly lastBadStartMs: number | null;
  /** Conversations started after the last bad one. */
  readonly clean: number;
};

/**
 * Is the bad version gone from what starts? `present`: started on it less than a minute ago or with fewer than 60 clean ones since
 * (a single one is a `straggler` for that minute); `straggler`: one, less than a minute ago; `unproven`: none lately, but too few clean ones to say it is gone.
 */
export type Propagation =
  | { readonly kind: 'present' }
  | { readonly kind: 'straggler' }
  | { readonly kind: 'unproven'; readonly more: number }
  | { readonly kind: 'gone'; readonly atMostLeft01: 0.01 | 0.05 };

export function propagationOf(
  { conversations, bad, lastBadStartMs, clean }: Starts,
  nowMs: number,
): Propagation {
  const cleanMs = lastBadStartMs === null ? Infinity : nowMs - lastBadStartMs;
  const isForgiven = cleanMs >= STRAGGLER_MS && clean >= ENOUGH_FOR_5_PERCENT;
  if (bad > 0 && !isForgiven) return { kind: bad >= 2 || cleanMs > STRAGGLER_MS ? 'present' : 'straggler' };
  const sample = bad === 0 ? conversations : clean;
  // One straggler is chance; several are a worker that missed the flip: gone only when it is at most 1 % of what starts.
  const needed = bad >= 2 ? ENOUGH_FOR_1_PERCENT : ENOUGH_FOR_5_PERCENT;
  if (sample < needed) return { kind: 'unproven', more: needed - sample };
  return { kind: 'gone', atMostLeft01: sample >= ENOUGH_FOR_1_PERCENT ? 0.01 : 0.05 };
}
