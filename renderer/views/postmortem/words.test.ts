import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Postmortem, SectionText } from '#shared/model/postmortem.ts';
import { newest } from './newest.ts';
import { saveWords } from './save-words.ts';
import { sectionsOf } from './sections.ts';
import { parseUtc, utcText } from './utc-text.ts';

describe('a time as a person types it', () => {
  it('comes back as it was, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        expect(parseUtc(utcText(seconds * 1_000))).toBe(seconds * 1_000);
      }),
    );
  });

  it('is refused where it is not one', () => {
    expect(parseUtc('2026-05-09 14:00')).toBe(Date.UTC(2026, 4, 9, 14));
    expect(parseUtc(' 2026-05-09T14:00:05Z ')).toBe(Date.UTC(2026, 4, 9, 14, 0, 5));
    for (const wrong of ['', '14:00', '2026-02-31 10:00:00', '2026-05-09 25:00', '9 May 2026']) {
      expect(parseUtc(wrong), wrong).toBeNull();
    }
  });
});

describe('the state in a line', () => {
  it('says the worst', () => {
    const saved = { kind: 'saved' } as const;
    expect(saveWords([], null).text).toBe('drafted from the record, nothing written yet');
    expect(saveWords([saved], 0).text).toMatch(/^saved \d\d:\d\d:\d\d$/);
    expect(saveWords([saved, { kind: 'saving' }], 0)).toEqual({ tone: 'busy', text: 'saving' });
    const failed = { kind: 'failed', why: 'the engine is away.' } as const;
    expect(saveWords([saved, failed, { kind: 'saving' }], 0)).toEqual({
      tone: 'warn',
      text: 'not saved: the engine is away. Kept here, tried again.',
    });
    const conflict = { kind: 'conflict', by: 'bo', atMs: null } as const;
    expect(saveWords([failed, conflict], 0).text).toBe('not saved: bo changed it, kept here');
  });
});

it('the short style asks for the outputs alone', () => {
  expect(sectionsOf('short').map(({ id }) => id)).toEqual([
    'cause',
    'detection-method',
    'missed-by-evals',
    'why-not-sooner',
  ]);
  expect(sectionsOf('full')).toHaveLength(11);
});

it('an answer that comes late does not bring an older text back', () => {
  const text = (revision: number): SectionText => ({ text: `r${revision}`, revision, by: 'ana', atMs: 0 });
  const of = (cause: number, details: number, items: unknown[]) =>
    ({
      incidentId: 'a',
      sections: { cause: text(cause) },
      details: { revision: details },
      items,
    }) as unknown as Postmortem;
  const joined = newest(of(3, 1, []), of(2, 2, ['new']));
  expect(joined).toMatchObject({
    sections: { cause: { text: 'r3' } },
    details: { revision: 2 },
    items: ['new'],
  });
  expect(newest(null, of(2, 2, []))).toEqual(of(2, 2, []));
});
