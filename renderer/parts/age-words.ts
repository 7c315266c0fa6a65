/** How old a figure may look: `fresh`, `marked` past twice its refresh interval, `greyed` past five times. */
export type AgeState = 'fresh' | 'marked' | 'greyed' | 'never';

export function ageState(ageMs: number | null, intervalMs: number | null): AgeState {
  if (ageMs === null) return 'never';
  if (intervalMs === null || ageMs <= 2 * intervalMs) return 'fresh';
  return ageMs <= 5 * intervalMs ? 'marked' : 'greyed';
}

/** An age in one unit: "4 s", "2 min", "3 h", "2 d". Negative ages (clock skew below a second) read "0 s". */
export function ageWords(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** A running clock: "0:48", "4:12", "1:02:09". */
export function clockWords(elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A moment on both clocks, zone printed: "14:13:48 UTC · 16:13:48 GMT+2". `zone` is for tests. */
export function bothTimes(atMs: number, zone?: string): { readonly utc: string; readonly local: string } {
  const at = new Date(atMs);
  const local = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
    timeZone: zone,
  }).format(at);
  return { utc: `${at.toISOString().slice(11, 19)} UTC`, local: local.replace(/GMT$/, 'GMT+0') };
}
