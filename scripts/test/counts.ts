import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** How many tests of a suite passed, failed and were skipped. */
export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0 };

export function addCounts(left: Counts, right: Counts): Counts {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  };
}

const vitestReport = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number().optional(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

/**
 * Counts of vitest's JSON report. A file that failed before its first test (an import that throws, a broken
 * `beforeAll`) has no failed test in it and counts as one failure.
 */
export function vitestCounts(report: unknown): Counts {
  const read = vitestReport.parse(report);
  const brokenFiles = read.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((assertion) => assertion.status !== 'failed'),
  ).length;
  const failed = read.numFailedTests + brokenFiles;
  return {
    passed: read.numPassedTests,
    failed: failed === 0 && !read.success ? 1 : failed,
    skipped: read.numPendingTests + (read.numTodoTests ?? 0),
  };
}

const playwrightReport = z.object({
  errors: z.array(z.unknown()),
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
});

/** Counts of Playwright's JSON report. A flaky test failed at least once: it counts as failed. */
export function playwrightCounts(report: unknown): Counts {
  const { errors, stats } = playwrightReport.parse(report);
  const failed = stats.unexpected + stats.flaky;
  return {
    passed: stats.expected,
    failed: failed === 0 && errors.length > 0 ? 1 : failed,
    skipped: stats.skipped,
  };
}

/**
 * Reads a suite's report and settles it with the exit code of its runner. A suite that leaves no report, an empty
 * one, or ends badly although no test failed has failed itself.
 */
export function settledCounts(file: string, exitCode: number, parse: (report: unknown) => Counts): Counts {
  if (!existsSync(file)) return { ...NO_COUNTS, failed: 1 };
  const counts = parse(JSON.parse(readFileSync(file, 'utf8')));
  const ran = counts.passed + counts.failed + counts.skipped > 0;
  return counts.failed === 0 && (exitCode !== 0 || !ran) ? { ...counts, failed: 1 } : counts;
}
