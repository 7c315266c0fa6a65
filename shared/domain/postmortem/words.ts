import { clockTimes } from '#shared/domain/rollback/status-line.ts';

/** "2026-05-09 14:11:08Z (16:11 +02:00)"; "unknown" where it is not known. `offsetMinutes` is minutes east of UTC. */
export function moment(atMs: number | null, offsetMinutes: number): string {
  if (atMs === null) return 'unknown';
  return `${new Date(atMs).toISOString().slice(0, 10)} ${clockTimes(atMs, offsetMinutes)}`;
}

/** "48 s", "3 min 20 s", "2 h 5 min"; "unknown" where it is not known. */
export function span(ms: number | null): string {
  if (ms === null) return 'unknown';
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "5 %", "0.5 %" */
export function percent(share01: number): string {
  return `${Math.round(share01 * 1000) / 10} %`;
}

/** "20.4", "0.05": three significant figures, without an exponent. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
