import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { ActionItem } from '#shared/model/action-item.ts';
import type { HistoryFilter, HistoryPage } from '#shared/model/history.ts';
import {
  type Figures,
  type FiguresQuery,
  readChoices,
  readFigures,
  readUnfinishedItems,
} from './history-figures.ts';
import {
  countDue,
  type DueFacts,
  type HistoryPageQuery,
  readDue,
  readHistoryPage,
  readPreventingActions,
} from './history-store.ts';
import type { RecordTables } from './tables.ts';

/** How long no incident must have followed a frozen ramp for it to have prevented one. */
const QUIET_AFTER_FREEZE_MS = 24 * 3_600_000;

/** What history asks of the record store. All reads; what still waits in memory for the disk is not in them. */
export type HistoryReader = {
  /** Incidents whose facts are out of date, oldest incident first. */
  due(limit: number): Promise<DueFacts[]>;
  countDue(): Promise<number>;
  /** Null while the disk cannot be read. */
  figures(query: FiguresQuery): Promise<Figures | null>;
  /** Action items that are neither done nor dropped, of the incidents that the filter leaves. */
  unfinishedItems(filter: HistoryFilter): Promise<ActionItem[]>;
  page(query: HistoryPageQuery): Promise<HistoryPage>;
  choices(): Promise<{ prompts: { id: string; title: string }[]; teams: string[] }>;
  /** Ramps frozen by a policy that no incident followed. */
  preventingActions(query: {
    readonly fromMs: number | null;
    readonly toMs: number | null;
  }): Promise<{ readonly promptId: string; readonly atMs: number }[]>;
};

type Read = <T>(query: (from: Kysely<RecordTables>) => Promise<T>, otherwise: T) => Promise<T>;

/** `read` answers with its second argument while the disk cannot be read. */
export function createHistoryReader(read: Read): HistoryReader {
  return {
    due: (limit) => read((from) => readDue(from, limit), []),
    countDue: () => read(countDue, 0),
    // SQLite works on the engine's own thread: between two pages everything else gets its turn.
    figures: (query) => read((from) => readFigures(from, query, () => setImmediate()), null),
    unfinishedItems: (filter) => read((from) => readUnfinishedItems(from, filter), []),
    page: (query) => read((from) => readHistoryPage(from, query), { total: 0, rows: [] }),
    choices: () => read(readChoices, { prompts: [], teams: [] }),
    preventingActions: (query) =>
      read((from) => readPreventingActions(from, { ...query, quietMs: QUIET_AFTER_FREEZE_MS }), []),
  };
}
