import type { Client } from '#renderer/client/client.ts';
import type { ExportFile } from '#renderer/parts/download.ts';
import { recordsFile, recordsFileName, type RecordsFormat } from '#shared/domain/wave2/records-file.ts';
import type { BadRecordFilter } from '#shared/model/wave2.ts';

const PAGE_ROWS = 5_000;

/**
 * Every record the filters leave, as a file. `say` hears how far it is; `warning` says when the list changed while it was read. Rejects
 * with the call's error.
 */
export async function exportRecords(
  client: Client,
  what: {
    readonly incidentId: string;
    readonly version: string;
    readonly filter: BadRecordFilter;
    readonly format: RecordsFormat;
  },
  say: (done: number, total: number) => void,
): Promise<{ readonly file: ExportFile; readonly warning: string | null }> {
  const { incidentId, version, filter, format } = what;
  const parts: string[] = [];
  const totals = new Set<number>();
  let done = 0;
  for (let more = true; more;) {
    const { rows, total } = await client.wave2.records({
      incidentId,
      filter,
      offset: done,
      limit: PAGE_ROWS,
    });
    parts.push(recordsFile(format, version, rows, parts.length === 0));
    totals.add(total);
    done += rows.length;
    say(done, total);
    more = rows.length > 0 && done < total;
  }
  const name = recordsFileName(incidentId, version, format);
  return {
    file: { name, type: format === 'csv' ? 'text/csv' : 'application/x-ndjson', parts },
    warning:
      totals.size > 1 ? `saved as ${name}; records came or went while it was read: export again` : null,
  };
}
