/** ln of the binomial coefficient sums is not needed: the tail by its own recursion. P(X <= k) for X ~ Binomial(n, p01). */
function binomialCdf(k: number, n: number, p01: number): number {
  let term = Math.exp(n * Math.log1p(-p01));
  let sum = term;
  for (let i = 0; i < k; i += 1) {
    term *= ((n - i) / (i + 1)) * (p01 / (1 - p01));
    sum += term;
  }
  return sum;
}

/** Upper 95 % limit of a share of which `k` of `n` were seen (Clopper and Pearson 1934, one-sided). */
export function upperShare(k: number, n: number): number {
  if (k >= n) return 1;
  let low = k / n;
  let high = 1;
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2;
    if (binomialCdf(k, n, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** Chance to see `k` or more of `n` where the share is `p01`. */
export function chanceOfAtLeast(k: number, n: number, p01: number): number {
  return k === 0 ? 1 : 1 - binomialCdf(k - 1, n, p01);
}
