import {
  auditItems,
  dueReminders,
  isReady,
  isUnfinished,
  REMIND_EVERY_MS,
  type LiveIncident,
} from '#shared/domain/action-items/audit.ts';
import { earlierIncidents, failureModeOf } from '#shared/domain/action-items/recurrence.ts';
import type { ActionItem, ActionItemContent, AuditedItem } from '#shared/model/action-item.ts';
import { EMPTY_AFTERMATH } from '#shared/model/closing.ts';
import { attemptNotice } from '../incidents/attempt-notice.ts';
import type { IncidentChange } from '../incidents/change-incident.ts';
import { TOOL, type IncidentDeps } from '../incidents/deps.ts';
import { createTurns } from '../incidents/turns.ts';
import { CommandError, type IncidentDesk } from '../ports.ts';
import { RecordConflictError } from '../records/conflicts.ts';
import type { IncidentRecord } from '../records/kind.ts';
import { refused, requireRevision } from './conflict.ts';
import type { ActionItemDesk } from './kind.ts';

const REMIND_LOOK_MS = 60_000;
/** How far back recurrence looks. */
const HISTORY = 500;
/** An incident of another engine is known to recurrence at the latest after this. */
const HISTORY_KEPT_MS = 30_000;

/** What postmortems promised: kept, audited, reminded of, and found again when the same thing happens. */
export function createActionItemDesk(
  deps: Pick<IncidentDeps, 'records' | 'clock' | 'workspace' | 'sources' | 'log'>,
  changes: IncidentChange,
  incidents: Pick<IncidentDesk, 'get' | 'open'>,
): ActionItemDesk {
  const { records, clock, workspace, sources, log } = deps;
  const turns = createTurns();
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let recent: {
    readonly key: string;
    readonly atMs: number;
    readonly incidents: readonly IncidentRecord[];
  } | null = null;

  const live = (): LiveIncident[] =>
    incidents.open().map((incident) => ({ ...incident, failureMode: failureModeOf(incident) }));

  async function list(incidentId: string | null, isOnlyUnfinished: boolean): Promise<AuditedItem[]> {
    const items = await records.actionItems({
      ...(incidentId === null ? {} : { incidentId }),
      unfinished: isOnlyUnfinished,
    });
    return auditItems(items, live(), clock.nowMs());
  }

  /** The counts that closing asks for, after `item` is written. */
  function withCounts(
    record: IncidentRecord,
    others: readonly ActionItem[],
    item: ActionItem,
  ): IncidentRecord {
    const kept = [...others.filter(({ id }) => id !== item.id), item].filter(
      ({ state }) => state !== 'dropped',
    );
    const actionItems = { total: kept.length, ready: kept.filter(isReady).length };
    return { ...record, aftermath: { ...(record.aftermath ?? EMPTY_AFTERMATH), actionItems } };
  }

  return {
    list: ({ incidentId, isUnfinished: isOnlyUnfinished }) => list(incidentId, isOnlyUnfinished),

    async create(input) {
      const { incidentId, content } = input;
      const incident = await incidents.get(incidentId);
      const release = await turns.take(incidentId);
      try {
        const others = await records.actionItems({ incidentId });
        await changes.amend(input, 'actionItem.create', (record) => {
          requireReason(content);
          const nowMs = clock.nowMs();
          const item: ActionItem = {
            ...content,
            failureMode: content.failureMode ?? failureModeOf(incident),
            id: `${incidentId}-A${others.length + 1}`,
            incidentId,
            promptId: incident.promptId,
            revision: 1,
            createdAtMs: nowMs,
            createdBy: input.actor.name,
            changedAtMs: nowMs,
            changedBy: input.actor.name,
            doneAtMs: content.state === 'done' ? nowMs : null,
            remindedAtMs: null,
          };
          return {
            record: withCounts(record, others, item),
            lines: [],
            says: `action item ${item.id}: ${item.title}`,
            after: item,
            also: [{ kind: 'action-item', value: item, base: null }],
          };
        });
      } finally {
        release();
      }
      return list(incidentId, false);
    },

    async change(input) {
      const { itemId, content } = input;
      const incidentId = itemId.replace(/-A\d+$/, '');
      const release = await turns.take(incidentId);
      try {
        const others = await records.actionItems({ incidentId });
        const before = others.find(({ id }) => id === itemId);
        if (!before) {
          const message = `There is no action item ${itemId}.`;
          throw new CommandError('NOT_FOUND', message, { what: 'action item', id: itemId });
        }
        await changes.amend({ ...input, incidentId }, 'actionItem.change', (record) => {
          const { revision, changedBy, changedAtMs } = before;
          requireRevision(input.revisionShown, { revision, by: changedBy, atMs: changedAtMs }, itemId);
          requireReason(content);
          const nowMs = clock.nowMs();
          const item: ActionItem = {
            ...before,
            ...content,
            revision: revision + 1,
            changedAtMs: nowMs,
            changedBy: input.actor.name,
            doneAtMs: content.state === 'done' ? (before.doneAtMs ?? nowMs) : null,
          };
          return {
            record: withCounts(record, others, item),
            lines: [],
            says: `action item ${itemId} changed${before.state === item.state ? '' : `: ${item.state}`}`,
            before,
            after: item,
            also: [{ kind: 'action-item', value: item, base: before }],
          };
        });
      } finally {
        release();
      }
      return list(incidentId, false);
    },

    async earlier(incidentId) {
      const incident = await incidents.get(incidentId);
      const [history, items] = await Promise.all([recentIncidents(), records.actionItems({})]);
      const comparable = <T extends { readonly id: string; readonly promptId: string }>(one: T) => ({
        ...one,
        suiteIds: suitesOf(
          one.promptId,
          items.filter((item) => item.incidentId === one.id),
        ),
      });
      return earlierIncidents(comparable(incident), history.map(comparable), items, clock.nowMs());
    },

    remind,
    start() {
      running ??= loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };

  /** Bodies of incidents are big and a postmortem is saved every second while somebody writes: read again when one opens or closes. */
  async function recentIncidents(): Promise<readonly IncidentRecord[]> {
    const key = incidents
      .open()
      .map(({ id }) => id)
      .join();
    const nowMs = clock.nowMs();
    const isFresh = recent?.key === key && Math.abs(nowMs - recent.atMs) < HISTORY_KEPT_MS;
    if (!recent || !isFresh) {
      recent = { key, atMs: nowMs, incidents: await records.incidents({ status: 'any', limit: HISTORY }) };
    }
    return recent.incidents;
  }

  /** The suites a prompt's cases go into and those named in items, by their file: two prompts may call different suites alike. */
  function suitesOf(promptId: string, items: readonly ActionItem[]): string[] {
    const suites = workspace.prompt(promptId)?.evals ?? [];
    const named = items.flatMap(({ suiteId }) =>
      suiteId === null || suites.some(({ id }) => id === suiteId) ? [] : [suiteId],
    );
    const files = suites.map(({ checkout, path }) => {
      return `${typeof checkout === 'string' ? checkout : checkout.env}/${path}`;
    });
    return [...files, ...named];
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      await remind().catch((error: unknown) => log.warn({ error: String(error) }, 'reminders failed'));
      await clock.sleep(REMIND_LOOK_MS, stopping.signal).catch(() => undefined);
    }
  }

  /** One message per prompt and day. Marked before it is sent, so that a crash in between costs a reminder and never doubles one. */
  async function remind(): Promise<void> {
    const due = dueReminders(await list(null, true), clock.nowMs());
    for (const promptId of new Set(due.map((item) => item.promptId))) {
      const prompt = workspace.prompt(promptId);
      const poster = prompt?.chat && sources.instance(prompt.chat.source)?.chat;
      if (!prompt?.chat || !poster) continue;
      const marked = await mark(due.filter((item) => item.promptId === promptId));
      if (marked.length === 0) continue;
      const outcome = await attemptNotice(
        clock,
        poster.post({ text: reminderText(marked), channel: prompt.chat.channel ?? null, incidentId: null }),
      );
      if (!outcome.ok) log.warn({ promptId, detail: outcome.detail }, 'reminder not posted');
    }
  }

  async function mark(due: readonly AuditedItem[]): Promise<AuditedItem[]> {
    const marked: AuditedItem[] = [];
    for (const item of due) {
      const release = await turns.take(item.incidentId);
      try {
        // It may have been finished, or reminded of, since the look.
        const now = (await records.actionItems({ incidentId: item.incidentId })).find(
          ({ id }) => id === item.id,
        );
        const nowMs = clock.nowMs();
        const isFresh = now?.remindedAtMs != null && nowMs - now.remindedAtMs < REMIND_EVERY_MS;
        if (!now || !isUnfinished(now) || isFresh) continue;
        await records.write([
          { kind: 'action-item', value: { ...now, remindedAtMs: nowMs }, base: now },
          {
            kind: 'audit',
            value: {
              atMs: nowMs,
              monotonicMs: clock.monotonicMs(),
              actor: TOOL,
              via: 'engine',
              operationId: null,
              phase: 'fact',
              what: `reminder of ${now.id}: ${item.urgencyText}`,
              before: null,
              after: null,
            },
          },
        ]);
        marked.push(item);
      } catch (error) {
        // Another engine reminds of it, or somebody has just changed it: the next look decides.
        if (!(error instanceof RecordConflictError)) throw error;
      } finally {
        release();
      }
    }
    return marked;
  }
}

function reminderText(items: readonly AuditedItem[]): string {
  const lines = items.map(
    ({ id, title, owner, urgencyText }) => `${id}, ${owner ?? 'no owner'}: ${title} (${urgencyText})`,
  );
  return [`Action items to finish:`, ...lines].join('\n');
}

/** Dropped without a reason teaches nobody. Throws REFUSED. */
function requireReason({ state, droppedBecause }: ActionItemContent): void {
  if ((state === 'dropped') === (droppedBecause !== null)) return;
  throw state === 'dropped'
    ? refused('An action item is dropped with a reason only.', 'Say why it is not worth doing, then save.')
    : refused('Only a dropped action item has a reason for it.', 'Take the reason out, or drop the item.');
}
