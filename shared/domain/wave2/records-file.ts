import type { BadRecord } from '#shared/model/wave2.ts';
import { csv } from '../history/csv.ts';

export type RecordsFormat = 'csv' | 'ndjson';

const HEADER = [
  'conversation',
  'trace_ids',
  'traces',
  'version',
  'sha',
  'began_on',
  'cohort',
  'worker',
  'start',
  'end',
  'downstream_error',
  'error_type',
] as const;

/**
 * Records as a file, one line each: CSV that no spreadsheet takes for formulas, or one JSON object per line. `withHeader` false
 * continues a file begun with the page before.
 */
export function recordsFile(
  format: RecordsFormat,
  version: string,
  rows: readonly BadRecord[],
  withHeader = true,
): string {
  if (format === 'ndjson')
    return rows.map((row) => `${JSON.stringify({ version, ...withTimes(row) })}\n`).join('');
  const lines = rows.map((row) => [
    row.conversation,
    row.traceIds.join(' '),
    row.traces,
    version,
    row.sha,
    row.beganOn,
    row.cohort,
    row.worker,
    new Date(row.startMs).toISOString(),
    new Date(row.endMs).toISOString(),
    row.hasError,
    row.errorType,
  ]);
  return csv(withHeader ? [HEADER, ...lines] : lines);
}

/** Times as people and databases read them, beside the exact ones. */
function withTimes(row: BadRecord) {
  return { ...row, start: new Date(row.startMs).toISOString(), end: new Date(row.endMs).toISOString() };
}

/** "fusebox-INC-20260509-1-v18.csv", without what a file system might take for something else. */
export function recordsFileName(incidentId: string, version: string, format: RecordsFormat): string {
  const safe = (text: string) => text.replaceAll(/[^\w.-]+/g, '_').slice(0, 60);
  return `fusebox-${safe(incidentId)}-${safe(version)}.${format}`;
}
