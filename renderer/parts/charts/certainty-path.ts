import type { CertaintySeries } from '#shared/model/detection.ts';
import { clockLabel } from './chart-model.ts';

/** Sigma at which one signal is watched, and at which it pages alone: the two lines of every strip. */
export type CertaintyLines = { readonly watch: number; readonly page: number };

/** Top of the strip: a little above the page line, or above the highest point. */
export function certaintyTop(points: CertaintySeries['points'], lines: CertaintyLines): number {
  return Math.max(lines.page + 1, ...points.map((point) => (point.sigma ?? 0) + 0.3));
}

/**
 * The evidence as an SVG path in a box of 100 x 100, time along the window, 0 sigma at the foot. A step line: evidence stays
 * as it was until a block of conversations moves it. Null = no figure: a gap.
 */
export function certaintyPath(
  points: CertaintySeries['points'],
  window: { readonly fromMs: number; readonly toMs: number },
  top: number,
): string {
  const spanMs = Math.max(1, window.toMs - window.fromMs);
  let path = '';
  let isPenDown = false;
  for (const { atMs, sigma } of points) {
    if (atMs < window.fromMs || atMs > window.toMs) continue;
    if (sigma === null) {
      isPenDown = false;
      continue;
    }
    const x = ((100 * (atMs - window.fromMs)) / spanMs).toFixed(2);
    const y = (100 * (1 - Math.min(sigma, top) / top)).toFixed(2);
    path += isPenDown ? `H${x}V${y}` : `M${x} ${y}`;
    isPenDown = true;
  }
  return path;
}

/** The strip in one sentence: where it stands, its highest, and when it crossed each line. */
export function certaintySummary(
  name: string,
  points: CertaintySeries['points'],
  lines: CertaintyLines,
): string {
  const known = points.flatMap(({ atMs, sigma }) => (sigma === null ? [] : [{ atMs, sigma }]));
  const last = known.at(-1);
  if (last === undefined) return `No evidence about ${name} is recorded in this window.`;
  const highest = known.reduce((top, each) => (each.sigma > top.sigma ? each : top), last);
  const crossed = (line: number) => known.find((each) => each.sigma >= line);
  const [watch, page] = [crossed(lines.watch), crossed(lines.page)];
  return [
    `Evidence about ${name}: ${last.sigma.toFixed(1)} sigma at ${clockLabel(last.atMs)}`,
    `highest ${highest.sigma.toFixed(1)} at ${clockLabel(highest.atMs)}`,
    watch === undefined
      ? 'below the watch line throughout'
      : `watch line crossed at ${clockLabel(watch.atMs)}`,
    page === undefined ? null : `page line crossed at ${clockLabel(page.atMs)}`,
  ]
    .filter((part) => part !== null)
    .join(', ')
    .concat('.');
}

/** The figure that stood at a time: the last point at or before it; null before the first. */
export function certaintyAt(points: CertaintySeries['points'], atMs: number): number | null {
  return points.findLast((point) => point.atMs <= atMs)?.sigma ?? null;
}
