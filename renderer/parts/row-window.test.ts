import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_ROWS, blockStart, rowWindow } from './row-window.ts';

describe('the rows drawn', () => {
  it('hold everything in sight, and lie in what was asked for', () => {
    const total = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(
        total,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 100, max: 1_600 }),
        (count, at01, heightPx) => {
          const topPx = at01 * Math.max(0, count * 34 - heightPx);
          const [first, last] = rowWindow(topPx, heightPx, 34, count);
          expect(first).toBeLessThanOrEqual(Math.floor(topPx / 34));
          expect(last).toBeGreaterThanOrEqual(Math.min(count, Math.ceil((topPx + heightPx) / 34)));
          expect(last - first).toBeLessThan(80);
          const offset = blockStart(first);
          expect(offset).toBeLessThanOrEqual(first);
          expect(offset + BLOCK_ROWS).toBeGreaterThanOrEqual(last);
        },
      ),
    );
    expect(rowWindow(0, 600, 34, 0)).toEqual([0, 0]);
  });
});
