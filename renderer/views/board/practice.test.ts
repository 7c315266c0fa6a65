import { describe, expect, it } from 'vitest';
import type { DrillSummary } from '#shared/model/drill.ts';
import { practiceOf } from './practice.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.UTC(2026, 4, 9);
const drill = (over: Partial<DrillSummary>): DrillSummary =>
  ({
    drillId: 'D',
    title: 'The shorter greeting',
    outcome: 'finished',
    castPromptId: 'support',
    participants: ['ana'],
    facilitator: 'fay',
    endedAtMs: NOW - DAY,
    killswitch: { lever: 'flag', tookMs: 54_000, by: 'ana' },
    ...over,
  }) as DrillSummary;

describe('what drills say about a prompt', () => {
  it('is overdue when it was never practised', () => {
    expect(
      practiceOf('support', [drill({ castPromptId: 'other' }), drill({ outcome: 'aborted' })], NOW),
    ).toEqual([
      { what: 'practised', text: 'never practised in a drill', isOverdue: true, drillId: null },
      { what: 'killswitch', text: 'killswitch never proven in a drill', isOverdue: true, drillId: null },
    ]);
  });

  it('takes the newest, and for the killswitch the newest that flipped it', () => {
    const reports = [
      drill({ drillId: 'old', endedAtMs: NOW - 100 * DAY }),
      drill({ drillId: 'new', killswitch: null }),
    ];
    expect(practiceOf('support', reports, NOW)).toEqual([
      {
        what: 'practised',
        text: 'last practised 2026-05-08 (The shorter greeting) by ana',
        isOverdue: false,
        drillId: 'new',
      },
      {
        what: 'killswitch',
        text: 'killswitch last proven 2026-01-29 by ana: 54 s from press to seen in traffic',
        isOverdue: true,
        drillId: 'old',
      },
    ]);
  });
});
