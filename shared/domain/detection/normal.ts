const CENTRE_NUM = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
];
const CENTRE_DEN = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
];
const MID_NUM = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
];
const MID_DEN = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const FAR_NUM = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
];
const FAR_DEN = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
];

function polynomial(coefficients: readonly number[], at: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * at + coefficient, 0);
}

/** Tails below this are shown as this: the quantile's own limit, about 37 sigma. */
const SMALLEST_TAIL = 1e-300;

/**
 * The z whose upper normal tail is `tail01`: 0.5 gives 0, 0.00135 gives 3. Tails at or beyond 0 and 1 are clamped.
 * Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988), 477-484; about 16 digits.
 */
export function sigmaOfTail(tail01: number): number {
  if (Number.isNaN(tail01)) return Number.NaN;
  const upper = Math.min(Math.max(tail01, SMALLEST_TAIL), 1 - Number.EPSILON / 2);
  const q = 0.5 - upper;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE_NUM, r)) / polynomial(CENTRE_DEN, r);
  }
  const r = Math.sqrt(-Math.log(q > 0 ? upper : 1 - upper));
  const size =
    r <= 5
      ? polynomial(MID_NUM, r - 1.6) / polynomial(MID_DEN, r - 1.6)
      : polynomial(FAR_NUM, r - 5) / polynomial(FAR_DEN, r - 5);
  return q > 0 ? size : -size;
}

/** Upper tail of the normal at 2 and 3 sigma. */
export const TAIL_AT_2_SIGMA = 0.022750131948179195;
export const TAIL_AT_3_SIGMA = 0.0013498980316300933;
