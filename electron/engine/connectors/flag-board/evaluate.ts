import { bucketOf } from '../flag-bucket.ts';
import type { BoardFlag } from '../kind.ts';
import { WHOLE } from './flags.ts';

/** OFREP 0.3.0 `evaluationSuccess`; without `value` the asking code uses its own default. */
export type Evaluation = {
  readonly key: string;
  readonly reason: 'STATIC' | 'SPLIT' | 'DISABLED';
  readonly variant?: string;
  readonly value?: string | number | boolean | Record<string, unknown>;
  readonly metadata: Record<string, string | number | boolean>;
};

/**
 * Which variant a targeting key gets. Variants are laid end to end from the LAST of the list to the first, so that the control, by
 * custom the first, gives and takes at its far end and nobody moves between two candidates.
 */
export function evaluate(flag: BoardFlag, targetingKey: string, revision: number): Evaluation {
  const metadata = { environment: flag.environment, revision };
  if (!flag.enabled) {
    const off = flag.variants.find((variant) => variant.name === flag.offVariant);
    return off
      ? { key: flag.key, reason: 'DISABLED', variant: off.name, value: off.value, metadata }
      : { key: flag.key, reason: 'DISABLED', metadata };
  }
  const bucket = bucketOf(flag.key, targetingKey);
  let upTo = 0;
  for (const variant of flag.variants.toReversed()) {
    upTo += variant.weight;
    if (bucket < upTo)
      return {
        key: flag.key,
        reason: variant.weight === WHOLE ? 'STATIC' : 'SPLIT',
        variant: variant.name,
        value: variant.value,
        metadata,
      };
  }
  // Weights add up to the whole (checked when the flag was stored), so there is no bucket left.
  throw new Error(`weights of ${flag.key} do not add up`);
}
