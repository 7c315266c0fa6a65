import type { ActionItem } from '#shared/model/action-item.ts';
import type { Postmortem, PostmortemStyle, SectionId } from '#shared/model/postmortem.ts';
import { draftSections, OWN_WORDS, stepTookMs, titleOf } from './draft.ts';
import { correctedEvents, keyEvents, timeToDetectMs, type PostmortemEvent } from './events.ts';
import { newestFlip } from './note.ts';
import { moment, span } from './words.ts';

/** The parts of a document, before it is Markdown, HTML or a page. Every text in it is plain and untrusted. */
export type Block =
  | { readonly kind: 'title'; readonly text: string }
  | { readonly kind: 'heading'; readonly level: 2 | 3; readonly text: string }
  /** Lines of text; `isMissing`: nobody has written it. */
  | { readonly kind: 'text'; readonly text: string; readonly isMissing: boolean }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [string, string])[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

/** What stands in a section: a person's words, else the draft; a hint is not an answer. */
export function sectionText(
  postmortem: Postmortem,
  id: SectionId,
): { readonly text: string; readonly isWritten: boolean } {
  const written = postmortem.sections[id]?.text ?? null;
  if (written !== null) return { text: written, isWritten: written.trim() !== '' };
  const draft = draftSections(postmortem.incident, postmortem.offsetMinutes)[id];
  return { text: draft, isWritten: draft !== '' && !OWN_WORDS.includes(id) };
}

/**
 * The postmortem in one of the two house styles. `short`: the five outputs (timeline, cause, detection gap, eval case, action items).
 * `full`: those, and summary, impact, contributing factors, response against targets, what went well and what did not. Waivers and
 * what is missing stand in both. Pure: the same value gives the same blocks.
 */
export function postmortemDocument(postmortem: Postmortem, style: PostmortemStyle): Block[] {
  const { incident } = postmortem;
  const events = correctedEvents(incident.timeline, postmortem.corrections);
  const isFull = style === 'full';
  const section = (title: string, id: SectionId, level: 2 | 3 = 2): Block[] => [
    { kind: 'heading', level, text: title },
    written(postmortem, id),
  ];
  return [
    { kind: 'title', text: `Postmortem ${incident.id}: ${incident.promptTitle}` },
    { kind: 'facts', rows: header(postmortem, isFull) },
    ...(isFull
      ? [
          ...section('Summary', 'summary'),
          { kind: 'heading', level: 2, text: 'User impact' } as const,
          ...section('Requests', 'impact-requests', 3),
          ...section('Segments', 'impact-segments', 3),
          ...section('Business', 'impact-business', 3),
        ]
      : []),
    { kind: 'heading', level: 2, text: 'Timeline' },
    timeline(isFull ? events : keyEvents(events), postmortem),
    ...section('Cause', 'cause'),
    ...(isFull ? section('Contributing factors', 'contributing') : []),
    { kind: 'heading', level: 2, text: 'Detection gap' },
    { kind: 'facts', rows: [['Time to detect', span(timeToDetectMs(events, incident))]] },
    ...section('Detection method', 'detection-method', 3),
    ...section('What the evals in CI missed', 'missed-by-evals', 3),
    ...section('Why not sooner', 'why-not-sooner', 3),
    ...(isFull
      ? [
          { kind: 'heading', level: 2, text: 'Response against targets' } as const,
          responses(postmortem),
          ...section('What went well', 'went-well'),
          ...section('What did not go well', 'went-badly'),
        ]
      : []),
    { kind: 'heading', level: 2, text: 'New eval case' },
    plain(incident.evals?.sentence ?? '', 'No eval case was made.'),
    { kind: 'heading', level: 2, text: 'Action items' },
    actionItems(postmortem.items),
    ...earlier(postmortem),
    ...waivers(postmortem),
  ];
}

function header(postmortem: Postmortem, isFull: boolean): [string, string][] {
  const { incident, details, offsetMinutes } = postmortem;
  const at = (ms: number | null) => moment(ms, offsetMinutes);
  const sha = incident.badSha === null ? '' : ` (${incident.badSha.slice(0, 12)})`;
  const flip = newestFlip(incident.rollbacks);
  const rows: [string, string][] = [
    ['Incident', incident.id],
    ['Prompt', incident.promptTitle],
    [
      'Version',
      `${incident.badVersion ?? 'unknown'}${sha}, back to ${flip?.toVersion ?? incident.goodVersion}`,
    ],
    ['Severity', incident.severity],
  ];
  if (!isFull) return rows;
  return [
    ...rows,
    ['Prepared by', details.preparedBy ?? 'nobody yet'],
    ['Review date', details.reviewOn ?? 'not set'],
    ['Shipped', at(incident.shippedAtMs)],
    ['Declared', `${at(incident.declaredAtMs)} by ${incident.declaredBy}`],
    [
      'Closed',
      incident.closedAtMs === null
        ? 'not yet'
        : `${at(incident.closedAtMs)} by ${incident.closedBy ?? 'unknown'}`,
    ],
  ];
}

function written(postmortem: Postmortem, id: SectionId): Block {
  const { text, isWritten } = sectionText(postmortem, id);
  if (isWritten) return { kind: 'text', text, isMissing: false };
  const hint = text === '' || postmortem.sections[id] !== undefined ? '' : `\nThe record suggests:\n${text}`;
  return { kind: 'text', text: `Not written.${hint}`, isMissing: true };
}

function plain(text: string, missing: string): Block {
  return { kind: 'text', text: text === '' ? missing : text, isMissing: text === '' };
}

function timeline(
  events: readonly PostmortemEvent[],
  { offsetMinutes, timelineConfirmed }: Postmortem,
): Block {
  const at = (ms: number) => moment(ms, offsetMinutes);
  const rows = events.map(({ entry, atMs, correction }) => [
    correction === null
      ? at(atMs)
      : `${at(atMs)}; recorded as ${at(entry.atMs)}, corrected by ${correction.by}: ${correction.reason}`,
    entry.text,
    entry.by,
  ]);
  const end =
    timelineConfirmed === null
      ? []
      : [[at(timelineConfirmed.atMs), 'timeline confirmed', timelineConfirmed.by]];
  return { kind: 'table', head: ['Time', 'What', 'Who'], rows: [...rows, ...end] };
}

function responses({ incident }: Postmortem): Block {
  return {
    kind: 'table',
    head: ['Step', 'Took', 'Target', 'State'],
    rows: incident.steps.map((step) => {
      const tookMs = stepTookMs(step);
      const verdict = tookMs === null ? '' : tookMs > step.targetMs ? ', over target' : ', within target';
      return [titleOf(step), span(tookMs), span(step.targetMs), `${step.state}${verdict}`];
    }),
  };
}

const STATES: Record<ActionItem['state'], string> = {
  open: 'open',
  'in-progress': 'in progress',
  done: 'done',
  dropped: 'dropped',
};

function actionItems(items: readonly ActionItem[]): Block {
  if (items.length === 0) return plain('', 'No action item was written.');
  return {
    kind: 'table',
    head: ['Id', 'What', 'Owner', 'Due', 'State', 'Ticket'],
    rows: items.map((item) => [
      item.id,
      item.title,
      item.owner ?? 'nobody yet',
      item.dueOn ?? 'not set',
      item.droppedBecause === null ? STATES[item.state] : `${STATES[item.state]}: ${item.droppedBecause}`,
      item.ticketUrl ?? '',
    ]),
  };
}

function earlier({ earlier: found }: Postmortem): Block[] {
  if (found.length === 0) return [];
  const rows = found.map((one) => [
    one.id,
    one.because.map((why) => why.replace('-', ' ')).join(', '),
    one.sentence,
    one.unfinished.map(({ id, title }) => `${id} ${title}`).join('; '),
  ]);
  return [
    { kind: 'heading', level: 2, text: 'Earlier incidents of this kind' },
    { kind: 'table', head: ['Incident', 'Same', 'What', 'Unfinished action items'], rows },
  ];
}

function waivers({ waivers: given, offsetMinutes }: Postmortem): Block[] {
  if (given.length === 0) return [];
  const rows = given.map(({ blocker, name, reason, atMs }) => [
    blocker.replaceAll('-', ' '),
    name,
    moment(atMs, offsetMinutes),
    reason,
  ]);
  return [
    { kind: 'heading', level: 2, text: 'Waived' },
    { kind: 'table', head: ['What', 'By', 'When', 'Why'], rows },
  ];
}
