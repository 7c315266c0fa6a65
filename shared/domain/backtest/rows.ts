import { COUNT_FIELDS } from './fields.ts';
import { BadRecording, type CountRow } from './kind.ts';

/** Lines of cohort 'all' beside lines of named cohorts say the same conversations twice; the named ones are kept. */
export function withoutTotals(
  rows: CountRow[],
  cohorts: readonly string[],
  warn: (text: string) => void,
): CountRow[] {
  const isNamed = rows.some(({ cohort }) => cohort !== 'all');
  if (!isNamed) {
    if (cohorts.length > 0 && rows.length > 0)
      warn(`no line of the cohorts named in the options (${cohorts.join(', ')}): only of cohort "all"`);
    return rows;
  }
  const named = rows.filter(({ cohort }) => cohort !== 'all');
  const left = rows.length - named.length;
  if (left > 0)
    warn(
      `${left} lines of cohort "all" were left out: beside named cohorts they would count conversations twice`,
    );
  return named;
}

/**
 * A conversation counts once per signal: over all its lines a bucket may not hold more events than conversations. Only a bucket with a
 * line that does can as a whole. Throws BadRecording with the line that brings too many.
 */
export function checkUnits(rows: readonly CountRow[]): void {
  const suspects = new Map<string, CountRow[]>();
  const buckets = new Set<number>();
  for (const row of rows) {
    if (!COUNT_FIELDS.some(({ id }) => (row.events[id] ?? 0) > row.conversations)) continue;
    suspects.set(keyOf(row), []);
    buckets.add(row.bucketMs);
  }
  if (suspects.size === 0) return;
  for (const row of rows) if (buckets.has(row.bucketMs)) suspects.get(keyOf(row))?.push(row);
  for (const all of suspects.values()) {
    const conversations = all.reduce((sum, row) => sum + row.conversations, 0);
    for (const { name, id } of COUNT_FIELDS) {
      let events = 0;
      for (const row of all) {
        events += row.events[id] ?? 0;
        if (events <= conversations) continue;
        throw new BadRecording(
          row.line,
          `more "${name}" (${events}) than conversations (${conversations}) in this tick, cohort and version: a conversation counts once`,
        );
      }
    }
  }
}

function keyOf({ bucketMs, arm, version, cohort }: CountRow): string {
  return `${bucketMs} ${arm} ${JSON.stringify([version, cohort])}`;
}

/** By the tick in which they became known; lines of one tick stay as they stood. */
export function inOrder(rows: CountRow[]): CountRow[] {
  const isSorted = rows.every(
    (row, index) => index === 0 || (rows[index - 1]?.tickEndMs ?? 0) <= row.tickEndMs,
  );
  return isSorted ? rows : rows.toSorted((a, b) => a.tickEndMs - b.tickEndMs);
}
