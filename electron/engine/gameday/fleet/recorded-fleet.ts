import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { RecordedTick, Recording } from '#shared/model/recording.ts';
import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import type { Attributes, OtlpSpan } from '#engine/telemetry/otlp/types.ts';
import { createAgenda } from './agenda.ts';
import type { Emission } from './conversation.ts';
import { seedOf } from './draws.ts';
import type { Fleet } from './fleet.ts';
import { createRandom, type Random } from './random.ts';
import { createServing, type Rule } from './serving.ts';

/** A recorded conversation lasts at most this long, so that it ends in the tick in which it began or the next. */
const DURATION_MS = 8_000;
/** Users a rule is asked about, to learn what share it gives. */
const ASKED = 200;
const NO_EVENTS: OtlpSpan['events'] = [];
const UNNAMED = '(none)';

/** What one conversation shows. */
type Shown = {
  readonly events: ReadonlySet<keyof RecordedTick['events']>;
  readonly rating: number | null;
};
/** Shares of a version's conversations over the recording, for those that must be served otherwise than they were. */
type Rates = { readonly shown: readonly Shown[] };

/**
 * The fleet of a recorded incident: the conversations of every tick as they were counted, as long as the lever says what it said then.
 * What is flipped earlier is served by the control, with what the control's conversations showed; what was flipped and is not now, by the
 * candidate with its own. Deterministic in the recording and what is done to the lever when.
 */
export function createRecordedFleet(options: {
  readonly prompt: ScenarioPrompt;
  readonly recording: Recording;
  readonly seed: number;
  readonly originMs: number;
}): Fleet {
  const { prompt, recording, originMs, seed } = options;
  const serving = createServing(prompt, seed, prompt.control);
  const agenda = createAgenda<Emission>();
  const candidate = prompt.candidate ?? prompt.control;
  const byTick = groupByTick(recording.ticks);
  const rates = {
    control: ratesOf(recording.ticks, prompt.control),
    candidate: ratesOf(recording.ticks, candidate),
  };
  const shas = new Map(prompt.versions.map(({ id, sha }) => [id, sha]));
  const lags = recording.reportLagsMs.length > 0 ? recording.reportLagsMs : [0];
  const badStartsMs: number[] = [];
  const shares = new Map<Rule, number>();
  let nextTick = 0;

  const resourceOf = (worker: number): Attributes =>
    new Map([
      ['service.name', prompt.service],
      ['service.instance.id', `${prompt.service}-${String(worker + 1).padStart(2, '0')}`],
    ]);
  const resources = Array.from({ length: prompt.workers }, (_, worker) => resourceOf(worker));
  const feedbackResource: Attributes = new Map([['service.name', `${prompt.service}-feedback`]]);

  /** The candidate's share by the rule in force at a time. */
  function share01(atMs: number): number {
    const rule = serving.rules().findLast((one) => one.atMs <= atMs);
    if (!rule) return 0;
    const known = shares.get(rule);
    if (known !== undefined) return known;
    let given = 0;
    for (let user = 0; user < ASKED; user += 1) if (rule.versionFor(`user-${user}`) === candidate) given += 1;
    shares.set(rule, given / ASKED);
    return given / ASKED;
  }

  /** Which version serves it here, and whether that is what was recorded. */
  function served(
    version: string,
    startMs: number,
    random: Random,
  ): { version: string; isRecorded: boolean } {
    const sinceOrigin = startMs - originMs;
    if (version === candidate && isTakenAway(startMs)) return { version: prompt.control, isRecorded: false };
    // A tick begins as a whole, so that whoever flips in the same tick as it was flipped then finds it as it was.
    const { flippedMs, tailMs } = recording;
    const wasFlipped = flippedMs !== null && sinceOrigin >= flippedMs + tailMs + TICK_MS;
    if (version === prompt.control && wasFlipped && random.chance(share01(startMs)))
      return { version: candidate, isRecorded: false };
    return { version, isRecorded: true };
  }

  /** It had its share and has none any more; the last ones after a flip begin on workers that have not heard of it. */
  function isTakenAway(startMs: number): boolean {
    if (share01(startMs) > 0 || share01(startMs - recording.tailMs) > 0) return false;
    return serving.rules().some((rule) => rule.atMs <= startMs && share01(rule.atMs) > 0);
  }

  function beginTick(tick: number): void {
    for (const [index, row] of (byTick.get(tick) ?? []).entries()) {
      const random = createRandom(seedOf(seed, recording.incidentId, tick, index));
      for (const shown of shownOf(row)) begin(row, shown, tick, random);
    }
  }

  function begin(row: RecordedTick, recorded: Shown, tick: number, random: Random): void {
    const startMs = originMs + tick * TICK_MS + Math.floor(random.between(0, TICK_MS - 1));
    const { version, isRecorded } = served(row.version, startMs, random);
    const own = version === candidate ? rates.candidate : rates.control;
    const shown = isRecorded
      ? recorded
      : (own.shown[Math.floor(random.next() * own.shown.length)] ?? recorded);
    if (version === candidate && candidate !== prompt.control) badStartsMs.push(startMs);
    for (const emission of emissionsOf(row, version, shown, startMs, random))
      agenda.add(emission.dueMs, emission);
  }

  function emissionsOf(
    { cohort }: RecordedTick,
    version: string,
    { events, rating }: Shown,
    startMs: number,
    random: Random,
  ): Emission[] {
    const traceId = random.hex(16);
    const spanId = random.hex(8);
    const endMs = startMs + Math.floor(random.between(1_000, DURATION_MS));
    const attributes = new Map<string, string | boolean>([
      ['gen_ai.operation.name', 'chat'],
      ['gen_ai.prompt.name', prompt.id],
      ['gen_ai.conversation.id', `conv-${spanId}`],
      ['tenant.cohort', cohort],
      ['gen_ai.response.model', prompt.model],
    ]);
    if (version !== UNNAMED) attributes.set('gen_ai.prompt.version', version);
    const sha = shas.get(version);
    if (sha !== undefined && sha !== null) attributes.set('prompt.sha', sha);
    if (events.has('fallback')) attributes.set('fusebox.fallback', true);
    if (events.has('escalation')) attributes.set('fusebox.escalation', true);
    if (events.has('correction')) attributes.set('fusebox.manual_correction', true);
    const isError = events.has('downstream');
    if (isError) attributes.set('error.type', 'recorded');
    const samples = recording.samples.filter((sample) => sample.version === version);
    const sample = events.size > 0 ? samples[Math.floor(random.next() * samples.length)] : undefined;
    if (sample)
      attributes.set('gen_ai.input.messages', sample.input).set('gen_ai.output.messages', sample.output);
    const span: OtlpSpan = {
      traceId,
      spanId,
      startMs,
      endMs,
      attributes,
      events: NO_EVENTS,
      statusCode: isError ? 2 : 0,
      statusMessage: isError ? 'failed downstream' : '',
    };
    const resource = resources[Math.floor(random.next() * resources.length)] ?? feedbackResource;
    const sent: Emission[] = [{ kind: 'span', dueMs: endMs, resource, span }];
    const said = (name: string, score: number) => {
      const lagMs = lags[Math.floor(random.next() * lags.length)] ?? 0;
      const timeMs = Math.max(endMs, startMs + lagMs);
      sent.push({
        kind: 'feedback',
        dueMs: timeMs,
        resource: feedbackResource,
        record: {
          timeMs,
          eventName: 'gen_ai.evaluation.result',
          traceId,
          spanId,
          attributes: new Map<string, string | number>([
            ['gen_ai.prompt.name', prompt.id],
            ['gen_ai.evaluation.name', name],
            ['gen_ai.evaluation.score.value', score],
          ]),
        },
      });
    };
    if (events.has('complaints')) said('complaint', 1);
    if (events.has('safety')) said('safety', 1);
    if (rating !== null) said('csat', rating);
    return sent;
  }

  const nothing = () => undefined;
  return {
    rule: (_promptId, rule) => serving.add(rule),
    serving: () => serving,
    // The traffic is what it was: nothing that goes wrong is put into it or taken out of it.
    fault: nothing,
    repair: nothing,
    withdraw: nothing,
    deafen: () => [],
    restart: (_promptId, atMs) => serving.restart(atMs),
    ship: nothing,
    advanceTo(nowMs) {
      // A tick begins as a whole when its time has come: nothing in it is due before.
      for (; originMs + nextTick * TICK_MS <= nowMs; nextTick += 1) beginTick(nextTick);
      return agenda.take(nowMs);
    },
    truth: {
      badStartsMs,
      badUntouched: (leftAloneMs, untilMs) => untouched(leftAloneMs, untilMs),
    },
  };

  /** As recorded up to the flip, and from there on as much as before it. */
  function untouched(leftAloneMs: number, untilMs: number): number {
    let bad = 0;
    for (const { tick, version, conversations } of recording.ticks) {
      const atMs = originMs + tick * TICK_MS;
      if (atMs >= untilMs) continue;
      const isAfterFlip = recording.flippedMs !== null && atMs - originMs >= recording.flippedMs;
      if (version === candidate) bad += conversations;
      else if (version === prompt.control && isAfterFlip) bad += conversations * share01(leftAloneMs);
    }
    return Math.round(bad);
  }
}

function groupByTick(ticks: readonly RecordedTick[]): Map<number, RecordedTick[]> {
  const found = new Map<number, RecordedTick[]>();
  for (const tick of ticks) found.set(tick.tick, [...(found.get(tick.tick) ?? []), tick]);
  return found;
}

/** A row's conversations one by one: each count is dealt out, every stream from another place, so that they overlap as by chance. */
function shownOf({ conversations, events, ratings }: RecordedTick): Shown[] {
  const scores = ratings.flatMap(([score, counted]) => Array.from({ length: counted }, () => score));
  const streams = Object.entries(events) as [keyof RecordedTick['events'], number][];
  return Array.from({ length: conversations }, (_, index) => ({
    events: new Set(
      streams.flatMap(([name, counted], stream) =>
        (index + stream * 7) % conversations < counted ? [name] : [],
      ),
    ),
    rating: scores[(index + 3) % conversations] ?? null,
  }));
}

function ratesOf(ticks: readonly RecordedTick[], version: string): Rates {
  const shown = ticks.filter((tick) => tick.version === version).flatMap(shownOf);
  return { shown };
}
