/** "14:11:08Z" */
export function clock(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 19)}Z`;
}

/** "1 worker", "48 workers" */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** How long `more` conversations take; null without traffic. */
export function minutesFor(more: number, perMinute: number | null): number | null {
  return perMinute !== null && perMinute > 0 ? more / perMinute : null;
}

/** " (about 4 min at current traffic)", or nothing when the traffic is not known. */
export function waitFor(more: number, perMinute: number | null): string {
  const minutes = minutesFor(more, perMinute);
  if (minutes === null) return '';
  if (minutes < 1.5) return ` (about ${Math.max(1, Math.round(minutes * 60))} s at current traffic)`;
  if (minutes < 120) return ` (about ${Math.round(minutes)} min at current traffic)`;
  if (minutes < 48 * 60) return ` (about ${Math.round(minutes / 60)} h at current traffic)`;
  return ` (about ${Math.round(minutes / 1440)} days at current traffic)`;
}

/** A rate in the unit people know the signal by. */
export function perThousand(rate01: number): string {
  const value = rate01 * 1000;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} per 1,000`;
}

export function percentOf(rate01: number): string {
  const value = rate01 * 100;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(2)} %`;
}
