import type { Client } from '#renderer/client/client.ts';
import type { ExportFile } from '#renderer/parts/download.ts';
import { figuresCsv, incidentsCsv } from '#shared/domain/history/csv.ts';
import type { HistorySummary, IncidentFacts } from '#shared/model/history.ts';
import { filterOf, type HistoryAddress } from './address.ts';

/** The most that one question may ask for. */
const PAGE_ROWS = 1_000;

export type ExportKind = 'incidents-csv' | 'incidents-json' | 'figures-csv' | 'figures-json';

/**
 * What one takes away: the figures as they are on screen, or every incident the filters leave in the order of the table.
 * `say` hears how far it is. Rejects with the call's error.
 */
export async function exportFile(
  kind: ExportKind,
  from: { readonly client: Client; readonly address: HistoryAddress; readonly summary: HistorySummary },
  say: (done: number, total: number) => void,
): Promise<ExportFile> {
  const { client, address, summary } = from;
  switch (kind) {
    case 'figures-csv':
      return { name: 'fusebox-history-figures.csv', type: 'text/csv', parts: [figuresCsv(summary)] };
    case 'figures-json':
      return {
        name: 'fusebox-history-figures.json',
        type: 'application/json',
        parts: [`${JSON.stringify(summary, null, 2)}\n`],
      };
    case 'incidents-csv': {
      const parts: string[] = [];
      for await (const rows of pages(client, address, say))
        parts.push(incidentsCsv(rows, parts.length === 0));
      return { name: 'fusebox-history-incidents.csv', type: 'text/csv', parts };
    }
    case 'incidents-json': {
      const all: IncidentFacts[] = [];
      for await (const rows of pages(client, address, say)) for (const row of rows) all.push(row);
      return {
        name: 'fusebox-history-incidents.json',
        type: 'application/json',
        parts: [`${JSON.stringify(all, null, 2)}\n`],
      };
    }
  }
}

/** At least one page, so that an export of nothing still has its header. */
async function* pages(
  client: Client,
  address: HistoryAddress,
  say: (done: number, total: number) => void,
): AsyncGenerator<IncidentFacts[]> {
  const { sort, isDescending } = address;
  const filter = filterOf(address);
  for (let offset = 0; ;) {
    const { rows, total } = await client.history.incidents({
      filter,
      sort,
      isDescending,
      offset,
      limit: PAGE_ROWS,
    });
    offset += rows.length;
    say(offset, total);
    yield rows;
    if (rows.length === 0 || offset >= total) return;
  }
}
