import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

/** A system of the team's that answers everything and counts it. */
export type Tripwire = { readonly url: string; readonly seen: string[]; close(): Promise<void> };

/** Answers `{}` to whatever is asked. */
export async function tripwire(): Promise<Tripwire> {
  const seen: string[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume();
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The team's git checkout with its eval suite, and what its suite is run by. */
export type TripwireCheckout = {
  readonly command: readonly string[];
  /** What is no longer as it was: files, branches, commits; and whether the suite's command was started. */
  touched(): string[];
};

const CASES = 'evals/cases/incidents.yaml';

export async function tripwireCheckout(folder: string): Promise<TripwireCheckout> {
  const started = `${folder}.started`;
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      encoding: 'utf8',
    });
  await mkdir(dirname(join(folder, CASES)), { recursive: true });
  await writeFile(join(folder, CASES), '[]\n');
  git('init', '--quiet');
  git('add', '-A');
  git('commit', '--quiet', '-m', 'the suite');
  const state = () => `${git('status', '--porcelain')}${git('for-each-ref')}${git('worktree', 'list')}`;
  const before = state();
  return {
    command: [process.execPath, '-e', `require('node:fs').writeFileSync(${JSON.stringify(started)}, '')`],
    touched: () => [
      ...(state() === before ? [] : ['the checkout of the team was changed']),
      ...(existsSync(started) ? ['the command of the suite was started'] : []),
    ],
  };
}
