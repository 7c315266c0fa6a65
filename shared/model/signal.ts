import { z } from 'zod';

/** The four signals of the mission, in the order every screen shows them. */
export const SIGNAL_IDS = ['complaints', 'csat', 'safety', 'downstream'] as const;
export const signalIdSchema = z.enum(SIGNAL_IDS);
export type SignalId = z.infer<typeof signalIdSchema>;

/** `rate`: share of conversations with the event (up is worse). `mean`: average score 0-100 (down is worse). */
export type SignalKind = 'rate' | 'mean';

export const SIGNALS: Record<
  SignalId,
  { readonly title: string; readonly kind: SignalKind; readonly unit: string; readonly scale: number }
> = {
  complaints: { title: 'Complaints per 1,000', kind: 'rate', unit: 'per 1,000', scale: 1000 },
  csat: { title: 'csat', kind: 'mean', unit: 'points', scale: 1 },
  safety: { title: 'Safety-filter trips', kind: 'rate', unit: '%', scale: 100 },
  downstream: { title: 'Downstream errors', kind: 'rate', unit: '%', scale: 100 },
};

/** Counts for one arm over one window. For a rate, `events` are conversations that showed it at least once. */
export const rateCountsSchema = z.object({ conversations: z.number(), events: z.number() });
export type RateCounts = z.infer<typeof rateCountsSchema>;

/** Scores for one arm: count, sum and sum of squares, so that mean and variance add up over windows. Scores are 0-100. */
export const meanCountsSchema = z.object({ ratings: z.number(), sum: z.number(), sumSquares: z.number() });
export type MeanCounts = z.infer<typeof meanCountsSchema>;

/** What one arm shows for one signal; `kind` follows SIGNALS[signal].kind. */
export const armReadingSchema = z.discriminatedUnion('kind', [
  rateCountsSchema.extend({ kind: z.literal('rate') }),
  meanCountsSchema.extend({ kind: z.literal('mean') }),
]);
export type ArmReading = z.infer<typeof armReadingSchema>;

/**
 * How a figure may be read.
 * `blind`: too few conversations or events to say anything; `none`: enough data, no difference seen;
 * `watch`: worse, at two sigma; `page`: worse, at three sigma; `unknown`: the source gave no data (down, stale, never connected).
 */
export const signalVerdictSchema = z.enum(['unknown', 'blind', 'none', 'watch', 'page']);
export type SignalVerdict = z.infer<typeof signalVerdictSchema>;

/** One signal, candidate against control, one cohort ('all' = every cohort), over one window. Values are in display units (SIGNALS.scale applied). */
export const signalComparisonSchema = z.object({
  signal: signalIdSchema,
  cohort: z.string(),
  source: z.string(),
  windowMs: z.number(),
  asOfMs: z.number().nullable(),
  candidate: armReadingSchema.nullable(),
  control: armReadingSchema.nullable(),
  candidateValue: z.number().nullable(),
  controlValue: z.number().nullable(),
  difference: z.number().nullable(),
  ratio: z.number().nullable(),
  /** Signed so that positive = worse, whatever the signal's direction. */
  sigma: z.number().nullable(),
  /** `exact`: Fisher mid-p sigma, used for few events; `z`: pooled two-proportion; `welch`: means. */
  sigmaKind: z.enum(['z', 'exact', 'welch']).nullable(),
  verdict: signalVerdictSchema,
  /** Why the verdict is blind or unknown, or what it rests on: one short sentence for the screen. */
  note: z.string(),
  /** About how many more candidate conversations until a real doubling would show; null when not blind or not computable. */
  conversationsNeeded: z.number().nullable(),
  minutesNeeded: z.number().nullable(),
});
export type SignalComparison = z.infer<typeof signalComparisonSchema>;
