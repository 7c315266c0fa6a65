import type { SourceHealth, SourceTest } from '#shared/model/source.ts';
import type { ReceiverCounters } from '../telemetry/kind.ts';

/** The id under which prompts refer to the built-in store. */
export const TELEMETRY_SOURCE_ID = 'telemetry';

/** What the built-in OTLP receiver says about itself. */
export type TelemetryFacts = {
  readonly counters: ReceiverCounters;
  /** Newest event time stored; null = nothing yet. */
  readonly dataUpToMs: number | null;
  /** Where services send to; null = the receiver does not listen. */
  readonly endpoint: string | null;
  /** Why the receiver or its store does not work; null = it does. */
  readonly problem: string | null;
};

/** Services export every few seconds; after a minute of silence the picture is stale. */
const EXPECTED_EVERY_MS = 30_000;

/** The row of the built-in receiver on Connections: nothing is polled, its age is that of the newest request. */
export function telemetryHealth(facts: TelemetryFacts, nowMs: number): SourceHealth {
  const { counters } = facts;
  const silentMs = counters.lastReceivedMs === null ? null : nowMs - counters.lastReceivedMs;
  return {
    id: TELEMETRY_SOURCE_ID,
    title: 'OpenTelemetry receiver',
    connector: 'otlp',
    kinds: ['traces', 'metrics'],
    state:
      facts.problem !== null
        ? 'failing'
        : silentMs === null
          ? 'never'
          : silentMs > 2 * EXPECTED_EVERY_MS
            ? 'stale'
            : 'fresh',
    refreshIntervalMs: EXPECTED_EVERY_MS,
    lastAttemptMs: counters.lastReceivedMs,
    lastOkMs: counters.lastReceivedMs,
    dataUpToMs: facts.dataUpToMs,
    latencyMs: null,
    lastError: facts.problem,
    nextAttemptMs: null,
    baseUrl: facts.endpoint,
    leastPrivilegeHint:
      'Services on this machine send to it: OTEL_EXPORTER_OTLP_ENDPOINT. It can only append; it refuses browsers.',
    counters: {
      requests: counters.requests,
      spans: counters.spans,
      feedback: counters.feedback,
      duplicates: counters.duplicates,
      rejected: counters.rejected,
      unattributed: counters.unattributed,
    },
  };
}

/** The Test button of the receiver: listening, and whether what arrives can be told apart by prompt and version. */
export function testTelemetry(facts: TelemetryFacts): SourceTest {
  const { counters } = facts;
  const attributable = counters.spans === 0 || counters.unattributed < counters.spans;
  const checks = [
    {
      name: 'listening',
      ok: facts.endpoint !== null && facts.problem === null,
      detail: facts.problem ?? facts.endpoint ?? 'the receiver does not listen',
    },
    {
      name: 'data arrives',
      ok: counters.spans > 0,
      detail:
        counters.spans > 0
          ? `${counters.spans} spans in ${counters.requests} requests`
          : `nothing yet; start a service with OTEL_EXPORTER_OTLP_ENDPOINT=${facts.endpoint ?? '…'}`,
    },
    {
      name: 'prompt and version are told',
      ok: attributable,
      detail: attributable
        ? `${counters.unattributed} spans without a prompt`
        : 'no span names its prompt; add the attribute gen_ai.prompt.name, or name yours under telemetry.attributes',
    },
  ];
  const failed = checks.find((check) => !check.ok);
  return {
    ok: !failed,
    latencyMs: 0,
    message: failed ? failed.detail : `The receiver is ready: ${checks.length} checks passed.`,
    checks,
  };
}
