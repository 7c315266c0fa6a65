import { chromium, type Browser } from '@playwright/test';
import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['CHROMIUM'] ?? PLACES.find((place) => existsSync(place));

export function missingBrowserReason(): Promise<string | undefined> {
  return Promise.resolve(
    executablePath === undefined ? 'no Chromium is installed (apt-get install chromium)' : undefined,
  );
}

/** A headless Chromium. Its own sandbox refuses to run as root. */
export function launchBrowser(): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: executablePath ?? '', args: [...sandbox, '--disable-gpu'] });
}
