import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NO_COUNTS, playwrightCounts, settledCounts, vitestCounts, type Counts } from './counts.ts';

const folder = mkdtempSync(join(tmpdir(), 'fusebox-counts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const green: Counts = { passed: 1, failed: 0, skipped: 3, failures: [] };

function written(name: string, report: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(report));
  return file;
}

describe('playwrightCounts', () => {
  const stats = { expected: 3, unexpected: 1, flaky: 1, skipped: 2 };

  it('counts a flaky test as failed', () => {
    expect(playwrightCounts({ errors: [], suites: [], stats })).toMatchObject({
      passed: 3,
      failed: 2,
      skipped: 2,
    });
  });

  it('says of each failed or flaky test where it stands and how its message begins', () => {
    const test = (status: string, message: string) => ({
      tests: [{ status, results: [{ errors: [{ message }] }] }],
    });
    const inner = {
      title: 'click',
      specs: [
        { title: 'rolls back', ...test('unexpected', 'no button') },
        { title: 'says so', ...test('flaky', 'too late') },
      ],
    };
    const file = {
      title: 'loop.spec.ts',
      specs: [{ title: 'opens', ...test('expected', '') }],
      suites: [inner],
    };
    expect(playwrightCounts({ errors: [], suites: [file], stats }).failures).toEqual([
      'loop.spec.ts > click > rolls back\n    no button',
      'loop.spec.ts > click > says so\n    too late',
    ]);
  });

  it('counts an error outside of any test', () => {
    const none = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 };
    expect(playwrightCounts({ errors: [{ message: 'no config' }], suites: [], stats: none })).toMatchObject({
      failed: 1,
      failures: ['outside of any test\n    no config'],
    });
  });
});

describe('settledCounts', () => {
  it('fails a suite that left no report, even if it ended with 0', () => {
    expect(settledCounts(join(folder, 'never-written.json'), 0, vitestCounts)).toEqual({
      ...NO_COUNTS,
      failed: 1,
      failures: ['never-written: it left no report and ended with 0'],
    });
  });

  it('fails a suite that ran no test at all', () => {
    expect(settledCounts(written('empty.json', NO_COUNTS), 0, vitestCounts)).toMatchObject({
      failed: 1,
      failures: ['empty: not one test ran'],
    });
  });

  it('fails a suite whose runner ended badly although every test passed', () => {
    expect(settledCounts(written('green.json', green), 1, vitestCounts)).toMatchObject({
      passed: 1,
      failed: 1,
      failures: ['green: no test failed, but it ended with 1'],
    });
  });

  it('takes a clean run as it is', () => {
    expect(settledCounts(written('clean.json', green), 0, vitestCounts)).toEqual(green);
  });
});
