import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SECTION_IDS, type Postmortem, type SectionId } from '#shared/model/postmortem.ts';
import { postmortemDocument } from './document.ts';
import { toHtml } from './html.ts';
import { toMarkdown } from './markdown.ts';
import { storyIncident, storyPostmortem } from './story.ts';

const T = Date.UTC(2026, 4, 9, 16, 0);
const written = (text: string) => ({ text, revision: 1, by: 'ana', atMs: T });

/** Everything filled in, each part with a word of its own. */
const COMPLETE: Postmortem = storyPostmortem({
  details: { style: 'full', preparedBy: 'Pia', reviewOn: '2026-05-16', revision: 1, by: 'pia', atMs: T },
  sections: Object.fromEntries(
    SECTION_IDS.map((id) => [id, written(`words of ${id}.`)]),
  ) as Postmortem['sections'],
  corrections: [
    {
      entryId: 'shipped-0',
      atMs: T - 130 * 60_000,
      by: 'bo',
      reason: 'the deploy log says so',
      correctedAtMs: T,
    },
  ],
  timelineConfirmed: { by: 'ana', atMs: T },
  incident: storyIncident({
    evals: {
      cases: 1,
      acceptedCaseId: 'rude-greeting',
      acceptedAtMs: T,
      gatedAtMs: T,
      sentence: 'rude-greeting fails on v18 and passes on v17; gated in CI.',
    },
  }),
  items: [
    {
      id: 'INC-20260509-1-A1',
      incidentId: 'INC-20260509-1',
      promptId: 'customer_support_agent',
      title: 'Check greetings in CI',
      owner: 'pia',
      dueOn: '2026-05-16',
      state: 'open',
      droppedBecause: null,
      ticketUrl: 'https://tickets.example/FB-1',
      failureMode: 'complaints',
      suiteId: null,
      revision: 1,
      createdAtMs: T,
      createdBy: 'ana',
      changedAtMs: T,
      changedBy: 'ana',
      doneAtMs: null,
      remindedAtMs: null,
    },
  ],
  waivers: [{ blocker: 'note', name: 'Mira', reason: 'told in person', atMs: T }],
});

const headings = (text: string) => text.split('\n').filter((line) => line.startsWith('#'));

describe('the postmortem against the list of the mission', () => {
  it('short: the five outputs, in order', () => {
    const text = toMarkdown(postmortemDocument(COMPLETE, 'short'));
    expect(headings(text)).toEqual([
      '# Postmortem INC-20260509-1: Customer support agent',
      '## Timeline',
      '## Cause',
      '## Detection gap',
      '### Detection method',
      '### What the evals in CI missed',
      '### Why not sooner',
      '## New eval case',
      '## Action items',
      '## Waived',
    ]);
    for (const expected of [
      '- **Severity:** P2',
      'corrected by bo: the deploy log says so',
      'words of cause.',
      // Shipped ten minutes before it was recorded: the correction counts.
      '- **Time to detect:** 18 min',
      'words of detection-method.',
      'words of missed-by-evals.',
      'words of why-not-sooner.',
      'rude-greeting fails on v18 and passes on v17; gated in CI.',
      'Check greetings in CI | pia | 2026-05-16 | open',
      'Mira',
    ]) {
      expect(text).toContain(expected);
    }
    expect(text).not.toContain('words of summary');
    // The tool's own steps on the way are left out.
    expect(text).not.toContain('check passed');
  });

  it('full: the template, in order, with everything of the short one', () => {
    const text = toMarkdown(postmortemDocument(COMPLETE, 'full'));
    expect(headings(text)).toEqual([
      '# Postmortem INC-20260509-1: Customer support agent',
      '## Summary',
      '## User impact',
      '### Requests',
      '### Segments',
      '### Business',
      '## Timeline',
      '## Cause',
      '## Contributing factors',
      '## Detection gap',
      '### Detection method',
      '### What the evals in CI missed',
      '### Why not sooner',
      '## Response against targets',
      '## What went well',
      '## What did not go well',
      '## New eval case',
      '## Action items',
      '## Waived',
    ]);
    for (const id of SECTION_IDS) expect(text).toContain(`words of ${id}.`);
    for (const expected of [
      '- **Incident:** INC-20260509-1',
      '- **Prompt:** Customer support agent',
      '- **Version:** v18 (8f3a1c9be0d2), back to v17',
      '- **Prepared by:** Pia',
      '- **Review date:** 2026-05-16',
      'check passed',
      '| detect | 8 min | 5 min | done, over target |',
      '| roll back | 11 s | 60 s | done, within target |',
    ]) {
      expect(text).toContain(expected);
    }
  });

  it('says what nobody wrote, in both styles; a hint is not an answer', () => {
    for (const style of ['short', 'full'] as const) {
      const text = toMarkdown(postmortemDocument(storyPostmortem(), style));
      expect(text).toContain(
        '## Cause\n\n*Not written.*\\\n*The record suggests:*\\\n*Between v17 and v18.*',
      );
      expect(text).toContain('### Why not sooner\n\n*Not written.*');
      expect(text).toContain('*No eval case was made.*');
      expect(text).toContain('*No action item was written.*');
    }
    const full = toMarkdown(postmortemDocument(storyPostmortem(), 'full'));
    expect(full).toContain(
      '40 conversations ran on v18, counted in the traces. Share of traffic before the flip: 5 %.',
    );
    expect(full).toContain('tenant\\_cohort\\_B: Complaints per 1,000, 20.4 against 5 per 1,000 (4.08x)');
    expect(full).toContain('Roll back took 11 s, target 60 s.');
    expect(full).toContain('Detect took 8 min, target 5 min.');
  });
});

const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg/onload=alert(1)>',
    '[click](javascript:alert(1))',
    '![x](https://evil.example/p.png)',
    'https://evil.example www.evil.example a@evil.example',
    '| a | b |\n| --- | --- |',
    '# heading\n- list\n1. one\n> quote\n```\ncode\n```',
    '\u202Egnp.exe\u2066',
    '<!--',
    '</style><script>',
    '{{ template }}',
    '&lt;b&gt;',
  ),
);
const anyPostmortem = fc
  .record({
    texts: fc.array(hostile, { minLength: 11, maxLength: 11 }),
    name: hostile,
    style: fc.constantFrom('short' as const, 'full' as const),
  })
  .map(({ texts, name, style }) => ({
    style,
    postmortem: storyPostmortem({
      sections: Object.fromEntries(
        SECTION_IDS.map((id: SectionId, index) => [id, written(texts[index] ?? '')]),
      ) as Postmortem['sections'],
      incident: storyIncident({
        promptTitle: name,
        badVersion: name,
        trigger: { ...storyIncident().trigger, sentence: name },
      }),
      items: COMPLETE.items.map((item) => ({ ...item, title: name, owner: name })),
      waivers: [{ blocker: 'cause', name, reason: name, atMs: T }],
    }),
  }));

/** Tags of a page as a browser's tokenizer would begin them: "<" and then a letter, "/" , "!" or "?". */
const tagsOf = (html: string) =>
  [...html.matchAll(/<\/?([a-z!?][^\s>/]*)/gi)].map((match) => match[1]?.toLowerCase());
const OURS = new Set(
  '!doctype html head meta title style body main h1 h2 h3 p dl dt dd table thead tbody tr th td'.split(' '),
);

describe('whatever people and models write', () => {
  it('is text in HTML: no tag, no attribute and no reference of theirs, nothing that runs', () => {
    fc.assert(
      fc.property(anyPostmortem, ({ postmortem, style }) => {
        const html = toHtml(postmortemDocument(postmortem, style), 'x');
        for (const tag of tagsOf(html)) expect(OURS).toContain(tag);
        expect(html).not.toMatch(/<script|\son\w+\s*=\s*["']|<a[\s>]|<img|<svg/i);
        // Every attribute is one of ours.
        for (const [, attributes] of html.matchAll(/<[a-z][a-z0-9]*\s([^>]*)>/gi)) {
          expect(attributes).toMatch(
            /^(lang="en"|charset=|http-equiv=|name="viewport"|scope="col"|class="missing")/,
          );
        }
        expect(html).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
      }),
    );
  });

  it('is text in Markdown: no heading, list, table row, link or HTML of theirs', () => {
    fc.assert(
      fc.property(anyPostmortem, ({ postmortem, style }) => {
        const text = toMarkdown(postmortemDocument(postmortem, style));
        const plain = toMarkdown(postmortemDocument({ ...postmortem, ...neutral(postmortem) }, style));
        expect(headings(text).length).toBe(headings(plain).length);
        const unescaped = text.replaceAll(/\\[\\`*_{}[\]()#+\-.!|~$>=:]/g, '');
        expect(unescaped).not.toMatch(/<|\]\(|!\[|`|:\/\/|www\./i);
        for (const line of unescaped.split('\n')) {
          if (line.startsWith('|')) expect([4, 5, 6, 7]).toContain(line.split('|').length - 1);
          expect(line).not.toMatch(/^(>|\d+[.)] |={3,}|\+ )/);
        }
        expect(text).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
      }),
    );
  });

  it('the same record gives the same bytes', () => {
    fc.assert(
      fc.property(anyPostmortem, ({ postmortem, style }) => {
        const copy = JSON.parse(JSON.stringify(postmortem)) as Postmortem;
        expect(toMarkdown(postmortemDocument(copy, style))).toBe(
          toMarkdown(postmortemDocument(postmortem, style)),
        );
        expect(toHtml(postmortemDocument(copy, style), 'x')).toBe(
          toHtml(postmortemDocument(postmortem, style), 'x'),
        );
      }),
    );
  });
});

/** The same shape with harmless words. */
function neutral(postmortem: Postmortem): Partial<Postmortem> {
  return {
    sections: Object.fromEntries(SECTION_IDS.map((id) => [id, written('x')])) as Postmortem['sections'],
    incident: storyIncident(),
    items: COMPLETE.items,
    waivers: postmortem.waivers.map((waiver) => ({ ...waiver, name: 'x', reason: 'x' })),
  };
}
