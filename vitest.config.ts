import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Unit and integration tests. Journeys run under Playwright (e2e/playwright.config.ts).
export default defineConfig({
  test: {
    // Shared build machines stall for seconds: a time-out here catches hangs, it measures nothing.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // The default second is a measurement.
    expect: { poll: { timeout: 25_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: ['shared/**/*.test.ts', 'electron/**/*.test.ts'],
        },
      },
      {
        extends: true,
        plugins: [react()],
        test: {
          name: 'page',
          environment: 'jsdom',
          setupFiles: ['renderer/test-page.ts'],
          include: ['renderer/**/*.test.{ts,tsx}'],
          css: false,
        },
      },
      {
        // The house's own tests: each gate must fail on its planted violation.
        extends: true,
        test: {
          name: 'house',
          environment: 'node',
          include: ['scripts/**/*.test.ts'],
          exclude: ['scripts/packaging/**'],
          testTimeout: 120_000,
        },
      },
      {
        // Every scenario of the library over 20 seeds: `FUSEBOX_DRILL_SEEDS` for fewer.
        extends: true,
        test: {
          name: 'drills',
          environment: 'node',
          include: ['e2e/drills/*.matrix.ts'],
        },
      },
      {
        // Builds and packs the desktop app, then looks into the result.
        extends: true,
        test: {
          name: 'packaging',
          environment: 'node',
          include: ['scripts/packaging/*.test.ts'],
        },
      },
    ],
  },
});
