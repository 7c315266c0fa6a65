/** Where a sparkline's points go: one SVG path per line, a gap (never a zero) where a bucket has no data. */
export function sparkPath(
  values: readonly (number | null)[],
  box: { readonly width: number; readonly height: number; readonly low: number; readonly high: number },
): string {
  const stepX = values.length > 1 ? box.width / (values.length - 1) : 0;
  const span = box.high - box.low;
  const at = (value: number) => (span === 0 ? box.height / 2 : box.height * (1 - (value - box.low) / span));
  let path = '';
  let isPenDown = false;
  values.forEach((value, index) => {
    if (value === null) {
      isPenDown = false;
      return;
    }
    path += `${isPenDown ? 'L' : 'M'}${(index * stepX).toFixed(1)} ${at(value).toFixed(1)}`;
    // A lone point between gaps still shows: a dot as long as the pen is wide.
    if (!isPenDown && (values[index + 1] ?? null) === null) path += 'h0.01';
    isPenDown = true;
  });
  return path;
}

/**
 * Lowest and highest value of all lines, at least `minSpan` apart (around their middle) so that noise looks like noise;
 * null with no data at all.
 */
export function sparkRange(
  lines: readonly (readonly (number | null)[])[],
  minSpan = 0,
): { readonly low: number; readonly high: number } | null {
  const values = lines.flat().filter((value) => value !== null);
  if (values.length === 0) return null;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const missing = Math.max(0, minSpan - (high - low)) / 2;
  return { low: low - missing, high: high + missing };
}
