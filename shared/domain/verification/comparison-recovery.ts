/** One bucket after the drain: those who had the bad version, and the rest, who had control all along. Both run control now. */
export type RecoveryBlock = {
  readonly slice: { readonly conversations: number; readonly events: number };
  readonly rest: { readonly conversations: number; readonly events: number };
};

/**
 * Back at the rest's rate? For rates that drift, or baselines too thin to rest on: with the margin r at the root of the incident's ratio,
 * prod (1/r)^x (1 + s (r - 1))^X is evidence against "still r times the rest or more" (the label bet of the detector, inverted), and the
 * same with the incident's ratio against the margin evidence for it. Shared drift cancels. Returns logarithms, which add up over blocks.
 */
export function comparisonLogs(
  { slice, rest }: RecoveryBlock,
  incidentRatio: number,
): { readonly recovered: number; readonly notRecovered: number } {
  const all = slice.events + rest.events;
  if (!(all > 0) || !(slice.conversations > 0) || !(rest.conversations > 0)) {
    return { recovered: 0, notRecovered: 0 };
  }
  const share = slice.conversations / (slice.conversations + rest.conversations);
  const margin = Math.sqrt(incidentRatio);
  const atMargin = Math.log1p(share * (margin - 1));
  const atIncident = Math.log1p(share * (incidentRatio - 1));
  return {
    recovered: all * atMargin - slice.events * Math.log(margin),
    notRecovered: slice.events * Math.log(incidentRatio / margin) - all * (atIncident - atMargin),
  };
}
