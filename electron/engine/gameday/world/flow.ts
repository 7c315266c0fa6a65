import type { Workspace } from '#shared/model/workspace.ts';
import { type AdjustableClock, createClock } from '#engine/clock.ts';
import { openLog } from '#engine/log/log.ts';
import type { OpenedTelemetry } from '#engine/open-stores.ts';
import { openTelemetry } from '#engine/telemetry/index.ts';
import type { Emission } from '#engine/fleet/conversation.ts';
import { createExporter } from '#engine/fleet/exporter.ts';
import type { Fleet } from '#engine/fleet/fleet.ts';
import { createLiveTraffic } from '#engine/fleet/live-traffic.ts';
import { createMemoryTelemetry } from './memory-telemetry.ts';
import { createStepClock } from './step-clock.ts';
import type { GuardedFetch } from './guarded-fetch.ts';

/** How time passes in a world, and how its fleet's telemetry comes in. */
export type Flow = {
  readonly clock: AdjustableClock;
  readonly telemetry: OpenedTelemetry;
  /** Everything up to `toMs`, before the engine opens its eyes. */
  fill(toMs: number): Promise<void>;
  /** From here on time passes. */
  run(): void;
  /** Only of a stepped world; the other throws RangeError. */
  advance(ms: number): Promise<void>;
  settle(): Promise<void>;
  stop(): Promise<void>;
};

type FlowOptions = {
  readonly originMs: number;
  readonly fleet: Fleet;
  /** What happens up to a time: gives what the fleet sends by then. */
  readonly until: (nowMs: number) => Emission[];
  readonly settings: Workspace['telemetry'];
  readonly guard: GuardedFetch;
  readonly dataDir: string;
};

/** Time stands still between steps; telemetry goes through the receiver's mapping into memory. */
export function steppedFlow({ originMs, until, settings, guard }: FlowOptions): Flow {
  const telemetry = createMemoryTelemetry(settings);
  const moveTo = (nowMs: number) => telemetry.take(until(nowMs), nowMs);
  const clock = createStepClock({ startMs: originMs, onMove: moveTo, isBusy: () => guard.inFlight() > 0 });
  return {
    clock,
    telemetry,
    async fill(toMs) {
      clock.skipTo(toMs);
      moveTo(toMs);
      await clock.settle();
    },
    run: () => undefined,
    advance: (ms) => clock.advance(ms),
    settle: () => clock.settle(),
    stop: () => Promise.resolve(),
  };
}

/** Time runs at the clock's speed; telemetry goes over HTTP into the real receiver and its store. */
export async function liveFlow(options: FlowOptions): Promise<Flow> {
  const { originMs, fleet, until, settings, guard, dataDir } = options;
  const clock = createClock(1, originMs);
  const log = openLog(dataDir, () => []);
  const opened = await openTelemetry({ dataDir, settings, clock, log: log.part('telemetry'), token: null });
  const { receiver, reader } = opened;
  await receiver.start();
  const otlpUrl = receiver.url() ?? '';
  guard.allow(otlpUrl);
  const exporter = createExporter({ otlpUrl, fetch: guard.fetch, clock, log: log.part('fleet') });
  const traffic = createLiveTraffic({ fleet, until, exporter, clock, fromMs: originMs });
  let dataUpToMs: number | null = null;
  opened.onData((upToMs) => {
    dataUpToMs = upToMs;
  });
  const refuseSteps = () => Promise.reject(new RangeError('time runs by itself in this world'));

  return {
    clock,
    telemetry: {
      evidence: reader,
      facts: () => ({
        counters: receiver.counters(),
        dataUpToMs,
        endpoint: receiver.url(),
        problem: receiver.problem() ?? opened.problem,
      }),
      listen: () => Promise.resolve(),
      onData: (listener) => void opened.onData(listener),
      close: () => opened.close(),
    },
    fill(toMs) {
      clock.skipTo(toMs);
      return traffic.fill(toMs);
    },
    run: () => traffic.run(),
    advance: refuseSteps,
    settle: refuseSteps,
    async stop() {
      fleet.disconnect();
      await traffic.stop();
      log.close();
    },
  };
}
