import { createHash } from 'node:crypto';
import { redact } from '#shared/domain/evals/redact.ts';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptVersion } from '#shared/model/prompt.ts';
import { RECORDED_EVENTS, type RecordedTick } from '#shared/model/recording.ts';
import { scenarioSchema } from '#shared/model/scenario.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { EvidenceReader, TickRow } from '#engine/telemetry/kind.ts';
import { type Bundle, bundleText, type RecordedEvent } from './bundle-text.ts';

const MINUTE_MS = 60_000;
/** Of the time before the candidate was shipped, and before and after the incident was declared. */
const BEFORE_SHIPPED_MS = 12 * MINUTE_MS;
const BEFORE_DECLARED_MS = 60 * MINUTE_MS;
const AFTER_DECLARED_MS = 90 * MINUTE_MS;
const SAMPLES = 5;
const LAGS = 200;
const MAX_TAIL_MS = 300_000;

export type RecordingDeps = {
  readonly evidence: Pick<EvidenceReader, 'ticks' | 'reportLagsMs' | 'samples' | 'dataUpToMs'>;
  readonly prompt: WorkspacePrompt;
  readonly versions: readonly PromptVersion[];
};

/**
 * An incident of the record as a bundle that replays it: its traffic as counts per tick, version and cohort, when it was flipped, and
 * what was written down. Texts are redacted. Null when the telemetry of its time is no longer kept.
 */
export async function recordIncident(
  incident: Incident,
  deps: RecordingDeps,
): Promise<{ bundle: Bundle; text: string } | null> {
  const { evidence, prompt } = deps;
  const trace = prompt.traceName ?? prompt.id;
  const { declaredAtMs, shippedAtMs } = incident;
  const upToMs = (await evidence.dataUpToMs(trace)) ?? declaredAtMs;
  const originMs = floorTick(
    Math.max((shippedAtMs ?? declaredAtMs) - BEFORE_SHIPPED_MS, declaredAtMs - BEFORE_DECLARED_MS),
  );
  const toMs = Math.min(incident.closedAtMs ?? upToMs, upToMs, declaredAtMs + AFTER_DECLARED_MS);
  const rows = await evidence.ticks({ prompt: trace, window: { fromMs: originMs, toMs } });
  const first = rows[0];
  if (first === undefined || incident.badVersion === null) return null;
  const bad = incident.badVersion;
  const flip = incident.rollbacks.find(({ operation }) => operation.kind !== 'set-share');
  const flippedAtMs = flip?.pressedAtMs ?? null;
  const relative = (atMs: number) => Math.max(0, atMs - originMs);
  const shippedMs = relative(shippedAtMs ?? originMs);
  const samples = await evidence.samples({
    prompt: trace,
    version: bad,
    kind: 'bad',
    signal: null,
    limit: SAMPLES,
    window: { fromMs: originMs, toMs },
  });
  const clean = redactor(
    [
      ...samples.flatMap(({ input, output }) => [input ?? '', output ?? '']),
      ...deps.versions.map(({ text }) => text ?? ''),
      ...incident.timeline.map(({ text }) => text),
    ],
    peopleOf(incident, deps),
  );
  const ticks = rows.map((row) => tickOf(row, originMs));
  const onsetMinutes = onsetAfter(incident, originMs, shippedMs);
  const beginMs = shippedMs + TICK_MS;
  const served = sharesOf(rows, bad, incident.goodVersion, flippedAtMs);
  const events: RecordedEvent[] = incident.timeline.map(({ atMs, by, kind, text }) => ({
    atMs: atMs - originMs,
    by: by === 'fusebox' ? by : 'a responder',
    kind,
    text: clean(text),
  }));
  const id = `rec-${incident.id.toLowerCase()}-${createHash('sha256').update(JSON.stringify(ticks)).digest('hex').slice(0, 8)}`;
  const scenario = scenarioSchema.parse({
    id,
    title: `${incident.id} as it was: ${prompt.title ?? prompt.id}`.slice(0, 120),
    kind: 'regression',
    purpose: `A recorded incident: the traffic of ${incident.id}, tick for tick. What is flipped earlier or later than it was changes it.`,
    brief: `You are on call for ${prompt.id}. Its new version has a share of the traffic.`,
    minutes: Math.max(10, Math.ceil((toMs - originMs - beginMs) / MINUTE_MS)),
    warmUpMinutes: beginMs / MINUTE_MS,
    onsetMinutes: [onsetMinutes, onsetMinutes],
    prompts: [
      {
        id: prompt.id,
        service: prompt.service,
        owner: 'the prompt owner',
        control: incident.goodVersion,
        candidate: bad,
        candidateShare01: served.share01,
        conversationsPerHour: served.perHour,
        workers: 6,
        versions: [incident.goodVersion, bad].map((version) => {
          const known = deps.versions.find((one) => one.id === version);
          return {
            id: version,
            sha: known?.sha ?? null,
            message: known?.message ?? '',
            text: clean(known?.text ?? ''),
            author: 'a colleague',
            daysAgo: version === bad ? 0 : 7,
          };
        }),
        cohorts: cohortsOf(rows),
        healthy: { complaint01: 0, safety01: 0, downstream01: 0, csatMean: 80 },
      },
    ],
    faults: [],
    expected: {
      page: null,
      advice: incident.decision.recorded ? [incident.decision.recorded.outcome] : null,
      finalVerdict: incident.verification?.verdict ?? null,
      mayPage: true,
    },
    recording: {
      incidentId: incident.id,
      promptId: prompt.id,
      shippedMs,
      flippedMs: flippedAtMs === null ? null : relative(flippedAtMs),
      tailMs: tailMs(rows, bad, flippedAtMs),
      reportLagsMs: (await evidence.reportLagsMs(trace, LAGS)).map((lagMs) => Math.max(0, Math.round(lagMs))),
      ticks,
      samples: samples.map(({ version, input, output }) => ({
        version,
        input: clean(input ?? ''),
        output: clean(output ?? ''),
      })),
    },
  });
  const { recording } = scenario;
  if (recording === null) return null;
  const bundle = { scenario: { ...scenario, recording }, events };
  return { bundle, text: bundleText(bundle) };
}

const floorTick = (atMs: number) => Math.floor(atMs / TICK_MS) * TICK_MS;

/** One set of stand-ins over all texts of the bundle. */
function redactor(texts: readonly string[], names: readonly string[]): (text: string) => string {
  const clean = redact(texts, { names, keep: [] });
  const known = new Map(texts.map((text, index) => [text, clean[index]?.text ?? '']));
  return (text) => known.get(text) ?? redact([text], { names, keep: [] })[0]?.text ?? '';
}

/** Everybody the incident and its prompt name: people are no part of what another team practises with. */
function peopleOf(
  { timeline, driver, closedBy, rollbacks }: Incident,
  { prompt, versions }: RecordingDeps,
): string[] {
  const named = [
    prompt.owner,
    ...prompt.reviewers,
    ...versions.flatMap(({ author, reviewedBy }) => [author, reviewedBy]),
    ...timeline.map(({ by }) => by),
    ...rollbacks.map(({ actor }) => actor),
    driver,
    closedBy,
  ];
  const found = named.filter((name): name is string => typeof name === 'string' && name.length > 2);
  return [...new Set(found)].filter((name) => name !== 'fusebox');
}

function tickOf(row: TickRow, originMs: number): RecordedTick {
  const { version, cohort, conversations, ratings } = row;
  return {
    tick: Math.round((row.bucketMs - originMs) / TICK_MS),
    version,
    cohort,
    conversations,
    events: Object.fromEntries(
      RECORDED_EVENTS.flatMap((name) => (row.events[name] ? [[name, row.events[name]]] : [])),
    ),
    ratings: ratings.map(([score, counted]) => [score, counted]),
  };
}

/** Minutes from the drill's beginning to the recorded onset; the detector's own estimate where it has one. */
function onsetAfter(incident: Incident, originMs: number, shippedMs: number): number {
  const onsetAtMs = incident.alarm?.onset?.aboutMs ?? incident.shippedAtMs ?? incident.declaredAtMs;
  return Math.max(0, (onsetAtMs - originMs - shippedMs - TICK_MS) / MINUTE_MS);
}

function sharesOf(rows: readonly TickRow[], bad: string, good: string, flippedAtMs: number | null) {
  const before = rows.filter(({ bucketMs }) => flippedAtMs === null || bucketMs < flippedAtMs);
  const since = before.find(({ version }) => version === bad)?.bucketMs ?? 0;
  const sum = (version: string) =>
    before
      .filter((row) => row.bucketMs >= since && row.version === version)
      .reduce((total, { conversations }) => total + conversations, 0);
  const [candidate, control] = [sum(bad), sum(good)];
  const total = rows.reduce((all, { conversations }) => all + conversations, 0);
  const spanMs = Math.max(TICK_MS, (rows.at(-1)?.bucketMs ?? 0) - (rows[0]?.bucketMs ?? 0));
  const perHour = Math.round((total / spanMs) * 3_600_000);
  return {
    share01: candidate + control === 0 ? 0.05 : candidate / (candidate + control),
    perHour: Math.min(100_000, Math.max(100, perHour)),
  };
}

function cohortsOf(rows: readonly TickRow[]): { name: string; share01: number }[] {
  const counts = new Map<string, number>();
  for (const { cohort, conversations } of rows) counts.set(cohort, (counts.get(cohort) ?? 0) + conversations);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts].map(([name, count]) => ({ name, share01: Math.max(0.000_001, count / total) }));
}

function tailMs(rows: readonly TickRow[], bad: string, flippedAtMs: number | null): number {
  if (flippedAtMs === null) return 0;
  const after = rows.filter((row) => row.version === bad && row.bucketMs + TICK_MS > flippedAtMs);
  const lastMs = Math.max(flippedAtMs, ...after.map(({ bucketMs }) => bucketMs + TICK_MS));
  return Math.min(MAX_TAIL_MS, lastMs - flippedAtMs);
}
