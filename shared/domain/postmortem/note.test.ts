import { describe, expect, it } from 'vitest';
import { draftNote } from './note.ts';
import { storyIncident } from './story.ts';

describe('the drafted note', () => {
  it('tells times, versions, share, affected conversations, cohorts, what was done and by whom, and the verdict', () => {
    expect(draftNote(storyIncident(), 120).split('\n')).toEqual([
      'INC-20260509-1, P2, Customer support agent: complaints 4.1x (3.6 sigma)',
      'Versions: bad v18 (sha 8f3a1c9be0d2), good v17',
      'Shipped: 2026-05-09 14:00:00Z (16:00 +02:00)',
      'Detected: 2026-05-09 14:08:00Z (16:08 +02:00) by fusebox, 8 min after it shipped',
      'Decided: roll back, 2026-05-09 14:11:00Z (16:11 +02:00) by ana',
      'Done: killswitch ON, support_prompt_rollout, production, v18 to v17, 14:11:00Z (16:11 +02:00), read back ok, by ana, op 7F3K, in effect 11 s after the press',
      '  Channel (op 7F3K): #incidents through slack, sent',
      '  Page (op 7F3K): pia through pager, not configured',
      'Share of v18 before the flip: 5 %',
      'Affected: 40 conversations on v18',
      'Cohorts: tenant_cohort_B',
      'Shipped to flipped: 11 min 11 s; detected to flipped: 3 min 11 s',
      'Recovery: Recovered: 4 of 4 checks passed.',
    ]);
  });

  it('says unknown for what the record does not know, and never makes up a number', () => {
    const text = draftNote(
      storyIncident({
        badVersion: null,
        badSha: null,
        shippedAtMs: null,
        badConversations: null,
        rollbacks: [],
        verification: null,
        decision: { answers: [], advice: 'undecided', adviceSentence: '', recorded: null },
      }),
      -330,
    );
    for (const line of [
      'Versions: bad unknown (sha unknown), good v17',
      'Shipped: unknown',
      'Decided: not recorded',
      'Done: no change of a lever is recorded',
      'Share of unknown before the flip: unknown',
      'Affected: unknown number of conversations',
      'Shipped to flipped: unknown; detected to flipped: unknown',
      'Recovery: not checked',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('(08:38 -05:30)');
  });

  it('keeps a sentence with line breaks on its line', () => {
    const { trigger } = storyIncident();
    const text = draftNote(storyIncident({ trigger: { ...trigger, sentence: 'a\nDone: all fine\r\nb' } }), 0);
    expect(text.split('\n').filter((line) => line.startsWith('Done:'))).toHaveLength(1);
    expect(text.split('\n')[0]).toContain('a Done: all fine b');
  });
});
