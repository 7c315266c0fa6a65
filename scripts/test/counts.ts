import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/** How many tests of a suite passed, failed and were skipped, and what its runner said of those that failed, one text each. */
export type Counts = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
};

export const NO_COUNTS: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };

/** Enough for what was expected and what was found; the rest stands in the log above. */
const MESSAGE_LINES = 8;
const MESSAGE_WIDTH = 200;

function failureText(titles: readonly string[], message: string): string {
  const lines = stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
    .map((line) => line.slice(0, MESSAGE_WIDTH));
  return [titles.join(' > '), ...lines.slice(0, MESSAGE_LINES)].join('\n    ');
}

export function addCounts(left: Counts, right: Counts): Counts {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
    failures: [...left.failures, ...right.failures],
  };
}

const vitestReport = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number().optional(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          ancestorTitles: z.array(z.string()).default([]),
          title: z.string().default(''),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
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
  );
  const failed = read.numFailedTests + brokenFiles.length;
  const failures = read.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ ancestorTitles, title, failureMessages }) =>
        failureText([basename(name), ...ancestorTitles, title], failureMessages?.[0] ?? ''),
      ),
  );
  return {
    passed: read.numPassedTests,
    failed: failed === 0 && !read.success ? 1 : failed,
    skipped: read.numPendingTests + (read.numTodoTests ?? 0),
    failures: [
      ...failures,
      ...brokenFiles.map(({ name, message }) => failureText([basename(name)], message)),
    ],
  };
}

const playwrightError = z.object({ message: z.string().default('') });

const playwrightSuite = z.object({
  title: z.string(),
  specs: z.array(
    z.object({
      title: z.string(),
      tests: z.array(
        z.object({
          status: z.string(),
          results: z.array(z.object({ errors: z.array(playwrightError).default([]) })),
        }),
      ),
    }),
  ),
  get suites() {
    return z.array(playwrightSuite).optional();
  },
});

const playwrightReport = z.object({
  errors: z.array(playwrightError),
  suites: z.array(playwrightSuite),
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
});

/** Counts of Playwright's JSON report. A flaky test failed at least once: it counts as failed. */
export function playwrightCounts(report: unknown): Counts {
  const { errors, suites, stats } = playwrightReport.parse(report);
  const failed = stats.unexpected + stats.flaky;
  return {
    passed: stats.expected,
    failed: failed === 0 && errors.length > 0 ? 1 : failed,
    skipped: stats.skipped,
    failures: [
      ...suites.flatMap((suite) => playwrightFailures(suite, [])),
      ...errors.map(({ message }) => failureText(['outside of any test'], message)),
    ],
  };
}

function playwrightFailures(
  { title, specs, suites = [] }: z.infer<typeof playwrightSuite>,
  above: readonly string[],
): string[] {
  const titles = [...above, title];
  const own = specs.flatMap((spec) =>
    spec.tests
      .filter(({ status }) => status === 'unexpected' || status === 'flaky')
      .map(({ results }) => {
        const error = results.flatMap(({ errors }) => errors)[0];
        return failureText([...titles, spec.title], error?.message ?? '');
      }),
  );
  return [...own, ...suites.flatMap((suite) => playwrightFailures(suite, titles))];
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
