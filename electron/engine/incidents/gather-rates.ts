import { DRAINED_AFTER_MS, type RateEvidence } from '#shared/domain/verification/rates.ts';
import { matureConversations, type Counts } from '#shared/domain/verification/recovery-evidence.ts';
import { baselineOf, ownCalmWindow } from '#shared/domain/verification/own-baseline.ts';
import type { Window } from '#shared/model/evidence.ts';
import { signalSourceOf, type WorkspacePrompt } from '#shared/model/workspace.ts';
import type { SourceDesk } from '../ports.ts';
import type { IncidentRecord, IncidentReferences, RateReference } from '../records/kind.ts';
import type { EvidenceReader } from '../telemetry/kind.ts';
import { gatherScoreReference } from './gather-scores.ts';
import { traceNameOf } from './trace-name.ts';

type RateSignal = 'complaints' | 'downstream' | 'safety';
type Readers = { readonly evidence: EvidenceReader; readonly sources: SourceDesk };

const BUCKET_MS = 10_000;
const LAG_SAMPLE = 500;
const MAX_REFERENCE_MS = 24 * 3600_000;
const MIN_REFERENCE_MS = 10 * 60_000;
const UNKNOWN_SHIPPED_MS = 60 * 60_000;

/** One version's counts of a rate signal over a window, from whichever source the workspace names. Null = no data. */
async function countsOf(
  { evidence, sources }: Readers,
  prompt: WorkspacePrompt,
  query: { signal: RateSignal; version: string; cohort: string; window: Window },
): Promise<Counts | null> {
  const { signal, version, cohort, window } = query;
  const from = signalSourceOf(prompt, signal);
  if (from.source === 'telemetry') {
    const all = await evidence.counts({ prompt: traceNameOf(prompt), window });
    const rows = all.filter((row) => row.version === version && (cohort === 'all' || row.cohort === cohort));
    // The store may offer a sum over cohorts beside the cohorts themselves: never both.
    const whole = rows.filter((row) => row.cohort === 'all');
    return add(
      (cohort === 'all' && whole.length > 0 ? whole : rows).map((row) => rateOf(row.readings[signal])),
    );
  }
  const metrics = sources.instance(from.source)?.metrics;
  if (!metrics) throw new Error(`the source ${from.source} is not connected`);
  const answer = await sources.observe(from.source, () =>
    metrics.instant({
      signal,
      templates: from,
      prompt: traceNameOf(prompt),
      version,
      cohort,
      window,
      bucketMs: window.toMs - window.fromMs,
    }),
  );
  return add(
    answer.buckets.map(({ numerator, denominator }) =>
      numerator === null || denominator === null ? null : { conversations: denominator, events: numerator },
    ),
  );
}

function rateOf(
  reading: { kind: string; conversations?: number; events?: number } | undefined,
): Counts | null {
  if (reading?.kind !== 'rate') return null;
  return { conversations: reading.conversations ?? 0, events: reading.events ?? 0 };
}

function add(counts: readonly (Counts | null)[]): Counts | null {
  const known = counts.filter((entry) => entry !== null);
  if (known.length === 0) return null;
  return {
    conversations: known.reduce((total, entry) => total + entry.conversations, 0),
    events: known.reduce((total, entry) => total + entry.events, 0),
  };
}

/** What the recovery is judged against: both versions before the flip, or the bad one's own calm past, in the incident's cohort. */
export async function gatherReferences(
  readers: Readers,
  prompt: WorkspacePrompt,
  record: Pick<IncidentRecord, 'badVersion' | 'goodVersion' | 'cohort' | 'shippedAtMs' | 'alarm'>,
  flip: { readonly atMs: number; readonly operationId: string; readonly nowMs: number },
): Promise<IncidentReferences> {
  const shippedAtMs = record.shippedAtMs ?? flip.atMs - UNKNOWN_SHIPPED_MS;
  const fromMs = Math.max(flip.atMs - MAX_REFERENCE_MS, Math.min(shippedAtMs, flip.atMs - MIN_REFERENCE_MS));
  const window = { fromMs, toMs: flip.atMs };
  // A version may turn bad long after it shipped: its good time before would thin the incident's level out, and hide it.
  const onsetMs = record.alarm?.onset?.earliestMs ?? fromMs;
  const incidentWindow = { fromMs: Math.max(fromMs, Math.min(onsetMs, flip.atMs)), toMs: flip.atMs };
  const calmWindow = ownCalmWindow(record.alarm, window);
  const reference = async (signal: RateSignal): Promise<RateReference | null> => {
    const { badVersion, goodVersion, cohort } = record;
    if (badVersion === null) return null;
    const query = { signal, cohort };
    const [incident, good, own] = await Promise.all([
      countsOf(readers, prompt, { ...query, version: badVersion, window: incidentWindow }),
      countsOf(readers, prompt, { ...query, version: goodVersion, window }),
      calmWindow && countsOf(readers, prompt, { ...query, version: badVersion, window: calmWindow }),
    ]);
    if (!incident || incident.conversations <= 0) return null;
    // Everyone was on the bad version from its beginning: without a control and a calm past there is no baseline to return to.
    const baseline = baselineOf(good, own);
    return baseline && { incident, baseline };
  };
  const [complaints, downstream, safety, csat] = await Promise.all([
    reference('complaints').catch(() => null),
    reference('downstream').catch(() => null),
    reference('safety').catch(() => null),
    gatherScoreReference(readers.evidence, prompt, record, window).catch(() => null),
  ]);
  return { takenAtMs: flip.nowMs, operationId: flip.operationId, complaints, downstream, safety, csat };
}

/** How a rate has been since the drain. `problem` says why there is no answer. */
export async function gatherRate(
  readers: Readers,
  prompt: WorkspacePrompt,
  record: IncidentRecord,
  reference: RateReference | null,
  query: {
    readonly signal: RateSignal;
    readonly flipAtMs: number;
    readonly nowMs: number;
    /** Later than the drain where a second wave is over: what it did is not counted against the recovery. */
    readonly sinceMs?: number | null;
  },
): Promise<{ evidence: RateEvidence | null; problem: string | null }> {
  const { signal, flipAtMs, nowMs } = query;
  const fromMs = Math.max(flipAtMs + DRAINED_AFTER_MS, query.sinceMs ?? 0);
  if (nowMs <= fromMs) return { evidence: null, problem: null };
  if (!reference) {
    return { evidence: null, problem: `no ${signal} figures of both versions from before the flip` };
  }
  const minutes = (nowMs - fromMs) / 60_000;
  try {
    const since = await sinceDrain(readers, prompt, record, { signal, fromMs, nowMs });
    if (!since) return { evidence: null, problem: `no ${signal} figures since the flip` };
    const evidence: RateEvidence = {
      ...reference,
      since: { conversations: since.mature, events: since.events },
      started: Math.round(since.started),
      perMinute: since.started > 0 && minutes > 0.2 ? since.started / minutes : null,
      fromMs,
    };
    return { evidence, problem: null };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { evidence: null, problem: `${signal} cannot be read: ${detail}` };
  }
}

/** Downstream errors of what started from `fromMs` on; null = nothing did. */
export async function gatherStretch(
  readers: Readers,
  prompt: WorkspacePrompt,
  record: IncidentRecord,
  window: Window,
): Promise<Counts | null> {
  const query = { signal: 'downstream', fromMs: window.fromMs, nowMs: window.toMs } as const;
  const since = await sinceDrain(readers, prompt, record, query);
  return since && { conversations: since.mature, events: since.events };
}

async function sinceDrain(
  readers: Readers,
  prompt: WorkspacePrompt,
  { cohort, goodVersion }: IncidentRecord,
  query: { signal: RateSignal; fromMs: number; nowMs: number },
): Promise<{ started: number; mature: number; events: number } | null> {
  const { signal, fromMs, nowMs } = query;
  const window = { fromMs, toMs: nowMs };
  if (signalSourceOf(prompt, signal).source !== 'telemetry') {
    const counts = await countsOf(readers, prompt, { signal, version: goodVersion, cohort, window });
    return counts && { started: counts.conversations, mature: counts.conversations, events: counts.events };
  }
  const { evidence } = readers;
  const name = traceNameOf(prompt);
  const [series, lagsMs] = await Promise.all([
    evidence.series({ prompt: name, window, bucketMs: BUCKET_MS, cohort }),
    signal === 'complaints' ? evidence.reportLagsMs(name, LAG_SAMPLE) : Promise.resolve([]),
  ]);
  const buckets: { ageMs: number; conversations: number }[] = [];
  let events = 0;
  for (const { readings } of series.versions) {
    for (const [index, reading] of readings.entries()) {
      const counts = rateOf(reading[signal]);
      if (!counts) continue;
      const startMs = series.startsMs[index] ?? fromMs;
      buckets.push({
        ageMs: Math.max(0, nowMs - startMs - BUCKET_MS / 2),
        conversations: counts.conversations,
      });
      events += counts.events;
    }
  }
  if (buckets.length === 0) return null;
  const started = buckets.reduce((total, bucket) => total + bucket.conversations, 0);
  // A reported event proves its conversation, however young.
  return { started, mature: Math.max(events, matureConversations(buckets, lagsMs)), events };
}

/** Conversations the bad version has served since it shipped; null while unknown. */
export async function countBadConversations(
  evidence: EvidenceReader,
  prompt: WorkspacePrompt,
  record: IncidentRecord,
  nowMs: number,
): Promise<number | null> {
  if (record.badVersion === null) return null;
  const fromMs = (record.shippedAtMs ?? record.declaredAtMs - UNKNOWN_SHIPPED_MS) - BUCKET_MS;
  const rows = await evidence.counts({ prompt: traceNameOf(prompt), window: { fromMs, toMs: nowMs + 1 } });
  const mine = rows.filter((row) => row.version === record.badVersion);
  const whole = mine.filter((row) => row.cohort === 'all');
  const total = (whole.length > 0 ? whole : mine).reduce((sum, row) => sum + row.conversations, 0);
  return mine.length === 0 ? null : total;
}
