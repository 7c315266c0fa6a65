import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { failureText, NO_COUNTS, addCounts, type Counts } from './counts.ts';

/** An error as vitest passes it on from a test's process; the last two say when one that nobody caught was thrown. */
type Thrown = {
  readonly message: string;
  readonly stack?: string;
  readonly cause?: Thrown;
  readonly VITEST_TEST_PATH?: string;
  readonly VITEST_TEST_NAME?: string;
};

/** Enough to find the place. */
const STACK_LINES = 4;

/**
 * Leaves the counts of a vitest run in `file`. vitest's own JSON report leaves out what no test caught (an error event
 * without a listener, a worker that died), although the run fails for it.
 */
export function countReporter(file: string): Reporter {
  return {
    onTestRunEnd(modules, uncaught) {
      const failures = uncaught.map((error) => failureText(['outside of any test'], whereabouts(error)));
      const counts = [...modules.map(countsOf), { ...NO_COUNTS, failed: failures.length, failures }];
      writeFileSync(file, JSON.stringify(counts.reduce(addCounts, NO_COUNTS)));
    },
  };
}

/** A file that broke outside of its tests (an import that throws, a broken `beforeAll`, a worker that died) counts as one failure. */
function countsOf(module: TestModule): Counts {
  const name = basename(module.moduleId);
  const tests = [...module.children.allTests()].map((test) => ({ test, result: test.result() }));
  const failed = tests.filter(({ result }) => result.state === 'failed');
  const failures = failed.map(({ test, result }) =>
    failureText([name, test.fullName], textOf(result.errors?.[0])),
  );
  const isWhole = module.state() === 'passed' || module.state() === 'skipped' || failures.length > 0;
  if (!isWhole) {
    const [error] = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
    failures.push(failureText([name], textOf(error ?? { message: 'it did not come to its end' })));
  }
  const passed = tests.filter(({ result }) => result.state === 'passed').length;
  return { passed, failed: failures.length, skipped: tests.length - passed - failed.length, failures };
}

function textOf(error: Thrown | undefined): string {
  return error?.message ?? '';
}

/** Nobody waited for it, so its message alone leads nowhere: with its cause, the first places of its stack, and what ran last. */
function whereabouts(error: Thrown): string {
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [
    error.message,
    ...(error.cause ? [`caused by: ${error.cause.message}`] : []),
    ...places.slice(0, STACK_LINES).map((line) => line.trim().replace(/^at /, 'from ')),
    ...(error.VITEST_TEST_PATH === undefined
      ? []
      : [`while ${basename(error.VITEST_TEST_PATH)} ran: ${error.VITEST_TEST_NAME ?? 'no test yet'}`]),
  ].join('\n');
}
