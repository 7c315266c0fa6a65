import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTicker } from './now-ticker.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('moves every second without any message, and only while someone looks', () => {
  let now = 100;
  const ticker = createTicker(() => now);
  const heard = vi.fn<() => void>();
  now = 200;
  const stop = ticker.subscribe(heard);
  expect(ticker.value()).toBe(200);
  now = 1_200;
  vi.advanceTimersByTime(1_000);
  expect(ticker.value()).toBe(1_200);
  expect(heard).toHaveBeenCalledOnce();
  stop();
  expect(vi.getTimerCount()).toBe(0);
});
