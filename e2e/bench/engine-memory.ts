import { setTimeout as sleep } from 'node:timers/promises';
import { startCockpit } from '../support/cockpit.ts';
import { atMost, type BenchItem, type Scale } from './bench-item.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { benchCalls, engineFile, memoryMb } from './engine-access.ts';
import { createBatch } from './otlp-batch.ts';

/** Of a laptop that also runs a browser and a call. */
const IDLE_MB = 350;
const WORKING_MB = 700;

/** A team's ordinary traffic: 40 spans a second from 8 workers, with the incident view open. */
async function measure({ isQuick, say }: Scale) {
  const seconds = isQuick ? 10 : 90;
  const promptIds = Array.from({ length: 10 }, (_, index) => (index === 0 ? 'support' : `prompt-${index}`));
  const cockpit = await startCockpit({ workspace: benchWorkspace({ promptIds }) });
  try {
    const calls = benchCalls(cockpit.dataDir);
    const { info } = await calls.engine.info();
    const { pid } = engineFile(cockpit.dataDir);
    await sleep(5_000);
    const idle = memoryMb(pid);
    say(`ordinary traffic for ${seconds} s`);
    const batches = Array.from({ length: 8 }, (_, index) =>
      createBatch({ prompt: 'support', spans: 40, worker: `worker-${index}` }),
    );
    for (let second = 0; second < seconds; second += 1) {
      const batch = batches[second % batches.length];
      batch?.refresh(Date.now());
      await fetch(`${new URL(info.otlpEndpoint ?? '').origin}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(batch?.bytes ?? []),
      });
      const toMs = Date.now();
      const window = { fromMs: toMs - 3600_000, toMs };
      await calls.evidence.distribution({ promptId: 'support', window, bucketMs: 10_000 });
      await calls.evidence.comparisons({ promptId: 'support' });
      await sleep(1_000);
    }
    const working = memoryMb(pid);
    return [
      atMost('engine memory, idle', idle.nowMb, 'MB', IDLE_MB, 'resident, 5 s after the start, 10 prompts'),
      atMost(
        'engine memory, ordinary traffic',
        working.nowMb,
        'MB',
        WORKING_MB,
        `resident, after ${seconds} s of 40 spans/s`,
      ),
    ];
  } finally {
    await cockpit.stop();
  }
}

export const engineMemory: BenchItem = { name: 'memory', title: 'Engine memory', run: measure };
