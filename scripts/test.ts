// Runs every suite and ends with a line per suite, what failed, and one line of counts; with names as arguments only those suites.
import { join } from 'node:path';
import { addCounts, NO_COUNTS, type Counts } from './test/counts.ts';
import { provideSystemPackages, provideUnleash } from './test/provisions.ts';
import { chooseSuites, SUITES, type Suite } from './test/suites.ts';

const root = join(import.meta.dirname, '..');

const MOST_FAILURES = 20;

function inWords({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/** One suite and its line for the summary. */
async function runSuite(suite: Suite): Promise<{ readonly line: string; readonly counts: Counts }> {
  console.log(`\n=== ${suite.name} ===`);
  const obstacle = suite.obstacle?.(root);
  if (obstacle !== undefined) {
    const line = `SKIPPED ${suite.name}: ${obstacle}`;
    console.log(line);
    return { line, counts: { ...NO_COUNTS, skipped: 1 } };
  }
  const begin = performance.now();
  let counts: Counts;
  try {
    counts = await suite.run(root);
  } catch (error) {
    console.error(error);
    counts = { ...NO_COUNTS, failed: 1, failures: [String(error)] };
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  const word = counts.failed === 0 ? 'ok     ' : 'FAILED ';
  return { line: `${word} ${suite.name.padEnd(10)} ${inWords(counts)} (${seconds} s)`, counts };
}

const { suites, unknown } = chooseSuites(process.argv.slice(2));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are: ${SUITES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

if (suites.some(({ isOfTheWhole }) => isOfTheWhole)) {
  await provideSystemPackages(root);
  await provideUnleash(root);
}

const lines: string[] = [];
let total = NO_COUNTS;
for (const suite of suites) {
  const { line, counts } = await runSuite(suite);
  lines.push(line);
  total = addCounts(total, counts);
}
console.log(`\n=== summary ===\n${lines.join('\n')}`);
// A log is long: what to look at stands at its end.
if (total.failures.length > 0) {
  const shown = total.failures.slice(0, MOST_FAILURES);
  const more = total.failures.length - shown.length;
  console.log(`\n=== failed ===\n${shown.join('\n')}${more === 0 ? '' : `\nand ${more} more`}`);
}
console.log(`\n${inWords(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
