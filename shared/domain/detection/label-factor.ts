import { logGamma } from './rates.ts';

/** Alternatives "the candidate's odds of the event are r times the control's". A point r gains only above (r - 1)/ln r: 1.19 for 1.4. */
export const RATIO_GRID = [1.4, 2, 3, 5, 10] as const;

/** Up to so many events the draws are followed one by one; beyond, the normaliser is summed outwards from its largest term. */
const MAX_DRAWN = 64;
/** Terms below this share of the sum no longer change it. */
const NEGLIGIBLE = 1e-18;
/** Factors are kept inside these, so that products stay plain numbers. */
export const MAX_FACTOR = 1e300;
const MIN_FACTOR = 1e-300;

const weights = new Float64Array(MAX_DRAWN + 1);

/**
 * Evidence factors of one block for every r of the grid: L(r) = r^x_c / N(r), N(r) = sum over u of H(u) r^u, H hypergeometric: the exact
 * expectation of r^(events that fall to the candidate) when every assignment of the block's events to its units is equally likely.
 * Counts are whole numbers, events at most units. Writes `out` and returns true; returns false where the block says nothing (every
 * factor is exactly 1): no event, an empty arm, or nothing but events.
 */
export function labelFactors(
  out: Float64Array,
  candidateUnits: number,
  controlUnits: number,
  candidateEvents: number,
  controlEvents: number,
): boolean {
  const units = candidateUnits + controlUnits;
  const events = candidateEvents + controlEvents;
  if (!(events > 0) || !(candidateUnits > 0) || !(controlUnits > 0) || events >= units) return false;
  if (events === 1) {
    const share = candidateUnits / units;
    for (let point = 0; point < RATIO_GRID.length; point += 1) {
      const ratio = RATIO_GRID[point] ?? 1;
      out[point] = (candidateEvents === 1 ? ratio : 1) / (1 + (ratio - 1) * share);
    }
    return true;
  }
  if (events <= MAX_DRAWN) drawn(out, candidateUnits, controlUnits, candidateEvents, events);
  else summed(out, candidateUnits, controlUnits, candidateEvents, events);
  return true;
}

/** H by drawing the events one by one: no gamma functions, no overflow. Cost events^2 / 2. */
function drawn(out: Float64Array, mC: number, m0: number, xC: number, events: number): void {
  const all = mC + m0;
  weights[0] = 1;
  for (let draw = 0; draw < events; draw += 1) {
    const left = all - draw;
    weights[draw + 1] = ((weights[draw] ?? 0) * (mC - draw)) / left;
    for (let mine = draw; mine >= 1; mine -= 1) {
      const stays = ((weights[mine] ?? 0) * (m0 - draw + mine)) / left;
      const comes = ((weights[mine - 1] ?? 0) * (mC - mine + 1)) / left;
      weights[mine] = stays + comes;
    }
    weights[0] = ((weights[0] ?? 0) * (m0 - draw)) / left;
    // A weight of 0 times a negative rest stays 0; a rest below 0 is only met with weight 0.
  }
  for (let point = 0; point < RATIO_GRID.length; point += 1) {
    const ratio = RATIO_GRID[point] ?? 1;
    let normaliser = 0;
    for (let mine = events; mine >= 0; mine -= 1) normaliser = normaliser * ratio + (weights[mine] ?? 0);
    out[point] = clamped(ratio ** xC / normaliser);
  }
}

function summed(out: Float64Array, mC: number, m0: number, xC: number, events: number): void {
  const flat = logSum(mC, m0, events, 1);
  for (let point = 0; point < RATIO_GRID.length; point += 1) {
    const ratio = RATIO_GRID[point] ?? 1;
    out[point] = clamped(Math.exp(xC * Math.log(ratio) - (logSum(mC, m0, events, ratio) - flat)));
  }
}

/** ln of the sum over u of C(mC, u) C(m0, X - u) r^u: from the largest term outwards, terms being log-concave in u. */
function logSum(mC: number, m0: number, events: number, ratio: number): number {
  const lowest = Math.max(0, events - m0);
  const highest = Math.min(events, mC);
  const step = (u: number) => (ratio * (mC - u) * (events - u)) / ((u + 1) * (m0 - events + u + 1));
  let mode = lowest;
  for (let past = highest; mode < past;) {
    const middle = Math.floor((mode + past) / 2);
    if (step(middle) > 1) mode = middle + 1;
    else past = middle;
  }
  let sum = 1;
  for (let u = mode, term = 1; u < highest && term > sum * NEGLIGIBLE; u += 1) {
    term *= step(u);
    sum += term;
  }
  for (let u = mode, term = 1; u > lowest && term > sum * NEGLIGIBLE; u -= 1) {
    term /= step(u - 1);
    sum += term;
  }
  const top = logChoose(mC, mode) + logChoose(m0, events - mode) + mode * Math.log(ratio);
  return top + Math.log(sum);
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

function clamped(factor: number): number {
  return Math.min(MAX_FACTOR, Math.max(MIN_FACTOR, factor));
}
