import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placeWindow, readWindowState, writeWindowState } from './window-state.ts';

const laptop = { x: 0, y: 25, width: 1512, height: 920 };
const external = { x: 1512, y: 0, width: 2560, height: 1440 };

describe('placeWindow', () => {
  it('opens in the middle of the first screen, at the design size', () => {
    expect(placeWindow(null, [laptop])).toEqual({
      x: 36,
      y: 35,
      width: 1440,
      height: 900,
      isMaximized: false,
    });
  });

  it('comes back to where it was', () => {
    const saved = { x: 1700, y: 100, width: 1600, height: 1000, isMaximized: true };
    expect(placeWindow(saved, [laptop, external])).toEqual(saved);
  });

  it('returns to a screen that is there when its own is gone', () => {
    const saved = { x: 1700, y: 100, width: 1600, height: 1000, isMaximized: false };
    const placed = placeWindow(saved, [laptop]);
    expect(placed).toEqual({ x: 0, y: 25, width: 1512, height: 920, isMaximized: false });
  });

  it.each([
    { x: -5000, y: 100 },
    { x: 100, y: -4000 },
    { x: 100, y: 5000 },
    { x: 1500, y: 100 },
  ])('never leaves the title bar out of reach: %j', (corner) => {
    const placed = placeWindow({ ...corner, width: 1200, height: 800, isMaximized: false }, [laptop]);
    expect(placed.x).toBeGreaterThanOrEqual(laptop.x - placed.width + 80);
    expect(placed.x).toBeLessThanOrEqual(laptop.x + laptop.width - 80);
    expect(placed.y).toBeGreaterThanOrEqual(laptop.y - 1);
    expect(placed.y).toBeLessThanOrEqual(laptop.y + laptop.height - 80);
  });

  it('is never smaller than the minimum nor larger than the screen', () => {
    const placed = placeWindow({ x: 10, y: 30, width: 300, height: 300, isMaximized: false }, [laptop]);
    expect(placed).toMatchObject({ width: 960, height: 600 });
  });
});

describe('the kept state', () => {
  const path = () => join(mkdtempSync(join(tmpdir(), 'fusebox-window-')), 'window.json');

  it('reads what it wrote', () => {
    const file = path();
    const state = { x: 1, y: 2, width: 1000, height: 700, isMaximized: false };
    writeWindowState(file, state);
    expect(readWindowState(file)).toEqual(state);
  });

  it.each([
    '',
    '{}',
    'null',
    '[]',
    '{"x":"0"}',
    '{"x":1,"y":2,"width":1e9,"height":700,"isMaximized":false}',
  ])('takes %j for nothing', (text) => {
    const file = path();
    writeFileSync(file, text);
    expect(readWindowState(file)).toBeNull();
  });

  it('says nothing when it cannot be written', () => {
    expect(() =>
      writeWindowState('/nowhere/at/all/window.json', {
        x: 0,
        y: 0,
        width: 960,
        height: 600,
        isMaximized: false,
      }),
    ).not.toThrow();
  });
});
