import type { WorkerShare } from '#shared/model/evidence.ts';
import type { ArmReading, SignalId } from '#shared/model/signal.ts';
import type { EvidenceReader, VersionCounts } from '../telemetry/kind.ts';
import { emptyEvidence } from './test-bench.ts';

/** One conversation of the simulated fleet. */
export type Talk = {
  readonly startMs: number;
  readonly endMs: number;
  readonly worker: string;
  readonly version: string;
  readonly cohort: string;
  readonly complaintAtMs: number | null;
  readonly hasDownstreamError: boolean;
};

/** Telemetry of conversations that have ended by now, as the receiver would hold it: the tests' stand-in for the store. */
export function createSimulatedTraffic(nowMs: () => number) {
  const talks: Talk[] = [];
  const seen = (window: { fromMs: number; toMs: number }) =>
    talks.filter(
      (talk) => talk.endMs <= nowMs() && talk.startMs >= window.fromMs && talk.startMs < window.toMs,
    );
  const complained = (talk: Talk) => talk.complaintAtMs !== null && talk.complaintAtMs <= nowMs();

  function readings(some: readonly Talk[]): Record<SignalId, ArmReading> {
    const rate = (events: number): ArmReading => ({ kind: 'rate', conversations: some.length, events });
    return {
      complaints: rate(some.filter(complained).length),
      downstream: rate(some.filter((talk) => talk.hasDownstreamError).length),
      safety: rate(0),
      csat: { kind: 'mean', ratings: 0, sum: 0, sumSquares: 0 },
    };
  }
  const versions = (some: readonly Talk[]) => [...new Set(some.map((talk) => talk.version))];

  const reader: EvidenceReader = emptyEvidence({
    async counts({ window }): Promise<VersionCounts[]> {
      const all = seen(window);
      return versions(all).flatMap((version) => {
        const mine = all.filter((talk) => talk.version === version);
        return [...new Set(mine.map((talk) => talk.cohort))].map((cohort) => {
          const some = mine.filter((talk) => talk.cohort === cohort);
          return { version, sha: null, cohort, conversations: some.length, readings: readings(some) };
        });
      });
    },
    async series({ window, bucketMs, cohort }) {
      const all = seen(window).filter((talk) => cohort === 'all' || talk.cohort === cohort);
      const startsMs: number[] = [];
      for (let at = window.fromMs; at < window.toMs; at += bucketMs) startsMs.push(at);
      return {
        startsMs,
        versions: versions(all).map((version) => {
          const per = startsMs.map((start) =>
            all.filter(
              (talk) => talk.version === version && talk.startMs >= start && talk.startMs < start + bucketMs,
            ),
          );
          return { version, conversations: per.map((some) => some.length), readings: per.map(readings) };
        }),
      };
    },
    async workers({ window, expectedVersion }): Promise<WorkerShare[]> {
      const all = seen(window);
      return [...new Set(all.map((talk) => talk.worker))].map((worker) => {
        const mine = all.filter((talk) => talk.worker === worker).toSorted((a, b) => a.startMs - b.startMs);
        return {
          worker,
          versions: versions(mine).map((version) => ({
            version,
            conversations: mine.filter((talk) => talk.version === version).length,
          })),
          lastVersion: mine.at(-1)?.version ?? null,
          lastSeenMs: mine.at(-1)?.startMs ?? 0,
          isStale: expectedVersion !== null && mine.some((talk) => talk.version !== expectedVersion),
        };
      });
    },
    async versionTimes() {
      const all = seen({ fromMs: -Infinity, toMs: Infinity });
      return versions(all).map((version) => {
        const mine = all.filter((talk) => talk.version === version);
        return {
          version,
          sha: null,
          firstSeenMs: Math.min(...mine.map((talk) => talk.startMs)),
          lastStartedMs: Math.max(...mine.map((talk) => talk.startMs)),
          lastEndedMs: Math.max(...mine.map((talk) => talk.endMs)),
        };
      });
    },
    dataUpToMs: async () =>
      Math.max(...talks.filter((talk) => talk.endMs <= nowMs()).map((talk) => talk.endMs)),
    reportLagsMs: async () =>
      talks.filter(complained).map((talk) => (talk.complaintAtMs ?? 0) - talk.startMs),
  });
  return { reader, add: (talk: Talk) => void talks.push(talk) };
}
