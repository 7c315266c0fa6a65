import type { Change, Window } from '#shared/model/evidence.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { api, promptOf, traceNameOf } from './base.ts';
import { bucketMsFor } from './buckets.ts';
import type { ApiDesks } from './desks.ts';

/** evidence.*: series, tables and samples, pulled with window and resolution in the request. */
export function evidenceCalls(desks: ApiDesks) {
  return {
    distribution: api.evidence.distribution.handler(({ input }) => {
      const prompt = traceNameOf(promptOf(desks, input.promptId));
      const bucketMs = bucketMsFor(input.window, input.bucketMs);
      return desks.evidence.distribution({ prompt, window: input.window, bucketMs });
    }),
    workers: api.evidence.workers.handler(({ input }) => {
      const prompt = traceNameOf(promptOf(desks, input.promptId));
      const { window, expectedVersion = null } = input;
      return desks.evidence.workers({ prompt, window, expectedVersion });
    }),
    series: api.evidence.series.handler(async ({ input }) => {
      const { id: promptId } = promptOf(desks, input.promptId);
      const { signal, cohort, window } = input;
      const bucketMs = bucketMsFor(window, input.bucketMs);
      const incident = input.incidentId === undefined ? null : await desks.incidents.get(input.incidentId);
      return desks.watch.series({ promptId, signal, cohort, window, bucketMs, incident });
    }),
    comparisons: api.evidence.comparisons.handler(({ input }) => {
      const { id: promptId } = promptOf(desks, input.promptId);
      const { cohort, candidate = null, window = null } = input;
      return desks.watch.comparisons({ promptId, cohort, candidate, window });
    }),
    samples: api.evidence.samples.handler(({ input }) => {
      const prompt = traceNameOf(promptOf(desks, input.promptId));
      const { version, kind, signal = null, limit, window } = input;
      return desks.evidence.samples({ prompt, version, kind, signal, limit, window });
    }),
    changes: api.evidence.changes.handler(({ input }) =>
      changesOf(desks, promptOf(desks, input.promptId), input.window),
    ),
    certainty: api.evidence.certainty.handler(({ input }) => {
      const { id: promptId } = promptOf(desks, input.promptId);
      const { signal, cohort, window } = input;
      return desks.watch.certainty({ promptId, signal, cohort, window });
    }),
  };
}

/**
 * What changed near an incident, newest first: the lever's own events and the first sight of each version. A half that
 * cannot be read is said as an entry of its own, because an empty list would read as "nothing changed".
 */
async function changesOf(desks: ApiDesks, prompt: WorkspacePrompt, window: Window): Promise<Change[]> {
  const unreadable = (source: string, what: string) => (error: unknown) => [
    {
      atMs: window.toMs,
      kind: 'other' as const,
      source,
      by: null,
      text: `${what} could not be read: ${error instanceof Error ? error.message : String(error)}`,
    },
  ];
  const [levers, versions] = await Promise.all([
    desks.levers
      .events(prompt.id, window)
      .catch(unreadable(prompt.flag?.source ?? prompt.registry?.source ?? 'lever', 'Its changes')),
    firstSights(desks, prompt, window).catch(unreadable('telemetry', 'The versions in traffic')),
  ]);
  return [...levers, ...versions].toSorted((a, b) => b.atMs - a.atMs);
}

async function firstSights(desks: ApiDesks, prompt: WorkspacePrompt, window: Window): Promise<Change[]> {
  const times = await desks.evidence.versionTimes(traceNameOf(prompt));
  return times
    .filter(({ firstSeenMs }) => firstSeenMs >= window.fromMs && firstSeenMs < window.toMs)
    .map(({ version, sha, firstSeenMs }) => ({
      atMs: firstSeenMs,
      kind: 'version' as const,
      source: 'telemetry',
      by: null,
      text: `${version}${sha === null ? '' : ` (${sha.slice(0, 12)})`} first seen in traffic`,
    }));
}
