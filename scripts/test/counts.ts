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

/** Where a test stands and how its message begins, a line each. */
export function failureText(titles: readonly string[], message: string): string {
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

const countsSchema = z.object({
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  failures: z.array(z.string()),
});

/** Counts that a run under vitest left (`countReporter`). */
export function vitestCounts(report: unknown): Counts {
  return countsSchema.parse(report);
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
  const suite = basename(file, '.json');
  if (!existsSync(file))
    return withFailure(NO_COUNTS, `${suite}: it left no report and ended with ${exitCode}`);
  const counts = parse(JSON.parse(readFileSync(file, 'utf8')));
  if (counts.failed > 0) return counts;
  if (exitCode !== 0) return withFailure(counts, `${suite}: no test failed, but it ended with ${exitCode}`);
  const ran = counts.passed + counts.skipped > 0;
  return ran ? counts : withFailure(counts, `${suite}: not one test ran`);
}

function withFailure(counts: Counts, failure: string): Counts {
  return { ...counts, failed: counts.failed + 1, failures: [...counts.failures, failure] };
}
