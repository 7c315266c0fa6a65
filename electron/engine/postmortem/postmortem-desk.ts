import { OWN_WORDS } from '#shared/domain/postmortem/draft.ts';
import { postmortemDocument } from '#shared/domain/postmortem/document.ts';
import { toHtml } from '#shared/domain/postmortem/html.ts';
import { toMarkdown } from '#shared/domain/postmortem/markdown.ts';
import { EMPTY_AFTERMATH, type Aftermath } from '#shared/model/closing.ts';
import type { Postmortem, PostmortemRecord, SectionId } from '#shared/model/postmortem.ts';
import type { IncidentChange, IncidentEdit } from '../incidents/change-incident.ts';
import { localOffset, type IncidentDeps } from '../incidents/deps.ts';
import { createTurns } from '../incidents/turns.ts';
import { CommandError, type Command, type IncidentDesk } from '../ports.ts';
import type { IncidentRecord } from '../records/kind.ts';
import { refused, requireRevision } from './conflict.ts';
import type { ActionItemDesk, PostmortemDesk } from './kind.ts';

type OnIncident = Command & { readonly incidentId: string };

/** What people write is stored; the drafts and the documents are worked out from the record each time. */
export function createPostmortemDesk(
  deps: IncidentDeps,
  changes: IncidentChange,
  incidents: Pick<IncidentDesk, 'get'>,
  actionItems: Pick<ActionItemDesk, 'earlier'>,
): PostmortemDesk {
  const { records, clock } = deps;
  const turns = createTurns();

  async function get(incidentId: string): Promise<Postmortem> {
    const incident = await incidents.get(incidentId);
    const [stored, items, earlier] = await Promise.all([
      records.postmortem(incidentId),
      records.actionItems({ incidentId }),
      actionItems.earlier(incidentId),
    ]);
    return {
      ...(stored ?? emptyPostmortem(incidentId)),
      incident,
      items,
      waivers: incident.waivers,
      earlier,
      offsetMinutes: localOffset(deps, incident.declaredAtMs),
    };
  }

  /** One change of the postmortem: read, checked and written before the next one begins. */
  async function edit(
    command: OnIncident,
    what: string,
    work: (
      stored: PostmortemRecord,
      record: IncidentRecord,
    ) => Omit<IncidentEdit, 'lines' | 'record'> & {
      readonly next: PostmortemRecord;
      readonly lines?: IncidentEdit['lines'];
    },
  ): Promise<Postmortem> {
    const { incidentId } = command;
    const release = await turns.take(incidentId);
    try {
      await incidents.get(incidentId);
      const stored = (await records.postmortem(incidentId)) ?? emptyPostmortem(incidentId);
      await changes.amend(command, what, (record) => {
        const { next, lines = [], ...rest } = work(stored, record);
        return {
          ...rest,
          lines,
          record: { ...record, aftermath: { ...(record.aftermath ?? EMPTY_AFTERMATH), ...outputsOf(next) } },
          also: [...(rest.also ?? []), { kind: 'postmortem', value: next, base: stored }],
        };
      });
    } finally {
      release();
    }
    return get(incidentId);
  }

  return {
    get,

    async render({ incidentId, style }) {
      const postmortem = await get(incidentId);
      const blocks = postmortemDocument(postmortem, style);
      return { markdown: toMarkdown(blocks), html: toHtml(blocks, `Postmortem ${incidentId}`) };
    },

    saveSection: (input) =>
      edit(input, 'postmortem.saveSection', (stored) => {
        const now = stored.sections[input.section] ?? { revision: 0, by: null, atMs: null };
        requireRevision(input.revisionShown, now, `The section "${input.section.replaceAll('-', ' ')}"`);
        const revision = now.revision + 1;
        const text = { text: input.text, revision, by: input.actor.name, atMs: clock.nowMs() };
        return {
          next: { ...stored, sections: { ...stored.sections, [input.section]: text } },
          says: `postmortem, ${input.section} saved (revision ${revision})`,
          after: { section: input.section, revision, characters: input.text?.length ?? null },
        };
      }),

    saveDetails: (input) =>
      edit(input, 'postmortem.saveDetails', (stored) => {
        requireRevision(input.revisionShown, stored.details, 'What stands at the head of the postmortem');
        const { style, preparedBy, reviewOn } = input;
        const revision = stored.details.revision + 1;
        const details = { style, preparedBy, reviewOn, revision, by: input.actor.name, atMs: clock.nowMs() };
        return {
          next: { ...stored, details },
          says: `postmortem, head saved (revision ${revision})`,
          before: stored.details,
          after: details,
        };
      }),

    correct: async (input) => {
      const { timeline } = await incidents.get(input.incidentId);
      return edit(input, 'postmortem.correct', (stored) => {
        const entry = timeline.find(({ id }) => id === input.entryId);
        if (!entry) {
          const message = 'That event is not in the timeline of this incident.';
          throw new CommandError('NOT_FOUND', message, { what: 'event', id: input.entryId });
        }
        const correction = {
          entryId: entry.id,
          atMs: input.atMs,
          by: input.actor.name,
          reason: input.reason,
          correctedAtMs: clock.nowMs(),
        };
        return {
          // Whoever confirmed the timeline confirmed other times.
          next: { ...stored, corrections: [...stored.corrections, correction], timelineConfirmed: null },
          says: `time of "${entry.text.slice(0, 80)}" corrected: ${input.reason}`,
          before: { atMs: entry.atMs },
          after: { atMs: input.atMs },
        };
      });
    },

    confirmTimeline: (input) =>
      edit(input, 'postmortem.confirmTimeline', (stored) => ({
        next: { ...stored, timelineConfirmed: { by: input.actor.name, atMs: clock.nowMs() } },
        says: 'timeline confirmed',
      })),

    async waive(input) {
      const seen = await incidents.get(input.incidentId);
      return changes.change(input, 'postmortem.waive', (record) => {
        const blocker = seen.blockers.find(({ id }) => id === input.blocker);
        if (!blocker) {
          throw refused('That does not block closing.', 'Look at the list again: it may have been answered.');
        }
        if (!blocker.isWaivable) {
          throw refused(
            `${blocker.sentence} This cannot be waived.`,
            'A decision can be recorded at any time: answer it instead.',
          );
        }
        const waiver = {
          blocker: input.blocker,
          name: input.name,
          reason: input.reason,
          atMs: clock.nowMs(),
        };
        const aftermath: Aftermath = record.aftermath ?? EMPTY_AFTERMATH;
        const text = `waived by ${input.name}: ${input.blocker.replaceAll('-', ' ')} (${input.reason})`;
        return {
          record: { ...record, aftermath: { ...aftermath, waivers: [...aftermath.waivers, waiver] } },
          lines: [{ kind: 'note', by: input.actor.name, text }],
          says: text,
          before: { blocker: blocker.sentence },
          after: waiver,
        };
      });
    },
  };
}

function emptyPostmortem(incidentId: string): PostmortemRecord {
  return {
    incidentId,
    details: { style: 'full', preparedBy: null, reviewOn: null, revision: 0, by: null, atMs: null },
    sections: {},
    corrections: [],
    timelineConfirmed: null,
  };
}

/** What of a postmortem closing asks for: a person's own words where the record can only hint. */
function outputsOf({ sections, timelineConfirmed }: PostmortemRecord): Partial<Aftermath> {
  const [cause, missed, sooner] = OWN_WORDS.map((id: SectionId) => (sections[id]?.text ?? '').trim() !== '');
  return {
    hasCause: cause ?? false,
    hasMissedByEvals: missed ?? false,
    hasWhyNotSooner: sooner ?? false,
    timelineConfirmed,
  };
}
