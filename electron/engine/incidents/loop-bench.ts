import { rmSync } from 'node:fs';
import { killswitchProofOf } from '#shared/domain/readiness/proof.ts';
import type { LiveChange } from '#shared/model/live.ts';
import type { KillswitchProof } from '#shared/model/prompt.ts';
import { createFakeClock } from '../fake-clock.ts';
import { openRecords } from '../records/open-records.ts';
import { createIncidents } from './create-incidents.ts';
import { createScriptedProvider } from './scripted-provider.ts';
import { leverDesk, quietLog, sourceDesk, temporaryFolder, workspaceDesk } from './test-bench.ts';
import { createSimulatedTraffic } from './traffic-simulation.ts';

/** For tests: whole loops over a scripted flag and a fleet that talks. `end` ends every life of them, the newest first. */
export function createLoopBenches() {
  const cleanups: (() => Promise<void> | void)[] = [];

  async function bench() {
    const clock = createFakeClock();
    const dataDir = temporaryFolder();
    const provider = createScriptedProvider(clock);
    const traffic = createSimulatedTraffic(() => clock.nowMs());
    const published: LiveChange[] = [];
    const proven: KillswitchProof[] = [];
    async function start() {
      const records = await openRecords({ dataDir, clock, log: quietLog });
      const made = await createIncidents({
        records,
        clock,
        workspace: workspaceDesk(),
        sources: sourceDesk({ flags: provider.instance }),
        levers: leverDesk(),
        evidence: traffic.reader,
        live: { publish: (change) => void published.push(change) },
        log: quietLog,
        onRollback: (rollback) => {
          const proof = killswitchProofOf(rollback);
          if (proof) proven.push(proof);
        },
      });
      const stop = async () => {
        const stopped = made.rollbacks.stop();
        await clock.advance(20_000);
        await stopped;
        await records.close();
      };
      cleanups.push(stop);
      return { ...made, records, stop };
    }
    cleanups.push(() => rmSync(dataDir, { recursive: true }));

    /** Random numbers that are the same in every run (mulberry32). */
    let seed = 7;
    const random = () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
    /** Lets the fleet talk for a while: four conversations a second on 8 workers, that follow the flag unless they are stale. */
    async function talk(
      ms: number,
      options: {
        stale?: readonly string[];
        complaintRate?: (version: string) => number;
        downstreamRate?: (version: string) => number;
        tick?: () => Promise<void>;
      } = {},
    ) {
      const complaintRate = options.complaintRate ?? ((version) => (version === 'v18' ? 0.3 : 0.02));
      const downstreamRate = options.downstreamRate ?? (() => 0.02);
      for (let elapsed = 0; elapsed < ms; elapsed += 2_000) {
        for (let index = 0; index < 8; index += 1) {
          const worker = `worker-${index}`;
          const startMs = clock.nowMs() + index * 250;
          const isCandidate = options.stale?.includes(worker)
            ? random() < 0.5
            : provider.value.on && random() < 0.3;
          const version = isCandidate ? 'v18' : 'v17';
          traffic.add({
            startMs,
            endMs: startMs + 1_000 + random() * 30_000,
            worker,
            version,
            cohort: index % 2 === 0 ? 'acme' : 'globex',
            complaintAtMs: random() < complaintRate(version) ? startMs + 5_000 + random() * 30_000 : null,
            hasDownstreamError: random() < downstreamRate(version),
          });
        }
        await clock.advance(2_000);
        await options.tick?.();
      }
    }
    return { clock, provider, talk, published, proven, start };
  }

  return {
    bench,
    async end() {
      for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
    },
  };
}
