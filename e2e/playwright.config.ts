import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

// Journeys in Chromium. Node-only suites with real servers run under vitest (e2e/vitest.config.ts).

const CHROMIUM_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];
const executablePath = process.env['CHROMIUM'] ?? CHROMIUM_PLACES.find((place) => existsSync(place));
// Chromium's sandbox refuses to run as root.
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const PICTURES = 'screens.spec.ts';

export default defineConfig({
  testDir: 'journeys',
  // The pictures a reviewer should look at: committed, one per screen, theme and size.
  snapshotPathTemplate: '{testDir}/../screenshots/{arg}{ext}',
  outputDir: '../test-results/journeys',
  // Journeys wait for real servers most of the time, pictures are drawn meanwhile; never two of a kind at once.
  workers: 2,
  fullyParallel: false,
  projects: [
    { name: 'journeys', testIgnore: PICTURES, workers: 1 },
    { name: 'pictures', testMatch: PICTURES, workers: 1 },
  ],
  forbidOnly: process.env['CI'] !== undefined,
  // Shared build machines stall for seconds: these limits catch hangs, they measure nothing.
  timeout: 8 * 60_000,
  expect: { timeout: 30_000 },
  reporter: [['list'], ['json', { outputFile: '../test-results/journeys.json' }]],
  use: {
    viewport: { width: 1440, height: 900 },
    colorScheme: 'dark',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath, args: [...sandbox, '--disable-gpu'] },
  },
});
