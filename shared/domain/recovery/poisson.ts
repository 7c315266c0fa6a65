/**
 * Smallest count k with P(X <= k) >= q for X ~ Poisson(mean). Exact by summation up to a mean of 500; beyond that the normal
 * approximation with the first Cornish-Fisher term, which is off by less than one count there.
 */
export function poissonQuantile(mean: number, q: number): number {
  if (!(mean > 0)) return 0;
  if (mean > 500) {
    const z = normalQuantile(q);
    return Math.max(0, Math.ceil(mean + z * Math.sqrt(mean) + (z * z - 1) / 6 - 0.5));
  }
  let term = Math.exp(-mean);
  let sum = term;
  let count = 0;
  while (sum < q && count < 5_000) {
    count += 1;
    term *= mean / count;
    sum += term;
  }
  return count;
}

/**
 * Upper limit of a Poisson mean after `count` events: the mean at which so few would come with probability 1 - `confidence`
 * (Garwood 1936). Bisection; exact to six digits.
 */
export function poissonUpperLimit(count: number, confidence: number): number {
  let low = count;
  let high = count + 10 + 10 * Math.sqrt(count + 1);
  for (let step = 0; step < 60; step += 1) {
    const mean = (low + high) / 2;
    if (cumulative(mean, count) > 1 - confidence) low = mean;
    else high = mean;
  }
  return high;
}

function cumulative(mean: number, count: number): number {
  let term = Math.exp(-mean);
  let sum = term;
  for (let k = 1; k <= count; k += 1) {
    term *= mean / k;
    sum += term;
  }
  return sum;
}

/** Standard normal quantile, Acklam's rational approximation (relative error below 1.2e-9). */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const r = Math.sqrt(-2 * Math.log(p));
    return (
      (((((-7.784894002430293e-3 * r - 0.3223964580411365) * r - 2.400758277161838) * r - 2.549732539343734) *
        r +
        4.374664141464968) *
        r +
        2.938163982698783) /
      ((((7.784695709041462e-3 * r + 0.3224671290700398) * r + 2.445134137142996) * r + 3.754408661907416) *
        r +
        1)
    );
  }
  const s = p - 0.5;
  const r = s * s;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
      s) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
      1)
  );
}
