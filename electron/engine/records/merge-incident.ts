import type { DecisionAnswer } from '#shared/model/incident.ts';
import { canonicalJson } from './audit.ts';
import type { IncidentRecord } from './kind.ts';

/** Worked out from evidence or from other records by every engine for itself: the newest is right, nobody's word is lost. */
const FIGURES: ReadonlySet<string> = new Set([
  'promptTitle',
  'noWayBack',
  'signals',
  'alarm',
  'evidence',
  'culprit',
  'outside',
  'badConversations',
  'verification',
  'references',
  'evals',
  'aftermath.hasCause',
  'aftermath.hasMissedByEvals',
  'aftermath.hasWhyNotSooner',
  'aftermath.actionItems',
]);

export type Merge =
  | {
      readonly kind: 'merged';
      readonly value: IncidentRecord;
      /** What people (not figures) this side changed, by path: "severity", "answers.user-visible". */
      readonly changed: readonly string[];
    }
  | { readonly kind: 'conflict'; readonly path: string; readonly shown: string; readonly now: string };

/**
 * Puts a change that was made on `base` onto what another engine has made of it meanwhile. Both sides' changes are kept where they
 * touch different things; where both changed the same thing it is a conflict (unless it was the same person, `isOwn`), or theirs
 * stays when this side `yields`. An incident closed meanwhile takes no change, and is not closed over a change that was not seen.
 */
export function mergeIncident(
  base: IncidentRecord,
  mine: IncidentRecord,
  theirs: IncidentRecord,
  yields: boolean,
  isOwn: (path: string) => boolean = () => false,
): Merge {
  const [before, here, there] = [flat(base), flat(mine), flat(theirs)];
  const differs = (path: string, other: ReadonlyMap<string, unknown>) =>
    canonicalJson(before.get(path)) !== canonicalJson(other.get(path));
  const paths = [...new Set([...there.keys(), ...here.keys()])];
  const isSaid = (path: string, other: ReadonlyMap<string, unknown>) =>
    !FIGURES.has(path) && differs(path, other) && !isSuggestionOnly(before.get(path), other.get(path));
  const changed = paths.filter((path) => isSaid(path, here));
  const theirChanges = paths.filter(
    (path) => isSaid(path, there) && !(changed.includes(path) && isOwn(path)),
  );
  const agreed = (path: string) => canonicalJson(here.get(path)) === canonicalJson(there.get(path));

  const clash =
    changed.find((path) => theirChanges.includes(path) && !agreed(path)) ??
    (changed.length > 0 && theirChanges.includes('status') ? 'status' : undefined) ??
    (changed.includes('status')
      ? theirChanges.find((path) => path !== 'status' || !agreed(path))
      : undefined);
  if (clash !== undefined && !yields) {
    return { kind: 'conflict', path: clash, shown: words(before.get(clash)), now: words(there.get(clash)) };
  }
  const merged = new Map(there);
  for (const path of paths) {
    const isTheirs = theirChanges.includes(path) || (!changed.includes(path) && !FIGURES.has(path));
    if (differs(path, here) && (!isTheirs || !differs(path, there))) merged.set(path, here.get(path));
  }
  const kept = changed.filter((path) => !theirChanges.includes(path));
  return { kind: 'merged', value: whole(theirs, merged), changed: kept };
}

/** Nobody's answer, or the same one of the same person: only what the evidence suggests has moved. */
function isSuggestionOnly(before: unknown, after: unknown): boolean {
  if (!isAnswer(after)) return false;
  if (after.by === null) return true;
  return (
    isAnswer(before) && before.answer === after.answer && before.by === after.by && before.atMs === after.atMs
  );
}

const isAnswer = (value: unknown): value is DecisionAnswer =>
  typeof value === 'object' && value !== null && 'question' in value && 'by' in value;

function flat(record: IncidentRecord): Map<string, unknown> {
  const paths = new Map<string, unknown>();
  for (const [key, value] of Object.entries(record)) {
    if (key === 'aftermath') {
      for (const [part, inner] of Object.entries(record.aftermath ?? {}))
        paths.set(`aftermath.${part}`, inner);
    } else if (key === 'wave2' && record.wave2) {
      const { life, ...parts } = record.wave2;
      paths.set('wave2.life', life);
      for (const [part, entries] of Object.entries(parts)) {
        for (const [name, entry] of Object.entries(entries)) paths.set(`wave2.${part}.${name}`, entry);
      }
    } else if (key === 'answers') {
      for (const answer of record.answers) paths.set(`answers.${answer.question}`, answer);
    } else if (value !== undefined) paths.set(key, value);
  }
  return paths;
}

function whole(shape: IncidentRecord, paths: ReadonlyMap<string, unknown>): IncidentRecord {
  const fields: Record<string, unknown> = {};
  const aftermath: Record<string, unknown> = {};
  const answers: unknown[] = [];
  const wave2: Record<string, unknown> & Record<(typeof WAVE2_PARTS)[number], Record<string, unknown>> = {
    playbooks: {},
    steps: {},
    tenants: {},
  };
  for (const [path, value] of paths) {
    const [, part] = path.split('.', 2);
    if (path.startsWith('aftermath.') && part !== undefined) aftermath[part] = value;
    else if (path.startsWith('answers.')) answers.push(value);
    else if (path === 'wave2.life') wave2['life'] = value;
    else if (path.startsWith('wave2.')) {
      const section = WAVE2_PARTS.find((name) => name === part);
      if (section) wave2[section][path.slice(`wave2.${section}.`.length)] = value;
    } else fields[path] = value;
  }
  return {
    ...shape,
    ...fields,
    answers: answers as IncidentRecord['answers'],
    ...(Object.keys(aftermath).length > 0
      ? { aftermath: aftermath as NonNullable<IncidentRecord['aftermath']> }
      : {}),
    ...('life' in wave2 ? { wave2: wave2 as unknown as NonNullable<IncidentRecord['wave2']> } : {}),
  };
}

/** What of a second wave people change one by one; its clock is a thing of its own. */
const WAVE2_PARTS = ['playbooks', 'steps', 'tenants'] as const;

/** A value as a refusal names it. */
function words(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return value;
  if (isAnswer(value)) return value.answer ?? 'unknown';
  if (typeof value === 'object' && 'outcome' in value) return String(value.outcome);
  if (typeof value === 'object' && 'state' in value) return String(value.state);
  return canonicalJson(value).slice(0, 120);
}
