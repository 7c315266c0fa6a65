import { describe, expect, it } from 'vitest';
import { createClock } from './clock.ts';

const HOUR_MS = 3_600_000;

describe('the clock', () => {
  it('never goes backwards when its speed changes', () => {
    const clock = createClock();
    let last = clock.nowMs();
    for (const speed of [10, 1, 10, 1]) {
      clock.setSpeed(speed);
      expect(clock.nowMs()).toBeGreaterThanOrEqual(last);
      last = clock.nowMs();
    }
  });
  it('goes on from a later time, and wakes who waited for less', async () => {
    const clock = createClock();
    const before = clock.nowMs();
    const slept = clock.sleep(HOUR_MS / 2);
    clock.skipTo(before + HOUR_MS);
    await slept;
    expect(clock.nowMs()).toBeGreaterThanOrEqual(before + HOUR_MS);
    expect(clock.nowMs()).toBeLessThan(before + 2 * HOUR_MS);
  });
  it('tells whole milliseconds at any speed, and a sleeper none too few', async () => {
    const clock = createClock(60);
    for (let look = 0; look < 50; look += 1) {
      const before = clock.nowMs();
      await clock.sleep(7);
      expect(Number.isInteger(before)).toBe(true);
      expect(clock.nowMs()).toBeGreaterThanOrEqual(before + 7);
    }
  });
  it('is not put back', () => {
    const clock = createClock();
    const before = clock.nowMs();
    clock.skipTo(before - HOUR_MS);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(before);
  });
  it('stands still at speed 0, sleepers with it, while deadlines run on; and goes on from there', async () => {
    const clock = createClock(1, 1_000_000);
    clock.setSpeed(0);
    const stoodMs = clock.nowMs();
    let isAwake = false;
    const slept = clock.sleep(20_000).then(() => {
      isAwake = true;
    });
    await new Promise((resolve) => {
      clock.deadline(30).addEventListener('abort', resolve);
    });
    expect(clock.nowMs()).toBe(stoodMs);
    expect(isAwake).toBe(false);
    clock.setSpeed(1_000);
    await slept;
    expect(clock.nowMs()).toBeGreaterThanOrEqual(stoodMs + 20_000);
  });
  it('begins where it is told to', () => {
    const clock = createClock(1, 1_000_000);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(1_000_000);
    expect(clock.nowMs()).toBeLessThan(1_000_000 + HOUR_MS);
  });
  it('ends a sleep that is no longer wanted', async () => {
    const abort = new AbortController();
    const sleeping = createClock().sleep(HOUR_MS, abort.signal);
    abort.abort(new Error('stopped'));
    await expect(sleeping).rejects.toThrow('stopped');
  });
});
