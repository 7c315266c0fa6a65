import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../support/cockpit.ts';

const CLI = fileURLToPath(new URL('../../electron/hosts/fusebox.mjs', import.meta.url));
const WORKSPACE = `
version: 1
name: hosts
telemetry: { port: 0 }
sources:
  - { id: board, connector: flag-board }
prompts:
  - { id: greeter, service: greeter, control: v1, candidate: v2, flag: { source: board, key: greeter_rollout } }
  - { id: unwired, service: other, control: v1 }
`;

let folder = '';
let places: string[] = [];
const children: ChildProcess[] = [];
const dataDir = () => join(folder, 'data');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fusebox-hosts-'));
  writeFileSync(join(folder, 'fusebox.yaml'), WORKSPACE);
  places = ['--data', dataDir(), '--workspace', join(folder, 'fusebox.yaml')];
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

const cli = (...args: string[]) => runCli([...args, ...places], process.env);

/** `fusebox start --no-open` until it has said where it runs. */
async function start(program = process.execPath): Promise<{ child: ChildProcess; said: () => string }> {
  const child = spawn(program, [CLI, 'start', '--no-open', ...places], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const untilMs = performance.now() + 60_000;
  while (!text.includes('#code=') && performance.now() < untilMs) await wait(50);
  expect(text).toMatch(/http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{32}/);
  return { child, said: () => text };
}
const pidInFile = () =>
  (JSON.parse(readFileSync(join(dataDir(), 'engine.json'), 'utf8')) as { pid: number }).pid;

describe('fusebox start', () => {
  it('says where it runs; a second start opens the one that runs', async () => {
    const { child, said } = await start();
    const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(said())![0];
    const second = await cli('start', '--no-open');
    expect(second.exitCode).toBe(0);
    expect(second.stdout).toContain(`already open on ${dataDir()}: browser mode, process ${child.pid}`);
    const link = new URL(/http:\S+#code=\S+/.exec(second.stdout)![0]);
    expect(link.origin).toBe(origin);
    const launched = await fetch(`${origin}/launch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ code: new URLSearchParams(link.hash.slice(1)).get('code') }),
    });
    expect(launched.status).toBe(200);
  });

  it('stops in order on SIGTERM: exit 0, no key left behind, the directory free', async () => {
    const { child } = await start();
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(existsSync(join(dataDir(), 'engine.json'))).toBe(false);
    expect((await cli('status')).exitCode).toBe(0);
  });

  it('starts again after kill -9, whatever file was left', async () => {
    const { child } = await start();
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    expect(pidInFile()).toBe(child.pid);
    const { child: next } = await start();
    expect(pidInFile()).toBe(next.pid);
  });

  it('says who holds the directory when that engine does not answer', async () => {
    const { child } = await start();
    child.kill('SIGSTOP');
    try {
      const second = await cli('start', '--no-open');
      expect(second.exitCode).toBe(1);
      expect(second.stdout).toContain(`process ${child.pid}`);
      expect(second.stdout).toContain('browser mode');
      const rollback = await cli('rollback', 'greeter');
      expect(rollback.exitCode).toBe(1);
      expect(rollback.stderr).toContain(`process ${child.pid}`);
    } finally {
      child.kill('SIGCONT');
    }
  });

  const oldNode = '/usr/bin/node';
  const hasNode = existsSync(oldNode);
  it.skipIf(!hasNode)(
    `runs from the system’s Node as well, whichever that is${hasNode ? '' : ` (skipped: no ${oldNode})`}`,
    async () => {
      const { child } = await start(oldNode);
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      expect(existsSync(join(dataDir(), 'engine.json'))).toBe(false);
    },
  );
});

describe('roles', () => {
  it('a role that may not is refused with exit 4, by whom to ask, and is in the trail', async () => {
    const team = `team:
  people:
    - { name: Rita, actor: rita, roles: [responder] }
    - { name: Vera, actor: vera, roles: [viewer] }
`;
    writeFileSync(join(folder, 'fusebox.yaml'), `${WORKSPACE}${team}`);
    const as = (actor: string, ...args: string[]) =>
      runCli([...args, ...places], { ...process.env, FUSEBOX_ACTOR: actor });
    const refused = await as('vera', 'rollback', 'greeter');
    expect(refused.exitCode).toBe(4);
    expect(refused.stdout).toContain(
      'Vera (viewer) may not move the levers of greeter. Ask Rita (responder)',
    );
    const posted = await as('rita', 'audit', 'anchor', '--to-chat', 'board');
    expect(posted.exitCode).toBe(4);
    expect(posted.stderr).toContain('Rita (responder) may not act for the whole team');
    // Whoever may is stopped by nothing but the flag that is not there.
    expect((await as('rita', 'rollback', 'greeter')).exitCode).toBe(1);
    const trail = await as('vera', 'doctor', '--json');
    expect(trail.stdout).toContain('this is Vera, viewer');
  });
});

describe('fusebox status, rollback, doctor', () => {
  it('answer the same with and without a running engine', async () => {
    const alone = await cli('status', '--json');
    expect(alone.exitCode).toBe(0);
    expect(JSON.parse(alone.stdout)).toMatchObject({ engine: { host: 'cli', workspaceName: 'hosts' } });
    await start();
    const asked = await cli('status', '--json');
    expect(JSON.parse(asked.stdout)).toMatchObject({ engine: { host: 'web', workspaceName: 'hosts' } });
  });

  it.each([
    ['an unknown prompt', ['rollback', 'nobody'], 4, 'refused', /nobody/],
    ['a prompt without a lever', ['rollback', 'unwired'], 4, 'refused', /lever|flag/i],
    // What cannot be read is not written either.
    ['a flag that is not there', ['rollback', 'greeter'], 1, 'failed', /nothing was sent.*greeter_rollout/s],
  ])('a rollback of %s changes nothing and says why', async (_what, args, exitCode, state, words) => {
    const run = await cli(...args);
    expect([run.exitCode, run.stdout + run.stderr]).toEqual([exitCode, expect.stringMatching(words)]);
    const json = await cli(...args, '--json');
    expect(json.exitCode).toBe(exitCode);
    expect(JSON.parse(json.stdout)).toMatchObject({ state });
  });

  it.each([
    [['bogus'], 2],
    [['rollback'], 2],
    [['start', '--port', 'many'], 2],
    [['status', '--what'], 2],
    [['--help'], 0],
    [['--version'], 0],
  ])('%j ends with %d', async (args, exitCode) => {
    expect((await runCli(args, process.env)).exitCode).toBe(exitCode);
  });

  it('the exit codes stand in the help', async () => {
    for (const args of [['--help'], ['rollback', '--help']]) {
      const { stdout } = await runCli(args, process.env);
      for (const line of ['0  done', '2  usage', '3  outcome unknown', '4  refused'])
        expect(stdout).toContain(line);
    }
  });

  it('doctor names what is wrong and what to do', async () => {
    const { exitCode, stdout } = await cli('doctor', '--json');
    expect(exitCode).toBe(1);
    const findings = JSON.parse(stdout) as { area: string; subject: string; state: string }[];
    expect(new Set(findings.map(({ area }) => area))).toEqual(
      new Set(['engine', 'workspace', 'source', 'telemetry', 'prompt', 'records']),
    );
    expect(findings.find(({ subject, state }) => subject === 'unwired' && state === 'problem')).toBeDefined();
  });
});
