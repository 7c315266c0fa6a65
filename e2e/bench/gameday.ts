import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { missingBrowserReason } from './browser.ts';
import { SPEED, writeFullSize } from './full-size.ts';
import { measureCockpit } from './gameday-cockpit.ts';
import { atLeast, atMost, type BenchItem, type Measure, quantile, type Scale, shown } from './bench-item.ts';

const run = promisify(execFile);
const RUNNER = fileURLToPath(new URL('../../electron/engine/gameday/world/bench-runner.ts', import.meta.url));

/** The event loop may come this many times as late as that of the same engine in the same process while its world stands still. */
const TIMES_PAUSED = 20;

type Phase = { p95Ms: number; maxMs: number; spansPerSecond: number; cpu01: number };
type Told = {
  paused: Phase;
  running: Phase;
  simulatedPerRealSecond: number;
  demandedPerSecond: number;
  storedPerSecond: number;
  behindMs: number[];
  rssMb: number;
};

async function measureEngine({ isQuick, say }: Scale): Promise<Measure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-bench-drill-'));
  try {
    say('a drill of 100,000 conversations an hour at 60x');
    const file = await writeFullSize(join(dataDir, 'scenarios'));
    const world = join(dataDir, 'world');
    await mkdir(world);
    const { stdout } = await run(process.execPath, [RUNNER, world, file, isQuick ? '10' : '60']);
    const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Told;
    const { paused, running } = told;
    return [
      atLeast(
        'simulated seconds per second',
        told.simulatedPerRealSecond,
        '',
        0.99 * SPEED,
        '100,000 conversations an hour; fleet, receiver, DuckDB, watch and feed in one process',
      ),
      atMost(
        'event loop, p95, against the same engine while its world stands still',
        running.p95Ms / paused.p95Ms,
        'x',
        TIMES_PAUSED,
      ),
      shown(
        'event loop, p95',
        running.p95Ms,
        'ms',
        `paused ${paused.p95Ms.toFixed(1)} ms; longest ${running.maxMs.toFixed(0)} ms`,
      ),
      shown(
        'conversations stored per second',
        told.storedPerSecond,
        '',
        `${told.demandedPerSecond.toFixed(0)} begin; those of the last minute have not ended`,
      ),
      shown('spans stored per second', running.spansPerSecond, ''),
      shown(
        'end of a span to the feed of a page, p95',
        quantile(told.behindMs, 0.95),
        'ms',
        'real time, without a page',
      ),
      shown('processor time', 100 * running.cpu01, '% of a core'),
      shown('memory', told.rssMb, 'MB'),
    ];
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The engine alone, then all of it with people at it. */
async function measure(scale: Scale): Promise<Measure[]> {
  return [...(await measureEngine(scale)), ...(await measureCockpit(scale))];
}

export const gameday: BenchItem = {
  name: 'gameday',
  title: 'A drill at full size and 60x',
  missingReason: missingBrowserReason,
  run: measure,
};
