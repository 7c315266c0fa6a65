import { describe, expect, it } from 'vitest';
import { sparkPath, sparkRange } from './spark-paths.ts';

const box = { width: 10, height: 10, low: 0, high: 10 };

describe('sparkPath', () => {
  it('draws high values high', () => {
    expect(sparkPath([0, 10], box)).toBe('M0.0 10.0L10.0 0.0');
  });

  it('leaves a gap where there is no data, never a zero', () => {
    expect(sparkPath([5, 5, null, 5, 5], box)).toBe('M0.0 5.0L2.5 5.0M7.5 5.0L10.0 5.0');
  });

  it('shows a lone point', () => {
    expect(sparkPath([null, 5, null], box)).toBe('M5.0 5.0h0.01');
  });
});

describe('sparkRange', () => {
  it('is null without any data', () => {
    expect(sparkRange([[null], []])).toBeNull();
  });

  it('does not blow noise up to a hill', () => {
    expect(sparkRange([[5, 6]], 4)).toEqual({ low: 3.5, high: 7.5 });
    expect(sparkRange([[0, 20], [5]], 4)).toEqual({ low: 0, high: 20 });
  });
});
