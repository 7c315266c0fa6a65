import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import { type Browser, chromium, expect as expectPage, type Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Incident } from '#shared/model/incident.ts';
import { copyApp, startMain } from '../support/stand-in/load-main.ts';
import { type Display, type Machine, StandIn } from '../support/stand-in/stand-in.ts';

export const SCREEN: Display = { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } };

type Calls = {
  incident: {
    declare(input: { operationId: string; promptId: string; reason: string }): Promise<Incident>;
  };
  drill: {
    prepare(input: { operationId: string; scenarioId: string }): Promise<{ drillId: string }>;
    abort(input: { operationId: string; drillId: string; reason: string }): Promise<unknown>;
  };
};

/**
 * The real main process code, the real built preload, the real engine process and the real page in a real Chromium; only the `electron`
 * module between them is a stand-in. Runs where no Electron runtime is.
 */
export function createDesktop() {
  let browser: Browser;
  let root: string;
  let machine: Machine;
  let folder: string;
  const running: StandIn[] = [];
  const dataDir = () => join(folder, 'data');

  /** Another person's machine, with nothing on it. */
  function makeFolder(): void {
    folder = mkdtempSync(join(tmpdir(), 'fusebox-desktop-'));
    machine = { holder: null };
  }

  async function startHere(args: string[], displays: Display[]): Promise<StandIn> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const app = new StandIn({
      machine,
      context,
      userData: folder,
      displays,
      preload: join(root, 'dist', 'preload', 'preload.cjs'),
      env: { ...process.env, FUSEBOX_ACTOR: 'on-call' },
    });
    running.push(app);
    const { argv } = process;
    process.argv = [
      argv[0] ?? 'fusebox',
      join(root, 'dist', 'main', 'main.js'),
      `--data=${dataDir()}`,
      ...args,
    ];
    startMain(root, app.module);
    process.argv = argv;
    return app;
  }

  /** The command line's door to the same engine: a witness beside the page. */
  function calls(): Calls {
    const text = readFileSync(join(dataDir(), 'engine.json'), 'utf8');
    const { origin, token } = JSON.parse(text) as { origin: string; token: string };
    const link = new RPCLink({ url: `${origin}/rpc`, headers: { 'x-fusebox-token': token, origin } });
    return createORPCClient<Calls>(link);
  }

  return {
    /** Builds, copies the app and starts a browser. */
    async open(): Promise<void> {
      execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))]);
      root = copyApp();
      browser = await chromium.launch({
        executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu'],
      });
    },
    async close(): Promise<void> {
      await browser.close();
      rmSync(root, { recursive: true, force: true });
    },
    /** Every app quits; their machine is gone. */
    async stopAll(): Promise<void> {
      for (const app of running.splice(0)) {
        await app.quit();
        await app.quitted;
        await app.options.context.close();
      }
      rmSync(folder, { recursive: true, force: true });
    },
    makeFolder,
    /** Starts the app as a person does; the first one of a test on a new machine. */
    async start(displays: Display[] = [SCREEN]): Promise<StandIn> {
      if (running.length === 0) makeFolder();
      return startHere([], displays);
    },
    /** On the same machine; `args` are what the system hands over. */
    startHere,
    calls,
    declare: (reason: string) =>
      calls().incident.declare({
        operationId: randomUUID(),
        promptId: 'customer_support_agent',
        reason,
      }),
    async pageOf(app: StandIn): Promise<Page> {
      await expect.poll(() => app.windows.length, { timeout: 30_000 }).toBe(1);
      return app.windows[0]!.loaded;
    },
    dataDir,
    get folder() {
      return folder;
    },
    get engineEntry() {
      return join(root, 'dist', 'engine', 'desktop.js');
    },
  };
}

export async function expectLive(page: Page): Promise<void> {
  await expectPage(page.getByText('customer_support_agent').first()).toBeVisible({ timeout: 60_000 });
  await expectPage(page.getByRole('region', { name: 'Connection' })).toHaveCount(0, { timeout: 60_000 });
}
