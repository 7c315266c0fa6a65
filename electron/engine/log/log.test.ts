import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'fusebox-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the log of an engine that crashes', () => {
  it.each([
    ['an exception', `setImmediate(() => { throw new Error('gone with s3cr3t'); });`, 'uncaughtException'],
    ['a rejection', `void Promise.reject(new Error('gone with s3cr3t'));`, 'unhandledRejection'],
  ])('ends with %s that nobody caught, without secrets', async (what, crash, origin) => {
    const dataDir = join(folder, what.replace(' ', '-'));
    const program = `
      import { openLog } from ${JSON.stringify(join(import.meta.dirname, 'log.ts'))};
      openLog(${JSON.stringify(dataDir)}, () => ['s3cr3t']).info({}, 'it runs');
      ${crash}`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    const lines = readFileSync(join(dataDir, 'log', 'fusebox.log'), 'utf8')
      .trim()
      .split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as {
      level: number;
      msg: string;
      origin: string;
      error: string;
    };
    expect(last).toMatchObject({ level: 60, msg: 'the engine crashed', origin });
    expect(last.error).toContain('Error: gone with');
    expect(last.error).not.toContain('s3cr3t');
  });
});
