const DAY_MS = 24 * 3_600_000;

/**
 * A moment a person wrote: a UTC date (2026-05-09) or an ISO time with its zone. As an end, a date means that whole day. Null = neither.
 */
export function momentOf(text: string, edge: 'from' | 'to'): number | null {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  if (!isDate && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text))
    return null;
  const atMs = Date.parse(text);
  // Some days do not exist, and Date.parse takes a few of them for the day after.
  if (Number.isNaN(atMs) || (isDate && new Date(atMs).toISOString().slice(0, 10) !== text)) return null;
  return isDate && edge === 'to' ? atMs + DAY_MS : atMs;
}
