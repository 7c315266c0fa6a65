/** "2026-05-09 14:00:00", UTC: as a person may type it again. */
export function utcText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** The reverse, epoch ms; seconds may be left out. Null where it is not a time. */
export function parseUtc(text: string): number | null {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?Z?$/.exec(text.trim());
  if (!match) return null;
  const iso = `${match[1]}T${match[2]}${match[3] ?? ':00'}Z`;
  const atMs = Date.parse(iso);
  // 31 February parses to a day in March.
  return Number.isNaN(atMs) || atMs < 0 || utcText(atMs) !== iso.slice(0, 19).replace('T', ' ') ? null : atMs;
}
