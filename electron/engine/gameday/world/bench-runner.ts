// One drill at full size in a process of its own, for `npm run bench -- gameday`. Arguments: folder, scenario as JSON, seconds of real time.
// Prints one line of JSON.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { scenarioSchema } from '#shared/model/scenario.ts';
import { createEngine } from '#engine/app.ts';
import { createOpenWorld } from './open-world.ts';

const [dataDir = '', file = '', seconds = '30'] = process.argv.slice(2);
const SPEED = 60;

const scenario = scenarioSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
const perHour = scenario.prompts.reduce((sum, { conversationsPerHour }) => sum + conversationsPerHour, 0);

const world = await createOpenWorld(createEngine)({
  scenario,
  seed: 1,
  mode: 'live',
  dataDir,
  actor: 'bench',
  onEvent: () => undefined,
});
await world.start();

const spansNow = async () => {
  const sources = await world.client.source.list();
  return sources.find(({ id }) => id === 'telemetry')?.counters?.['spans'] ?? 0;
};

/** p95 of how late the event loop comes, ms beyond its own resolution, and what the process took meanwhile. */
async function measured(forMs: number) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const [spans, cpu, startedMs] = [await spansNow(), process.cpuUsage(), performance.now()];
  delay.enable();
  await sleep(forMs);
  delay.disable();
  const tookMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  return {
    p95Ms: delay.percentile(95) / 1e6,
    maxMs: delay.max / 1e6,
    spansPerSecond: ((await spansNow()) - spans) / (tookMs / 1000),
    cpu01: (user + system) / 1000 / tookMs,
  };
}

world.clock.setSpeed(0);
await sleep(2_000);
const paused = await measured(5_000);

world.clock.setSpeed(SPEED);
world.begin();
await sleep(3_000);
const behindMs: number[] = [];
const following = new AbortController();
const followed = (async () => {
  for await (const message of await world.client.live.subscribe(undefined, { signal: following.signal })) {
    if (message.type !== 'delta') continue;
    for (const change of message.changes)
      if (change.entity === 'data' && change.dataUpToMs !== null)
        behindMs.push((world.clock.nowMs() - change.dataUpToMs) / SPEED);
  }
})().catch(() => undefined);
const [startedMs, cast] = [world.clock.nowMs(), performance.now()];
const running = await measured(Number(seconds) * 1000);
const simulatedPerRealSecond = (world.clock.nowMs() - startedMs) / (performance.now() - cast);
following.abort();
await followed;
const window = { fromMs: startedMs, toMs: world.clock.nowMs() };
const { versions } = await world.client.evidence.distribution({
  promptId: scenario.prompts[0]?.id ?? '',
  window,
  bucketMs: 60_000,
});
const stored = versions.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0);
process.stdout.write(
  `${JSON.stringify({
    paused,
    running,
    simulatedPerRealSecond,
    demandedPerSecond: (perHour * SPEED) / 3600,
    storedPerSecond: stored / ((performance.now() - cast) / 1000),
    behindMs,
    rssMb: process.memoryUsage().rss / 1024 ** 2,
  })}\n`,
);
await world.stop();
process.exit(0);
