import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { RecordedConversation, RecordedTick, Recording } from '#shared/model/recording.ts';
import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import type { Attributes, OtlpSpan } from '#engine/telemetry/otlp/types.ts';
import { createAgenda } from './agenda.ts';
import type { Emission } from './conversation.ts';
import { seedOf } from './draws.ts';
import type { Fleet } from './fleet.ts';
import { createRandom, type Random } from './random.ts';
import type { Rule } from './serving.ts';
import { chatAttributes, feedbackOn, NO_EVENTS } from './wire.ts';

/** Past its end a recording goes on as in its last two minutes, but for the last one: of that not everything was reported. */
const REPEATED_TICKS = 12;
const UNFINISHED_TICKS = 6;
/** Users a rule is asked about, to learn what share it gives. */
const ASKED = 200;
const UNNAMED = '(none)';

type RecordedEvent = keyof RecordedConversation[6];

/** Names of evaluations by stream, as every workspace knows them. */
const EVALUATIONS: Readonly<Record<RecordedEvent, string>> = {
  complaints: 'complaint',
  safety: 'safety',
  downstream: 'downstream',
  fallback: 'fallback',
  escalation: 'escalation',
  correction: 'correction',
};
/** Streams that a span can say by itself. */
const ON_SPAN: Readonly<Partial<Record<RecordedEvent, readonly [string, string | boolean]>>> = {
  downstream: ['error.type', 'recorded'],
  fallback: ['fusebox.fallback', true],
  escalation: ['fusebox.escalation', true],
  correction: ['fusebox.manual_correction', true],
};

/**
 * The fleet of a recorded incident: its conversations when they began, what was said about them when it was received, as long as the lever
 * says what it said then.
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
  const agenda = createAgenda<Emission>();
  const candidate = prompt.candidate ?? prompt.control;
  const byTick = groupByTick(recording.ticks);
  const lastTick = recording.ticks.at(-1)?.tick ?? 0;
  /** What conversations of a version showed, for those that must be served otherwise than they were. */
  const shownBy = {
    control: conversationsOf(recording.ticks, prompt.control),
    candidate: conversationsOf(recording.ticks, candidate),
  };
  const shas = new Map(prompt.versions.map(({ id, sha }) => [id, sha]));
  const badStartsMs: number[] = [];
  const shares = new Map<Rule, number>();
  let nextTick = 0;

  const resourceOf = (worker: number): Attributes =>
    new Map([
      ['service.name', prompt.service],
      ['service.instance.id', `${prompt.service}-${String(worker + 1).padStart(2, '0')}`],
    ]);
  const resources = Array.from({ length: workersOf(recording.ticks) }, (_, worker) => resourceOf(worker));
  const rules: Rule[] = [];
  const feedbackResource: Attributes = new Map([['service.name', `${prompt.service}-feedback`]]);

  /** The candidate's share by the rule in force at a time. */
  function share01(atMs: number): number {
    const rule = rules.findLast((one) => one.atMs <= atMs);
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
    return rules.some((rule) => rule.atMs <= startMs && share01(rule.atMs) > 0);
  }

  function rowsOf(tick: number): readonly RecordedTick[] {
    if (tick <= lastTick) return byTick.get(tick) ?? [];
    const past = (tick - lastTick - 1) % REPEATED_TICKS;
    return byTick.get(lastTick - UNFINISHED_TICKS - REPEATED_TICKS + 1 + past) ?? [];
  }

  function beginTick(tick: number): void {
    for (const [index, row] of rowsOf(tick).entries()) {
      const random = createRandom(seedOf(seed, recording.incidentId, tick, index));
      for (const conversation of row.conversations) begin(row, tick, conversation, random);
    }
  }

  function begin(row: RecordedTick, tick: number, recorded: RecordedConversation, random: Random): void {
    const startMs = originMs + tick * TICK_MS + recorded[0];
    const { version, isRecorded } = served(row.version, startMs, random);
    const own = version === candidate ? shownBy.candidate : shownBy.control;
    const shown =
      isRecorded && tick <= lastTick ? recorded : (own[Math.floor(random.next() * own.length)] ?? recorded);
    if (version === candidate && candidate !== prompt.control) badStartsMs.push(startMs);
    for (const emission of emissionsOf(row, version, shown, startMs, random))
      agenda.add(emission.dueMs, emission);
  }

  function emissionsOf(
    { cohort }: RecordedTick,
    version: string,
    conversation: RecordedConversation,
    startMs: number,
    random: Random,
  ): Emission[] {
    const [, known, knownDelay, end, endDelay, worker, shown, rating] = conversation;
    const traceId = random.hex(16);
    const spanId = random.hex(8);
    const events = Object.entries(shown) as [RecordedEvent, [number, number]][];
    const resource = resources[worker] ?? feedbackResource;
    const sent: Emission[] = [];
    const turn = (id: string, fromMs: number, toMs: number, dueMs: number) => {
      const attributes = chatAttributes({
        promptId: prompt.id,
        conversationId: `conv-${spanId}`,
        cohort,
        model: prompt.model,
        version: version === UNNAMED ? null : version,
        sha: shas.get(version) ?? null,
      });
      const said = events.filter(
        ([name, [atMs, delay]]) => ON_SPAN[name] && startMs + atMs + delay === dueMs,
      );
      for (const [name] of said) attributes.set(...(ON_SPAN[name] ?? [name, true]));
      const samples = recording.samples.filter((sample) => sample.version === version);
      const sample = events.length > 0 ? samples[Math.floor(random.next() * samples.length)] : undefined;
      if (sample)
        attributes.set('gen_ai.input.messages', sample.input).set('gen_ai.output.messages', sample.output);
      const isError = attributes.has('error.type');
      const span: OtlpSpan = {
        traceId,
        spanId: id,
        startMs: fromMs,
        endMs: toMs,
        attributes,
        events: NO_EVENTS,
        statusCode: isError ? 2 : 0,
        statusMessage: isError ? 'failed downstream' : '',
      };
      sent.push({ kind: 'span', dueMs, resource, span });
      return said.map(([name]) => name);
    };
    const onSpans = new Set(turn(spanId, startMs, startMs + known, startMs + known + knownDelay));
    if (end > known) {
      const more = turn(random.hex(8), startMs + known, startMs + end, startMs + end + endDelay);
      for (const name of more) onSpans.add(name);
    }
    const said = (name: string, score: number, fromStartMs: number, delay: number) => {
      const atMs = startMs + fromStartMs;
      const about = { traceId, spanId, name, score, atMs, dueMs: atMs + delay };
      sent.push(feedbackOn({ ...about, promptId: prompt.id, resource: feedbackResource }));
    };
    for (const [name, [atMs, delay]] of events)
      if (!onSpans.has(name)) said(EVALUATIONS[name], 1, atMs, delay);
    if (rating !== null) said('csat', ...rating);
    return sent;
  }

  const nothing = () => undefined;
  return {
    rule: (_promptId, rule) => void rules.push(rule),
    // The traffic is what it was: nothing that goes wrong is put into it or taken out of it.
    fault: nothing,
    repair: nothing,
    withdraw: nothing,
    deafen: () => [],
    restart: nothing,
    ship: nothing,
    // Who served what is on record: nobody asks.
    connect: nothing,
    disconnect: nothing,
    advanceTo(nowMs) {
      // A tick begins as a whole when its time has come: nothing in it is due before.
      for (; originMs + nextTick * TICK_MS <= nowMs; nextTick += 1) beginTick(nextTick);
      return agenda.take(nowMs);
    },
    skipTo: nothing,
    truth: {
      badStartsMs,
      badUntouched: (leftAloneMs, untilMs) => untouched(leftAloneMs, untilMs),
    },
  };

  /** As recorded up to the flip, and from there on as much as before it. */
  function untouched(leftAloneMs: number, untilMs: number): number {
    let bad = 0;
    for (let tick = 0; originMs + tick * TICK_MS < untilMs; tick += 1) {
      const atMs = originMs + tick * TICK_MS;
      const isAfterFlip = recording.flippedMs !== null && atMs - originMs >= recording.flippedMs;
      for (const { version, conversations } of rowsOf(tick)) {
        if (version === candidate) bad += conversations.length;
        else if (version === prompt.control && isAfterFlip)
          bad += conversations.length * share01(leftAloneMs);
      }
    }
    return Math.round(bad);
  }
}

function groupByTick(ticks: readonly RecordedTick[]): Map<number, RecordedTick[]> {
  const found = new Map<number, RecordedTick[]>();
  for (const tick of ticks) found.set(tick.tick, [...(found.get(tick.tick) ?? []), tick]);
  return found;
}

const conversationsOf = (ticks: readonly RecordedTick[], version: string): RecordedConversation[] =>
  ticks.filter((tick) => tick.version === version).flatMap(({ conversations }) => conversations);

function workersOf(ticks: readonly RecordedTick[]): number {
  let highest = 0;
  for (const { conversations } of ticks)
    for (const [, , , , , worker] of conversations) highest = Math.max(highest, worker);
  return highest + 1;
}
