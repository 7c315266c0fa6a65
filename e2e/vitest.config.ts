import { defineConfig } from 'vitest/config';

// Suites that need real servers but no browser. Run with `vitest run --config e2e/vitest.config.ts`.
export default defineConfig({
  root: import.meta.dirname,
  cacheDir: '../node_modules/.vite-e2e',
  test: {
    include: ['**/*.test.ts'],
    // The servers of one file are heavy enough for a small machine.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 50_000 } },
  },
});
