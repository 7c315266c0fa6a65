import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { BenchItem } from './bench-item.ts';
import { click } from './click.ts';
import { coldStart } from './cold-start.ts';
import { detection } from './detection/detection.ts';
import { detectionIdeas } from './detection/ideas-item.ts';
import { engineMemory } from './engine-memory.ts';
import { entrySize } from './entry-size.ts';
import { eventToScreen } from './event-to-screen.ts';
import { gameday } from './gameday.ts';
import { history } from './history.ts';
import { ingest } from './ingest.ts';
import { isGood, type ItemReport, tableOf, writeReport } from './report.ts';
import { wave2 } from './wave2.ts';
import { whoIsServing } from './who-is-serving.ts';

// npm run bench [-- item ... ] [--quick]: every item against its limit; exit code 1 when one is missed.

const ITEMS: readonly BenchItem[] = [
  whoIsServing,
  ingest,
  click,
  eventToScreen,
  coldStart,
  engineMemory,
  entrySize,
  history,
  gameday,
  wave2,
  detection,
  detectionIdeas,
];

async function reportOf(item: BenchItem, isQuick: boolean): Promise<ItemReport> {
  const beganMs = performance.now();
  const base = { name: item.name, title: item.title, measures: [], skipped: null, failed: null };
  const missing = await item.missingReason?.();
  if (missing !== undefined) return { ...base, skipped: missing, tookMs: 0 };
  const say = (text: string) => console.log(`  ${item.name}: ${text}`);
  try {
    const measures = await item.run({ isQuick, say });
    return { ...base, measures, tookMs: performance.now() - beganMs };
  } catch (error) {
    const failed = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...base, failed, tookMs: performance.now() - beganMs };
  }
}

const args = process.argv.slice(2);
const isQuick = args.includes('--quick');
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = names.filter((name) => !ITEMS.some((item) => item.name === name));
if (unknown.length > 0) {
  console.error(
    `No such item: ${unknown.join(', ')}. There are: ${ITEMS.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}
const chosen =
  names.length === 0
    ? ITEMS.filter(({ isOnRequest }) => isOnRequest !== true)
    : ITEMS.filter(({ name }) => names.includes(name));
// What is measured is what ships: the built engine and page.
if (chosen.some(({ isOfSource }) => isOfSource !== true))
  execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))], {
    stdio: 'inherit',
  });
const reports: ItemReport[] = [];
for (const item of chosen) {
  console.log(`${item.title} ...`);
  reports.push(await reportOf(item, isQuick));
}
console.log(tableOf(reports));
const folder = fileURLToPath(new URL('../../test-results/bench', import.meta.url));
const context = {
  atMs: Date.now(),
  isQuick,
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  processors: cpus().length,
  memoryMb: Math.round(totalmem() / 1024 / 1024),
};
console.log(`\n${await writeReport(folder, context, reports)}`);
// A small run proves that the bench works, not that the limits hold.
process.exitCode = reports.every((report) => (isQuick ? report.failed === null : isGood(report))) ? 0 : 1;
