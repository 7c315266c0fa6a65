import { describe, expect, it } from 'vitest';
import { drillReport } from '../fixture.ts';
import { reportText } from './report-text.ts';

describe('the debrief as text', () => {
  it('says first that it was a drill, then score, steps, wrong turns and what happened', () => {
    const text = reportText(drillReport());
    expect(text.startsWith('DRILL: The greeting is gone, finished, 2026-05-09T09:00Z')).toBe(true);
    expect(text).toContain('Points: 15 of 24, 63 %; hints given: 1');
    expect(text).toContain('Bad conversations: 41 served, 22 at best, 300 without any response');
    expect(text).toContain('  identify: 1 min 20 s (target 1 min), over target, 2 of 4');
    expect(text).toContain('  +10:00 Flipped again 90 s after');
    expect(text).toContain('  MISS: verdict, expected recovered, got partial');
    expect(text).toContain('  +8:00 ana: v18 to v17, flag.');
  });

  it('keeps what is not there in words, and every event on one line', () => {
    const [first] = drillReport().events;
    const text = reportText(
      drillReport({
        participants: [],
        wrongTurns: [],
        killswitch: null,
        events: [{ ...first!, text: 'two\nlines' }],
      }),
    );
    expect(text).toContain('participants: not named');
    expect(text).toContain('Wrong turns:\n  none');
    expect(text).toContain('Killswitch: not used');
    expect(text).toContain('fay: two lines');
  });
});
