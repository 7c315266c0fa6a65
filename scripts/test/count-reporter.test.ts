import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { vitestCounts } from './counts.ts';
import { runCommand } from './run-command.ts';

const root = join(import.meta.dirname, '..', '..');
// Inside the project, so that `vitest` is found from there.
const results = join(root, 'test-results');
mkdirSync(results, { recursive: true });
const folder = mkdtempSync(join(results, 'count-reporter-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs these files under vitest as a suite does. */
async function run(name: string, files: Readonly<Record<string, string>>) {
  const place = join(folder, name);
  mkdirSync(place);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(place, file), text);
  writeFileSync(join(place, 'vitest.config.ts'), `export default { test: { include: ['*.test.ts'] } };`);
  const report = join(place, 'report.json');
  const runner = [join(import.meta.dirname, 'run-vitest.ts'), report, '--root', place];
  const code = await runCommand(root, 'node', runner);
  return { code, counts: vitestCounts(JSON.parse(readFileSync(report, 'utf8'))) };
}

const VITEST = "import { beforeAll, describe, expect, it } from 'vitest';\n";
const GREEN = `${VITEST} it('is', () => expect(1).toBe(1));`;

describe('countReporter', () => {
  it('counts tests, and todo as skipped', async () => {
    // Skipped on purpose, inside the run that is looked at: that they are counted is the test.
    const { code, counts } = await run('green', {
      'a.test.ts': `${GREEN} it.skip('is not', () => undefined); it.todo('will be');`,
    });
    expect(code).toBe(0);
    expect(counts).toEqual({ passed: 1, failed: 0, skipped: 2, failures: [] });
  });

  it('says of a failed test where it stands and how its message begins', async () => {
    const { code, counts } = await run('red', {
      'a.test.ts': `${GREEN} describe('the flag', () => it('is off', () => { throw new Error('it is on'); }));`,
    });
    expect(code).toBe(1);
    expect(counts).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
      failures: ['a.test.ts > the flag > is off\n    it is on'],
    });
  });

  it('counts what broke outside of a test: an import, a hook', async () => {
    const { code, counts } = await run('broken', {
      'a.test.ts': GREEN,
      'b.test.ts': `import './none.ts'; ${GREEN}`,
      'c.test.ts': `${VITEST} describe('the server', () => {
        beforeAll(() => { throw new Error('it did not start'); });
        it('is', () => undefined);
      });`,
    });
    expect(code).toBe(1);
    expect(counts).toMatchObject({ passed: 1, failed: 2 });
    expect(counts.failures.toSorted()).toEqual([
      expect.stringMatching(/^b\.test\.ts\n.*none\.ts/),
      'c.test.ts\n    it did not start',
    ]);
  });

  it('counts an error that no test caught', async () => {
    const { code, counts } = await run('uncaught', {
      'a.test.ts': `${VITEST} it('leaves one behind', async () => {
        void Promise.reject(new Error('nobody listens'));
        await new Promise((resolve) => setTimeout(resolve, 50));
      });`,
    });
    expect(code).toBe(1);
    expect(counts).toMatchObject({ passed: 1, failed: 1 });
    const [failure] = counts.failures;
    expect(failure).toContain('outside of any test\n    nobody listens\n    from ');
    expect(failure).toContain('while a.test.ts ran: leaves one behind');
  });

  it('counts a file whose process died under it', async () => {
    const { code, counts } = await run('dead', {
      'a.test.ts': `${VITEST} it('ends it all', () => { process.kill(process.pid, 'SIGKILL'); });`,
    });
    expect(code).toBe(1);
    expect(counts.passed).toBe(0);
    const failures = counts.failures.join('\n');
    expect(failures).toContain('a.test.ts\n    it did not come to its end');
    expect(failures).toContain('caused by: Worker exited unexpectedly with signal SIGKILL');
  });
});
