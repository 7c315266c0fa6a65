import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { playwrightCounts, settledCounts, vitestCounts } from './counts.ts';

const folder = mkdtempSync(join(tmpdir(), 'fusebox-counts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const passed = { status: 'passed', assertionResults: [{ status: 'passed' }] };
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
    expect(vitestCounts(green)).toEqual({ passed: 1, failed: 0, skipped: 3 });
  });

  it('counts a file that broke before its first test as a failure', () => {
    const broken = {
      ...green,
      success: false,
      testResults: [passed, { status: 'failed', assertionResults: [] }],
    };
    expect(vitestCounts(broken)).toMatchObject({ failed: 1 });
  });

  it('never says zero failures of a run that was not a success', () => {
    expect(vitestCounts({ ...green, success: false })).toMatchObject({ failed: 1 });
  });
});

describe('playwrightCounts', () => {
  const stats = { expected: 3, unexpected: 1, flaky: 1, skipped: 2 };

  it('counts a flaky test as failed', () => {
    expect(playwrightCounts({ errors: [], stats })).toEqual({ passed: 3, failed: 2, skipped: 2 });
  });

  it('counts an error outside of any test', () => {
    const none = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 };
    expect(playwrightCounts({ errors: [{ message: 'no config' }], stats: none })).toMatchObject({
      failed: 1,
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
