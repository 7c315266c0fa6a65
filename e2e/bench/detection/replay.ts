import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atMost, type Measure, shown, timed } from '../bench-item.ts';
import { atMsOf } from './product.ts';
import { createUniform } from './random.ts';
import { createSource, type ArmCounts } from './source.ts';
import { LEVELS, quietWorld, TICKS_PER_DAY } from './world.ts';

const CLI = fileURLToPath(new URL('../../../electron/hosts/fusebox.mjs', import.meta.url));

function lineOf(tick: number, role: string, { conversations, events, ratings }: ArmCounts): string {
  const [complaints = 0, safetyTrips = 0, downstreamErrors = 0] = events;
  const csat = LEVELS.map((level, at) => [level, ratings[at] ?? 0]).filter(([, count]) => count !== 0);
  return `${JSON.stringify({
    t: atMsOf(tick),
    cohort: 'all',
    version: role === 'candidate' ? 'v18' : 'v17',
    role,
    conversations,
    complaints,
    safetyTrips,
    downstreamErrors,
    csat,
  })}\n`;
}

async function record(path: string, perHour: number, days: number): Promise<number> {
  const file = createWriteStream(path);
  const source = createSource(quietWorld(perHour), createUniform(91));
  let lines = 0;
  for (let tick = 0; tick < days * TICKS_PER_DAY; tick += 1) {
    source.next(tick);
    for (const role of ['candidate', 'control'] as const) {
      const counts = source.counts[role];
      if (counts.conversations === 0) continue;
      lines += 1;
      if (!file.write(lineOf(tick, role, counts))) await once(file, 'drain');
    }
  }
  file.end();
  await once(file, 'finish');
  return lines;
}

/** `fusebox backtest` on a recording of one cohort without a fault, as a process of its own, from its start to its end. */
export async function replay(perHour: number, days: number): Promise<Measure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-replay-'));
  try {
    const path = join(folder, 'stream.ndjson');
    const lines = await record(path, perHour, days);
    const { size } = await stat(path);
    const { result, tookMs } = await timed(() =>
      promisify(execFile)(process.execPath, [CLI, 'backtest', path, '--json'], { maxBuffer: 2 ** 26 }),
    );
    const { verdict } = JSON.parse(result.stdout) as { readonly verdict: string };
    return [
      atMost(
        `fusebox backtest, ${days} days of one cohort at ${perHour}/h`,
        tookMs / 1000,
        's',
        20,
        `${lines} lines, ${Math.round(size / 1e6)} MB; verdict ${verdict}`,
      ),
      shown('the same, lines', lines / tookMs, 'per ms'),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
