import { describe, expect, it } from 'vitest';
import { createFakeClock } from '#engine/fake-clock.ts';
import { createLaunchCodes, LAUNCH_CODE_LIFE_MS } from './launch-codes.ts';

describe('launch codes', () => {
  it('open once', () => {
    const codes = createLaunchCodes(createFakeClock());
    const code = codes.issue();
    expect(code).toMatch(/^[\w-]{32}$/);
    expect(codes.redeem(code)).toBe(true);
    expect(codes.redeem(code)).toBe(false);
  });

  it('live 60 s', async () => {
    const clock = createFakeClock();
    const codes = createLaunchCodes(clock);
    const [early, late] = [codes.issue(), codes.issue()];
    await clock.advance(LAUNCH_CODE_LIFE_MS - 1);
    expect(codes.redeem(early)).toBe(true);
    await clock.advance(1);
    expect(codes.redeem(late)).toBe(false);
  });

  it('are never kept in heaps: the oldest unused one goes', () => {
    const codes = createLaunchCodes(createFakeClock());
    const issued = Array.from({ length: 17 }, () => codes.issue());
    expect(codes.redeem(issued[0]!)).toBe(false);
    expect(codes.redeem(issued[1]!)).toBe(true);
    expect(codes.redeem(issued[16]!)).toBe(true);
  });

  it.each(['', 'x', '__proto__', 'constructor'])('do not open for %j', (code) => {
    expect(createLaunchCodes(createFakeClock()).redeem(code)).toBe(false);
  });
});
