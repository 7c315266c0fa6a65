import { createHash } from 'node:crypto';
import { redact } from '#shared/domain/evals/redact.ts';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptVersion } from '#shared/model/prompt.ts';
import { RECORDED_EVENTS, type RecordedConversation, type RecordedTick } from '#shared/model/recording.ts';
import { scenarioSchema } from '#shared/model/scenario.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import { signalSourceOf, type WorkspacePrompt } from '#shared/model/workspace.ts';
import type { Arrival, ArrivedConversation, EvidenceReader } from '#engine/telemetry/kind.ts';
import { type Bundle, bundleText, type RecordedEvent } from './bundle-text.ts';

const MINUTE_MS = 60_000;
/** Of the time before the candidate was shipped, and before and after the incident was declared. */
const BEFORE_SHIPPED_MS = 12 * MINUTE_MS;
const BEFORE_DECLARED_MS = 60 * MINUTE_MS;
const AFTER_DECLARED_MS = 90 * MINUTE_MS;
const SAMPLES = 5;
/** As many as a scenario may have. */
const MAX_WORKERS = 200;
const MAX_TAIL_MS = 300_000;

export type RecordingDeps = {
  readonly evidence: Pick<EvidenceReader, 'arrivals' | 'samples' | 'dataUpToMs'>;
  readonly prompt: WorkspacePrompt;
  readonly versions: readonly PromptVersion[];
};

/**
 * An incident of the record as a bundle that replays it: its conversations by tick, version and cohort with when each thing about them became
 * known, when it was flipped, and what was written down. No ids, no users; texts are redacted. Null when the telemetry of its time is no longer kept.
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
  const arrived = await evidence.arrivals({ prompt: trace, window: { fromMs: originMs, toMs } });
  const arrivals = withoutUnread(arrived, incident, prompt);
  if (arrivals.length === 0 || incident.badVersion === null) return null;
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
  const ticks = ticksOf(arrivals, originMs);
  const onsetMinutes = onsetAfter(incident, originMs, shippedMs);
  const beginMs = shippedMs + TICK_MS;
  const served = sharesOf(arrivals, bad, incident.goodVersion, flippedAtMs);
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
        workers: Math.min(MAX_WORKERS, new Set(arrivals.map(({ worker }) => worker)).size),
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
        cohorts: cohortsOf(arrivals),
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
      tailMs: tailMs(arrivals, bad, flippedAtMs),
      steps: Object.fromEntries(
        incident.steps.map(({ id: step, doneAtMs }) => [
          step,
          doneAtMs === null ? null : doneAtMs - originMs,
        ]),
      ),
      verdict: incident.verification?.verdict ?? null,
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

/** Every recovery is checked by these; another signal has a check of its own when it alarmed. */
const ALWAYS_CHECKED = ['complaints', 'downstream'];

/**
 * Signals that the workspace reads from another source were judged by that one's figures, coarser and later than these. One that raised no
 * alarm is left out: from the telemetry it could raise one, or keep the recovery from being proven when it was.
 */
function withoutUnread(
  arrivals: readonly ArrivedConversation[],
  { trigger, verification }: Incident,
  prompt: WorkspacePrompt,
): readonly ArrivedConversation[] {
  const checked = (verification?.checks ?? []).map(({ id }) => id);
  const watched = new Set<string | null>([
    trigger.signal,
    ...checked.filter((id) => !ALWAYS_CHECKED.includes(id)),
  ]);
  const unread = SIGNAL_IDS.filter(
    (signal) => signalSourceOf(prompt, signal).source !== 'telemetry' && !watched.has(signal),
  );
  if (unread.length === 0) return arrivals;
  const isRead = (name: string) => !unread.some((signal) => signal === name);
  return arrivals.map((arrived) => ({
    ...arrived,
    shown: Object.fromEntries(Object.entries(arrived.shown).filter(([stream]) => isRead(stream))),
    rating: isRead('csat') ? arrived.rating : null,
  }));
}

/** By tick, version and cohort; workers are numbered in the order of their names. */
function ticksOf(arrivals: readonly ArrivedConversation[], originMs: number): RecordedTick[] {
  const workers = [...new Set(arrivals.map(({ worker }) => worker))].toSorted();
  const numberOf = new Map(workers.map((worker, index) => [worker, index]));
  const rows = new Map<string, RecordedTick>();
  for (const arrived of arrivals) {
    const { startMs, version, cohort, worker } = arrived;
    const tick = Math.floor((startMs - originMs) / TICK_MS);
    const key = `${tick}\n${version}\n${cohort}`;
    const row = rows.get(key) ?? { tick, version, cohort, conversations: [] };
    rows.set(key, row);
    row.conversations.push(conversationOf(arrived, originMs + tick * TICK_MS, numberOf.get(worker) ?? 0));
  }
  return [...rows.values()];
}

function conversationOf(arrived: ArrivedConversation, tickMs: number, worker: number): RecordedConversation {
  const { startMs, known, end, shown, rating } = arrived;
  const since = ({ saidMs, knownMs }: Arrival): [number, number] => {
    const said = Math.max(0, Math.round(saidMs - startMs));
    return [said, Math.max(0, Math.round(knownMs - startMs) - said)];
  };
  const events: RecordedConversation[6] = {};
  for (const name of RECORDED_EVENTS) {
    const arrival = shown[name];
    if (arrival) events[name] = since(arrival);
  }
  const first = since(known);
  const last = end.saidMs > known.saidMs ? since(end) : first;
  return [startMs - tickMs, ...first, ...last, worker, events, rating && [rating.score, ...since(rating)]];
}

/** Minutes from the drill's beginning to the recorded onset; the detector's own estimate where it has one. */
function onsetAfter(incident: Incident, originMs: number, shippedMs: number): number {
  const onsetAtMs = incident.alarm?.onset?.aboutMs ?? incident.shippedAtMs ?? incident.declaredAtMs;
  return Math.max(0, (onsetAtMs - originMs - shippedMs - TICK_MS) / MINUTE_MS);
}

function sharesOf(
  arrivals: readonly ArrivedConversation[],
  bad: string,
  good: string,
  flippedAtMs: number | null,
) {
  const before = arrivals.filter(({ startMs }) => flippedAtMs === null || startMs < flippedAtMs);
  const sinceMs = before.find(({ version }) => version === bad)?.startMs ?? 0;
  const served = (version: string) =>
    before.filter((one) => one.startMs >= sinceMs && one.version === version).length;
  const [candidate, control] = [served(bad), served(good)];
  const spanMs = Math.max(TICK_MS, (arrivals.at(-1)?.startMs ?? 0) - (arrivals[0]?.startMs ?? 0));
  const perHour = Math.round((arrivals.length / spanMs) * 3_600_000);
  return {
    share01: candidate + control === 0 ? 0.05 : candidate / (candidate + control),
    perHour: Math.min(100_000, Math.max(100, perHour)),
  };
}

function cohortsOf(arrivals: readonly ArrivedConversation[]): { name: string; share01: number }[] {
  const byCohort = Map.groupBy(arrivals, ({ cohort }) => cohort);
  return [...byCohort].map(([name, own]) => ({
    name,
    share01: Math.max(0.000_001, own.length / arrivals.length),
  }));
}

function tailMs(arrivals: readonly ArrivedConversation[], bad: string, flippedAtMs: number | null): number {
  if (flippedAtMs === null) return 0;
  const last = arrivals.findLast(({ version }) => version === bad);
  return Math.min(MAX_TAIL_MS, Math.max(0, (last?.startMs ?? 0) - flippedAtMs));
}
