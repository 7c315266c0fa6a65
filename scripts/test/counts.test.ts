import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { playwrightCounts, settledCounts, vitestCounts } from './counts.ts';

const folder = mkdtempSync(join(tmpdir(), 'fusebox-counts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const passed = { name: '/check/a.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] };
const green = {
  success: true,
  numPassedTests: 1,
  numFailedTests: 0,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [passed],
};

function written(name: string, report: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(report));
  return file;
}

describe('vitestCounts', () => {
  it('counts tests, and todo as skipped', () => {
    expect(vitestCounts(green)).toEqual({ passed: 1, failed: 0, skipped: 3, failures: [] });
  });

  it('counts a file that broke before its first test as a failure', () => {
    const broken = {
      ...green,
      success: false,
      testResults: [
        passed,
        { name: '/check/b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] },
      ],
    };
    expect(vitestCounts(broken)).toMatchObject({ failed: 1, failures: ['b.test.ts\n    no such module'] });
  });

  it('says of a failed test where it stands and how its message begins', () => {
    const failed = {
      status: 'failed',
      ancestorTitles: ['the flag'],
      title: 'is off',
      failureMessages: ['\u001B[31mexpected true\u001B[39m\n\nto be false\n  at a.ts:1:1\n  at b.ts:2:2'],
    };
    const report = {
      ...green,
      success: false,
      numFailedTests: 1,
      testResults: [{ ...passed, status: 'failed', assertionResults: [failed] }],
    };
    expect(vitestCounts(report).failures).toEqual([
      'a.test.ts > the flag > is off\n    expected true\n    to be false',
    ]);
  });

  it('never says zero failures of a run that was not a success', () => {
    expect(vitestCounts({ ...green, success: false })).toMatchObject({ failed: 1 });
  });
});

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
    expect(settledCounts(join(folder, 'never-written.json'), 0, vitestCounts)).toMatchObject({ failed: 1 });
  });

  it('fails a suite that ran no test at all', () => {
    const empty = written('empty.json', { ...green, numPassedTests: 0, numPendingTests: 0, numTodoTests: 0 });
    expect(settledCounts(empty, 0, vitestCounts)).toMatchObject({ failed: 1 });
  });

  it('fails a suite whose runner ended badly although every test passed', () => {
    expect(settledCounts(written('green.json', green), 1, vitestCounts)).toMatchObject({
      passed: 1,
      failed: 1,
    });
  });

  it('takes a clean run as it is', () => {
    expect(settledCounts(written('clean.json', green), 0, vitestCounts)).toMatchObject({
      passed: 1,
      failed: 0,
    });
  });
});
