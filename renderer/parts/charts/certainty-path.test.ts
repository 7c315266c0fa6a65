import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certaintyAt, certaintyPath, certaintySummary, certaintyTop } from './certainty-path.ts';

const LINES = { watch: 2, page: 3 };
const MINUTE = 60_000;
const FROM = new Date(2026, 4, 9, 14, 0).getTime();
const points = (...sigmas: (number | null)[]) =>
  sigmas.map((sigma, index) => ({ atMs: FROM + index * MINUTE, sigma }));
const WINDOW = { fromMs: FROM, toMs: FROM + 4 * MINUTE };

describe('certaintyPath', () => {
  it('steps from figure to figure and leaves a gap where there is none', () => {
    expect(certaintyPath(points(0, 2, null, 4), WINDOW, 4)).toBe('M0.00 100.00H25.00V50.00M75.00 0.00');
  });
  it('draws only what lies inside the window', () => {
    expect(certaintyPath(points(1, 1), { fromMs: FROM + MINUTE, toMs: FROM + 2 * MINUTE }, 4)).toBe(
      'M0.00 75.00',
    );
  });
  it('stays inside the box whatever comes', () => {
    const point = fc.record({
      atMs: fc.integer({ min: FROM - MINUTE, max: FROM + 9 * MINUTE }),
      sigma: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(point), (some) => {
        const top = certaintyTop(some, LINES);
        const figures = certaintyPath(some, WINDOW, top).match(/-?\d+(\.\d+)?/g) ?? [];
        expect(figures.map(Number).every((figure) => figure >= 0 && figure <= 100)).toBe(true);
      }),
    );
  });
});

describe('certaintySummary', () => {
  it('says where it stands and when the lines were crossed', () => {
    expect(certaintySummary('complaints', points(0.4, 2.1, 3.4, 3.2), LINES)).toBe(
      'Evidence about complaints: 3.2 sigma at 14:03, highest 3.4 at 14:02, watch line crossed at 14:01, page line crossed at 14:02.',
    );
    expect(certaintySummary('csat', points(0.4, null), LINES)).toContain('below the watch line throughout');
    expect(certaintySummary('csat', [], LINES)).toBe('No evidence about csat is recorded in this window.');
  });
});

describe('certaintyAt', () => {
  it('is the figure that stood then', () => {
    expect(certaintyAt(points(1, 2), FROM + 1.5 * MINUTE)).toBe(2);
    expect(certaintyAt(points(1), FROM - 1)).toBeNull();
  });
});
