import { SIGNALS, type SignalId } from '#shared/model/signal.ts';

/** A signal's value in display units, with as many digits as it deserves; "–" where there is none. */
export function signalFigure(signal: SignalId, value: number | null): string {
  if (value === null) return '–';
  return SIGNALS[signal].unit === '%' ? `${value.toFixed(2)} %` : value.toFixed(1);
}

/** Standard deviations for the worse; one digit, as more would be noise. */
export function sigmaFigure(sigma: number | null): string {
  return sigma === null ? '' : `${sigma.toFixed(1)} σ`;
}

/** A share of traffic. Never 0 % or 100 % unless it is: the last stale worker must stay visible. */
export function shareFigure(share01: number): string {
  const percent = share01 * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  if (percent < 0.1) return '< 0.1 %';
  if (percent > 99.9) return '> 99.9 %';
  return `${percent < 10 || percent > 90 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** A count short enough for a cell: 940, 18.2 k, 1.3 M. */
export function countFigure(count: number): string {
  if (count < 1000) return String(Math.round(count));
  if (count < 100_000) return `${(count / 1000).toFixed(1)} k`;
  if (count < 1_000_000) return `${Math.round(count / 1000)} k`;
  return `${(count / 1_000_000).toFixed(1)} M`;
}
