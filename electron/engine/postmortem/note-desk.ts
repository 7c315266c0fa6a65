import { EMPTY_AFTERMATH, type IncidentNote, type NoteRecord } from '#shared/model/closing.ts';
import { attemptNotice } from '../incidents/attempt-notice.ts';
import type { IncidentChange, IncidentEdit } from '../incidents/change-incident.ts';
import { TOOL, type IncidentDeps } from '../incidents/deps.ts';
import type { IncidentDesk } from '../ports.ts';
import type { IncidentRecord } from '../records/kind.ts';
import { refused, requireRevision } from './conflict.ts';
import type { NoteDesk } from './kind.ts';

/** A post that has said nothing for this long has an unknown outcome. */
const SENDING_FOR_MS = 60_000;

const COPY = 'Copy the note, send it by hand, then mark it as done.';

/** The incident note: edited, posted once through the prompt's chat, or marked as done. */
export function createNoteDesk(
  deps: Pick<IncidentDeps, 'clock' | 'sources' | 'workspace'> & {
    readonly records: Pick<IncidentDeps['records'], 'engineId'>;
  },
  changes: IncidentChange,
  incidents: Pick<IncidentDesk, 'get' | 'open'>,
): NoteDesk {
  const { clock, records, sources, workspace } = deps;

  const noteOf = (record: IncidentRecord) => (record.aftermath ?? EMPTY_AFTERMATH).note;
  function withNote(record: IncidentRecord, change: Partial<NoteRecord>): IncidentRecord {
    const aftermath = record.aftermath ?? EMPTY_AFTERMATH;
    return { ...record, aftermath: { ...aftermath, note: { ...aftermath.note, ...change } } };
  }

  /** Throws REFUSED when it went out already, or when there is nothing to tell yet. */
  function requireOpen({ state }: Pick<IncidentNote, 'state'>): void {
    if (state === 'posted' || state === 'done') {
      throw refused(
        'The incident note went out already.',
        'Say what is new in a note of the timeline or in the postmortem.',
      );
    }
    if (state === 'waiting') {
      throw refused(
        'There is nothing to tell yet: the recovery was not judged and nothing else was decided.',
        'Roll back or record a decision; the note is drafted within seconds of the verdict.',
      );
    }
  }
  const seen = async (incidentId: string) => (await incidents.get(incidentId)).note;

  return {
    async save(input) {
      return changes.amend(input, 'note.save', (record) => {
        const note = noteOf(record);
        if (note.doneAtMs !== null) requireOpen({ state: 'done' });
        const { revision, editedBy, editedAtMs } = note;
        requireRevision(
          input.revisionShown,
          { revision, by: editedBy, atMs: editedAtMs },
          'The incident note',
        );
        return {
          record: withNote(record, {
            text: input.text,
            revision: revision + 1,
            editedBy: input.actor.name,
            editedAtMs: clock.nowMs(),
          }),
          lines: [],
          says: `incident note saved (revision ${revision + 1})`,
          after: { text: input.text },
        };
      });
    },

    async finish(input) {
      const note = await seen(input.incidentId);
      return changes.amend(input, 'note.finish', (record) => {
        if (note) requireOpen(note);
        return {
          record: withNote(record, {
            text: noteOf(record).text ?? note?.draft ?? null,
            doneAtMs: clock.nowMs(),
            doneBy: input.actor.name,
          }),
          lines: [{ kind: 'note', by: input.actor.name, text: 'incident note marked as done' }],
          says: 'incident note marked as done',
        };
      });
    },

    async post(input) {
      const before = await incidents.get(input.incidentId);
      const prompt = workspace.prompt(before.promptId);
      const chat = prompt?.chat;
      const poster = chat && sources.instance(chat.source)?.chat;
      const target = before.note?.target ?? '';
      let text: string | null = null;
      const begun = await changes.amend(input, 'note.post', (record) => {
        const note = noteOf(record);
        if (before.note) requireOpen(before.note);
        requirePostable(note, input.again, clock.nowMs());
        if (!chat)
          throw refused('No chat is configured for this prompt.', `Add \`chat:\` to it, or: ${COPY}`);
        if (!poster) throw refused(`The source ${chat.source} is not connected.`, COPY);
        text = note.text ?? before.note?.draft ?? '';
        return {
          record: withNote(record, {
            text,
            post: {
              state: 'sending',
              target,
              detail: '',
              by: input.actor.name,
              atMs: clock.nowMs(),
              operationId: input.operationId,
            },
          }),
          lines: [],
          says: `incident note is being posted to ${target}`,
          after: { text },
        };
      });
      // A repeat of the command: nothing is sent again.
      if (text === null || !chat || !poster) return begun;
      const outcome = await attemptNotice(
        clock,
        poster.post({ text, channel: chat.channel ?? null, incidentId: before.id }),
      );
      return changes.settle(input, (record) => posted(record, outcome, input.actor.name));
    },

    async recover() {
      for (const incident of incidents.open()) {
        const post = incident.note?.post;
        if (post?.state !== 'sending') continue;
        // Another cockpit of the team may be at it; after that time anybody may post again.
        if (records.engineId !== null && isUnderWay(post, clock.nowMs())) continue;
        const command = {
          operationId: post.operationId,
          actor: { name: TOOL, via: 'engine' as const },
          incidentId: incident.id,
        };
        await changes.settle(command, (record) => {
          const { post } = noteOf(record);
          const detail = 'Fusebox stopped before the answer; not sent again';
          return {
            record: withNote(record, { post: post && { ...post, state: 'unknown', detail } }),
            lines: [{ kind: 'notice', by: TOOL, text: `incident note: ${detail}` }],
            says: `incident note: ${detail}`,
          };
        });
      }
    },
  };

  function posted(
    record: IncidentRecord,
    outcome: { readonly ok: boolean; readonly detail: string },
    by: string,
  ): IncidentEdit {
    const { post } = noteOf(record);
    const atMs = clock.nowMs();
    if (outcome.ok) {
      const text = `incident note posted to ${post?.target ?? 'the channel'}`;
      return {
        record: withNote(record, {
          post: post && { ...post, state: 'sent', detail: outcome.detail, atMs },
          doneAtMs: atMs,
          doneBy: by,
        }),
        lines: [{ kind: 'note', by, text }],
        says: text,
      };
    }
    const text = `could not post the incident note to ${post?.target ?? 'the channel'}: ${outcome.detail}`;
    return {
      record: withNote(record, { post: post && { ...post, state: 'failed', detail: outcome.detail, atMs } }),
      lines: [{ kind: 'notice', by: TOOL, text }],
      says: text,
    };
  }
}

function isUnderWay({ state, atMs }: NonNullable<NoteRecord['post']>, nowMs: number): boolean {
  return state === 'sending' && nowMs - atMs < SENDING_FOR_MS;
}

/** Throws REFUSED while an earlier post is under way, or may have arrived. */
function requirePostable({ post }: NoteRecord, isAgain: boolean, nowMs: number): void {
  if (!post || post.state === 'failed' || post.state === 'sent') return;
  if (isUnderWay(post, nowMs)) {
    throw refused(`${post.by} is posting the note at this moment.`, 'Wait for the answer of the channel.');
  }
  if (isAgain) return;
  throw refused(
    `It is not known whether the post to ${post.target} arrived.`,
    'Look at the channel: mark the note as done if it is there, or post again.',
  );
}
