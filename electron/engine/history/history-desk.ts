import { setImmediate } from 'node:timers/promises';
import { itemAgeing } from '#shared/domain/action-items/ageing.ts';
import { incidentFacts } from '#shared/domain/history/facts.ts';
import type { HistoryFilter } from '#shared/model/history.ts';
import type { Clock } from '../clock.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import { CommandError, type HistoryDesk, type IncidentDesk, type WorkspaceDesk } from '../ports.ts';
import type { RecordEntry, Records } from '../records/kind.ts';

/** Incidents worked out between two turns of everything else, and written in one transaction. */
const BATCH = 50;
/** How long a question waits for facts that are out of date; then it is answered with what there is, and says what is missing. */
const PATIENCE_MS = 2_000;

export type HistoryDeps = {
  readonly records: Pick<Records, 'history' | 'write'>;
  readonly incidents: Pick<IncidentDesk, 'get'>;
  readonly workspace: Pick<WorkspaceDesk, 'prompt'>;
  readonly clock: Pick<Clock, 'sleep' | 'nowMs'>;
  readonly log: ConnectorLog;
};

/** History: works out the facts that changed, and answers from them. Nothing is kept in memory. */
export function createHistoryDesk({ records, incidents, workspace, clock, log }: HistoryDeps): HistoryDesk {
  const { history } = records;
  const stopping = new AbortController();
  /** Incidents that could not be worked out in this run; tried again after a restart. */
  const unreadable = new Set<string>();
  let running: Promise<void> | null = null;

  async function workOutBatch(): Promise<boolean> {
    const due = (await history.due(BATCH + unreadable.size)).filter(
      ({ incidentId }) => !unreadable.has(incidentId),
    );
    const entries: RecordEntry[] = [];
    for (const { incidentId, marks } of due) {
      try {
        const incident = await incidents.get(incidentId);
        const facts = incidentFacts(incident, workspace.prompt(incident.promptId));
        entries.push({ kind: 'facts', value: { facts, marks } });
      } catch (error) {
        unreadable.add(incidentId);
        log.warn({ incidentId, error: String(error) }, 'history leaves an incident out');
      }
    }
    await records.write(entries);
    return due.length > 0;
  }

  async function workOutAll(): Promise<void> {
    while (!stopping.signal.aborted && (await workOutBatch())) await setImmediate();
  }

  /** One run at a time; who comes later joins it. */
  function workOut(): Promise<void> {
    running ??= workOutAll().finally(() => {
      running = null;
    });
    return running;
  }

  async function caughtUp(): Promise<void> {
    const answered = new AbortController();
    const patience = clock.sleep(PATIENCE_MS, answered.signal).catch(() => undefined);
    await Promise.race([workOut(), patience]);
    answered.abort();
  }

  /** A frozen ramp has no severity, is a soft trigger, and was frozen by the flag: a filter for anything else leaves none. */
  async function preventedSoft(filter: HistoryFilter): Promise<number> {
    const { fromMs, toMs, promptId, team, trigger, lever, severity } = filter;
    const isOther =
      severity !== null || (trigger !== null && trigger !== 'soft') || (lever !== null && lever !== 'flag');
    if (isOther) return 0;
    const actions = await history.preventingActions({ fromMs, toMs });
    return actions.filter(
      (action) =>
        (promptId === null || action.promptId === promptId) &&
        (team === null || workspace.prompt(action.promptId)?.owner === team),
    ).length;
  }

  return {
    async summary({ filter, groupBy, withMeans }) {
      await caughtUp();
      const figures = await history.figures({ filter, groupBy, withMeans });
      if (figures === null) {
        const fix = 'The status line says what is wrong with the store; ask again when it is gone.';
        throw new CommandError('SOURCE_UNAVAILABLE', `The records cannot be read now. ${fix}`, {
          source: 'records',
          detail: fix,
        });
      }
      const { incidents: ofIncidents, drills, groups, evalWeeks } = figures;
      return {
        filter,
        groupBy,
        withMeans,
        incidents: ofIncidents,
        drills,
        // Nothing tells yet what an eval suite stopped before it was merged: not known, which is not the same as none.
        prevented: { soft: await preventedSoft(filter), hard: null },
        groups: groups
          .map(({ key, title, figures }) => ({
            key: keyWords(groupBy, key),
            title: titleOf(groupBy, key, title),
            figures,
          }))
          .toSorted((a, b) =>
            groupBy === 'week'
              ? a.key.localeCompare(b.key)
              : b.figures.closed + b.figures.open - (a.figures.closed + a.figures.open) ||
                a.key.localeCompare(b.key),
          ),
        evalWeeks: evalWeeks.map(({ weekStartMs, counts }) => ({ key: dayOf(weekStartMs), counts })),
        actionItems: itemAgeing(await history.unfinishedItems(filter), clock.nowMs()),
        notWorkedOut: await history.countDue(),
        choices: await history.choices(),
      };
    },
    async incidents(query) {
      await caughtUp();
      return history.page(query);
    },
    start() {
      workOut().catch((error: unknown) => log.warn({ error: String(error) }, 'history is not up to date'));
    },
    async stop() {
      stopping.abort();
      await running?.catch(() => undefined);
    },
  };
}

/** A week is told by its Monday, as a date. */
function keyWords(groupBy: string, key: string): string {
  return groupBy === 'week' ? dayOf(Number(key)) : key;
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

const UNNAMED: Readonly<Record<string, string>> = { team: 'no owner named', lever: 'nothing flipped' };

function titleOf(groupBy: string, key: string, promptTitle: string): string {
  if (groupBy === 'week') return `week of ${keyWords(groupBy, key)}`;
  if (groupBy === 'prompt') return promptTitle;
  return key === '' ? (UNNAMED[groupBy] ?? 'none') : key;
}
