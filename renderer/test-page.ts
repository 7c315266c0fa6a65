import { configure } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';

// Set up before the tests of the page: what jsdom lacks and Mantine asks for. And patience: shared build machines stall for seconds, the
// default second would be a measurement.

configure({ asyncUtilTimeout: 20_000 });

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
});
