import { describe, expect, it } from 'vitest';
import { actionState, actionWords, isOver, markedText, speedWords } from './drill-words.ts';

const ACTION = {
  action: 'restart-stale-workers',
  title: 'Restart the named workers',
  takesMs: 60_000,
  busyUntilMs: null,
  doneAtMs: null,
} as const;

describe('what a drill says on every screen', () => {
  it('marks a text that leaves it, once', () => {
    expect(markedText('INC-1: killswitch ON', true)).toBe('DRILL, simulated: INC-1: killswitch ON');
    expect(markedText('DRILL, simulated: x', true)).toBe('DRILL, simulated: x');
    expect(markedText('INC-1: killswitch ON', false)).toBe('INC-1: killswitch ON');
  });

  it('says how fast the clock runs, and when it is over', () => {
    expect(speedWords(0)).toBe('clock paused');
    expect(speedWords(10)).toBe('clock at 10x');
    expect(isOver({ phase: 'running' })).toBe(false);
    expect(isOver({ phase: 'finished' })).toBe(true);
  });

  it('knows how an action outside stands', () => {
    expect(actionWords(ACTION, 0)).toBe('takes 1 min');
    const busy = { ...ACTION, busyUntilMs: 60_000 };
    expect(actionState(busy, 15_000)).toEqual({ name: 'busy', leftMs: 45_000, done01: 0.25 });
    expect(actionWords(busy, 28_000)).toBe('0:32 left');
    expect(actionWords({ ...ACTION, doneAtMs: 60_000 }, 190_000)).toBe('done 2:10 ago');
    expect(actionState(busy, 61_000).name).toBe('done');
  });
});
