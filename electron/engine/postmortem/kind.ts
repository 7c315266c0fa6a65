import type { ActionItemContent, AuditedItem, EarlierIncident } from '#shared/model/action-item.ts';
import type { BlockerId } from '#shared/model/closing.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { Postmortem, PostmortemStyle, SectionId } from '#shared/model/postmortem.ts';
import type { Command } from '../ports.ts';

type OnIncident = Command & { readonly incidentId: string };

/** The incident note. Commands throw CommandError: NOT_FOUND, REFUSED, CHANGED_SINCE_SHOWN. */
export type NoteDesk = {
  save(input: OnIncident & { revisionShown: number; text: string | null }): Promise<Incident>;
  post(input: OnIncident & { again: boolean }): Promise<Incident>;
  finish(input: OnIncident): Promise<Incident>;
  /** At start: a post without a known outcome says so; nothing is sent again. */
  recover(): Promise<void>;
};

/** Postmortems: what people write, and the documents made of it. */
export type PostmortemDesk = {
  get(incidentId: string): Promise<Postmortem>;
  render(input: { incidentId: string; style: PostmortemStyle }): Promise<{ markdown: string; html: string }>;
  saveSection(
    input: OnIncident & { section: SectionId; text: string | null; revisionShown: number },
  ): Promise<Postmortem>;
  saveDetails(
    input: OnIncident & {
      revisionShown: number;
      style: PostmortemStyle;
      preparedBy: string | null;
      reviewOn: string | null;
    },
  ): Promise<Postmortem>;
  correct(input: OnIncident & { entryId: string; atMs: number; reason: string }): Promise<Postmortem>;
  confirmTimeline(input: OnIncident): Promise<Postmortem>;
  waive(input: OnIncident & { blocker: BlockerId; name: string; reason: string }): Promise<Incident>;
};

/** What postmortems promised, and what of it comes back. */
export type ActionItemDesk = {
  list(query: { incidentId: string | null; isUnfinished: boolean }): Promise<AuditedItem[]>;
  create(input: OnIncident & { content: ActionItemContent }): Promise<AuditedItem[]>;
  change(
    input: Command & { itemId: string; revisionShown: number; content: ActionItemContent },
  ): Promise<AuditedItem[]>;
  earlier(incidentId: string): Promise<EarlierIncident[]>;
  /** One look for reminders; called by the loop itself and by tests. */
  remind(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
};
