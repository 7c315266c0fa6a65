import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));
const START = Date.UTC(2026, 0, 1);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fusebox-backtest-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Run = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

/** The command line as a process of its own, with `input` on its standard input. */
async function run(args: readonly string[], input = ''): Promise<Run> {
  const child = spawn(process.execPath, [CLI, 'backtest', ...args], { stdio: 'pipe' });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => (said[stream] += chunk));
  }
  // A command that has seen enough closes its end.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  await once(child, 'close');
  return { exitCode: child.exitCode, ...said };
}

/** Two hours in which every fifth conversation of the candidate, and every hundredth of the control, complains. */
function regression(): string {
  const lines: object[] = [{ options: { intendedShare: 0.5 } }];
  for (let tick = 0; tick < 720; tick += 1) {
    for (const [role, version, every] of [
      ['candidate', 'v18', 5],
      ['control', 'v17', 100],
    ] as const) {
      const complaints = tick % every === 0 ? 1 : 0;
      lines.push({ t: START + tick * 10_000, cohort: 'all', version, role, conversations: 1, complaints });
    }
  }
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}

const tick = JSON.stringify({ t: START, role: 'candidate', version: 'v18', conversations: 1 });

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('fusebox backtest', () => {
  it('reads a file and says in words what would have been said', async () => {
    const { exitCode, stdout, stderr } = await run([file('regression.ndjson', regression())]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Recording 2026-01-01 00:00:00 to 2026-01-01 02:00:00 UTC; candidate v18');
    expect(stdout).toMatch(/ {2}2026-01-01 \d\d:\d\d:\d\d {2}PAGE {3}Complaints/);
    expect(stdout).toContain('Could still be hidden');
  });

  it('reads standard input and answers with one JSON value', async () => {
    const { exitCode, stdout } = await run(['-', '--json'], regression());
    expect(exitCode).toBe(0);
    const result = JSON.parse(stdout) as Record<string, unknown> & { alarms: Record<string, unknown>[] };
    expect(result['verdict']).toBe('page');
    const page = result.alarms.find((alarm) => alarm['class'] === 'page');
    expect(page).toMatchObject({ signal: 'complaints', cohort: 'all', basis: 'comparison' });
    for (const field of ['t', 'sigma', 'evidence']) expect(page?.[field]).toBeTypeOf('number');
    expect(page?.['sentence']).toBeTypeOf('string');
    expect(result['blind']).toBeInstanceOf(Array);
    expect(result).not.toHaveProperty('verification');
  });

  it('ends with 0 whatever the verdict, without a line end at the end too', async () => {
    const { exitCode, stdout } = await run(['-', '--json'], tick);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'cannot-tell', alarms: [] });
  });

  it('verifies after a rollback', async () => {
    const rollback = JSON.stringify({ event: 'rollback', t: START + 7_200_000, to: 'v17' });
    const { stdout } = await run(['-'], `${regression()}${rollback}\n`);
    expect(stdout).toContain('Rollback to v17 at 2026-01-01 02:00:00: cannot tell yet');
  });

  it.each([
    ['a line that is not JSON', `${tick}\nnonsense\n${tick}\n`, 2],
    ['a negative count', `\n${tick}\n${tick.replace('1}', '-1}')}\n`, 3],
    ['nothing', '', null],
  ])('ends with 2 on %s, the line on standard error', async (_, input, line) => {
    const words = await run(['-'], input);
    expect(words).toMatchObject({ exitCode: 2, stdout: '' });
    expect(words.stderr).toContain(line === null ? 'no tick in the input' : `line ${line}: `);
    const json = await run(['-', '--json'], input);
    expect(json.exitCode).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { line } });
    expect(json.stderr).toBe(words.stderr);
  });

  it('ends with 2 where there is no such file, or a folder', async () => {
    const missing = await run([join(folder, 'missing.ndjson')]);
    expect(missing).toMatchObject({ exitCode: 2, stdout: '' });
    expect(missing.stderr).toContain('cannot read');
    expect((await run([folder, '--json'])).exitCode).toBe(2);
  });

  it('ends with 2 without a file, and explains itself', async () => {
    expect((await run([])).exitCode).toBe(2);
    const help = await run(['--help']);
    expect(help.exitCode).toBe(0);
    expect(help.stdout).toContain('"role":"candidate"');
  });
});
