/** Rows beyond the edges that are drawn all the same, so that scrolling by a key or a wheel notch meets no hole. */
const SPARE_ROWS = 8;

/** Which rows of `total` to draw: [first, last). Every row is `rowPx` high. */
export function rowWindow(
  scrolledPx: number,
  heightPx: number,
  rowPx: number,
  total: number,
): [number, number] {
  const first = Math.max(0, Math.floor(scrolledPx / rowPx) - SPARE_ROWS);
  const last = Math.min(total, Math.ceil((scrolledPx + heightPx) / rowPx) + SPARE_ROWS);
  return [Math.min(first, Math.max(0, last - 1)), last];
}

/** Rows asked for at once, and how far the beginnings of two questions lie apart. */
export const BLOCK_ROWS = 400;
const STEP_ROWS = 200;

/** Where to begin asking so that the rows around `first` are in the answer, and the same for its neighbours. */
export function blockStart(first: number): number {
  return Math.max(0, Math.floor((first - STEP_ROWS / 2) / STEP_ROWS) * STEP_ROWS);
}
