import { SECTION_IDS, type Correction, type PostmortemRecord } from '#shared/model/postmortem.ts';
import { canonicalJson } from './audit.ts';
import { RecordConflictError, type Author } from './conflicts.ts';

/**
 * Puts a change that was made on `base` onto what another engine has stored meanwhile: each section, the head and the confirmation for
 * itself, corrections all together. Throws RecordConflictError where both changed the same one, which says who and when.
 */
export function mergePostmortem(
  base: PostmortemRecord,
  mine: PostmortemRecord,
  stored: PostmortemRecord,
): PostmortemRecord {
  const pick = <T>(path: string, before: T, here: T, there: T, author: Author | null): T => {
    if (isSame(before, here) || isSame(here, there)) return there;
    if (isSame(before, there)) return here;
    throw new RecordConflictError(mine.incidentId, {
      kind: 'changed',
      path,
      shown: wordsOf(before),
      now: wordsOf(there),
      author,
    });
  };
  const sections: PostmortemRecord['sections'] = {};
  for (const id of SECTION_IDS) {
    const there = stored.sections[id];
    const value = pick(
      `the section "${id}"`,
      base.sections[id],
      mine.sections[id],
      there,
      there ? { by: there.by, atMs: there.atMs } : null,
    );
    if (value) sections[id] = value;
  }
  const { by, atMs } = stored.details;
  const corrections = joined(stored.corrections, mine.corrections);
  const hasForeignCorrection = corrections.length > mine.corrections.length;
  const confirmed = stored.timelineConfirmed;
  return {
    ...stored,
    sections,
    details: pick(
      'the head of the postmortem',
      base.details,
      mine.details,
      stored.details,
      by === null || atMs === null ? null : { by, atMs },
    ),
    corrections,
    // Whoever confirmed did not see the other's correction.
    timelineConfirmed: hasForeignCorrection
      ? null
      : pick('the confirmation', base.timelineConfirmed, mine.timelineConfirmed, confirmed, confirmed),
  };
}

function joined(stored: readonly Correction[], mine: readonly Correction[]): Correction[] {
  const known = new Set(stored.map(canonicalJson));
  return [...stored, ...mine.filter((correction) => !known.has(canonicalJson(correction)))];
}

function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}

function wordsOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'object' && 'text' in value && typeof value.text === 'string')
    return value.text.slice(0, 120);
  return canonicalJson(value).slice(0, 120);
}
