import type { Workspace } from '#shared/model/workspace.ts';
import type { OpenedTelemetry } from '#engine/open-stores.ts';
import { createMapper, type AcceptedTimes } from '#engine/telemetry/mapping.ts';
import { createMemoryEvidence } from '#engine/telemetry/memory-evidence.ts';
import { emptyMapped } from '#engine/telemetry/rows.ts';
import type { Emission } from '#engine/fleet/conversation.ts';

export type MemoryTelemetry = OpenedTelemetry & {
  /** What the receiver would do with a request that holds these: mapped by the same rules, kept in memory. */
  take(emissions: readonly Emission[], nowMs: number): void;
};

const EVERYTHING: AcceptedTimes = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

/** Telemetry in without a socket and without a database: for a world that stands still between steps. */
export function createMemoryTelemetry(settings: Workspace['telemetry']): MemoryTelemetry {
  const mapper = createMapper(settings);
  const evidence = createMemoryEvidence({ sampled: settings.sampled });
  const counters = { spans: 0, feedback: 0, requests: 0 };
  let lastReceivedMs: number | null = null;
  let dataUpToMs: number | null = null;

  return {
    evidence,
    take(emissions, nowMs) {
      if (emissions.length === 0) return;
      const mapped = emptyMapped();
      for (const emission of emissions) {
        if (emission.kind === 'span') mapper.span(emission.span, emission.resource, EVERYTHING, mapped);
        else mapper.log(emission.record, emission.resource, nowMs, EVERYTHING, mapped);
      }
      evidence.accept(mapped, nowMs);
      counters.spans += mapped.spans.length;
      counters.feedback += mapped.feedback.length;
      counters.requests += 1;
      lastReceivedMs = nowMs;
      for (const { endMs } of mapped.spans) dataUpToMs = Math.max(dataUpToMs ?? 0, endMs);
    },
    facts: () => ({
      counters: { ...counters, duplicates: 0, rejected: 0, unattributed: 0, lastReceivedMs },
      dataUpToMs,
      endpoint: null,
      problem: null,
    }),
    listen: () => Promise.resolve(),
    // Nobody needs to be told: whoever plays a world in steps asks when it wants to know.
    onData: () => undefined,
    close: () => Promise.resolve(),
  };
}
