import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SECTION_IDS, type PostmortemRecord, type SectionId } from '#shared/model/postmortem.ts';
import { RecordConflictError } from './conflicts.ts';
import { mergePostmortem } from './merge-postmortem.ts';

const EMPTY: PostmortemRecord = {
  incidentId: 'INC-1',
  details: { style: 'full', preparedBy: null, reviewOn: null, revision: 0, by: null, atMs: null },
  sections: {},
  corrections: [],
  timelineConfirmed: null,
};
const saved = (record: PostmortemRecord, id: SectionId, text: string, by: string): PostmortemRecord => ({
  ...record,
  sections: {
    ...record.sections,
    [id]: { text, revision: (record.sections[id]?.revision ?? 0) + 1, by, atMs: 7 },
  },
});
const corrected = (record: PostmortemRecord, reason: string): PostmortemRecord => ({
  ...record,
  corrections: [...record.corrections, { entryId: 'e', atMs: 1, by: 'ana', reason, correctedAtMs: 2 }],
  timelineConfirmed: null,
});

describe('two engines on one postmortem', () => {
  it('keeps both where they wrote different sections, and tells who was first where it was the same one', () => {
    const ids = fc.constantFrom(...SECTION_IDS);
    const edits = fc.array(fc.tuple(ids, fc.string({ maxLength: 8 })), { maxLength: 4 });
    fc.assert(
      fc.property(edits, ids, edits, ids, (before, mineId, theirs, theirId) => {
        const base = before.reduce((record, [id, text]) => saved(record, id, text, 'zoe'), EMPTY);
        const there = theirs.reduce(
          (record, [id, text]) => saved(record, id, text, 'bo'),
          saved(base, theirId, 'theirs', 'bo'),
        );
        const mine = saved(base, mineId, 'mine', 'ana');
        const touched = new Set([theirId, ...theirs.map(([id]) => id)]);
        if (touched.has(mineId)) {
          const thrown = (() => {
            try {
              return mergePostmortem(base, mine, there);
            } catch (error) {
              return error;
            }
          })();
          expect(thrown).toBeInstanceOf(RecordConflictError);
          expect(thrown).toMatchObject({ clash: { kind: 'changed', author: { by: 'bo', atMs: 7 } } });
          return;
        }
        const merged = mergePostmortem(base, mine, there);
        for (const id of SECTION_IDS) {
          expect(merged.sections[id]).toEqual(id === mineId ? mine.sections[id] : there.sections[id]);
        }
      }),
    );
  });

  it('keeps the corrections of both, and asks for a new confirmation of what nobody saw whole', () => {
    const merged = mergePostmortem(EMPTY, corrected(EMPTY, 'mine'), corrected(EMPTY, 'theirs'));
    expect(merged.corrections.map(({ reason }) => reason)).toEqual(['theirs', 'mine']);
    const confirmed = { ...EMPTY, timelineConfirmed: { by: 'ana', atMs: 3 } };
    expect(mergePostmortem(EMPTY, confirmed, corrected(EMPTY, 'theirs')).timelineConfirmed).toBeNull();
    expect(mergePostmortem(EMPTY, confirmed, EMPTY).timelineConfirmed).toEqual({ by: 'ana', atMs: 3 });
  });

  it('writing the same again changes nothing', () => {
    const mine = corrected(saved(EMPTY, 'cause', 'mine', 'ana'), 'mine');
    expect(mergePostmortem(EMPTY, mine, mine)).toEqual(mine);
  });
});
