import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DrillEvent, DrillReport } from '#shared/model/drill.ts';
import type { Scenario } from '#shared/model/scenario.ts';
import type { EngineRouter } from '#engine/api/router.ts';
import type { Clock } from '#engine/clock.ts';
import { anyAborted } from '#engine/live/any-aborted.ts';
import type { PartLog } from '#engine/log/log.ts';
import type { Command, LivePublisher } from '#engine/ports.ts';
import type { OpenWorld } from '../kind.ts';
import type { DrillDesk } from './kind.ts';
import { bareReport, summaryOfReport } from './report.ts';
import { refuse, unknown } from './refusals.ts';
import { summaryOf } from './scenario-summary.ts';
import { isPlayed, stateOf, markOf, type UnderWay } from './under-way.ts';

/** How often the desk looks into the drill's world, in REAL time. */
const LOOK_MS = 1_000;
const MAX_SEED = 2_147_483_647;
/** Commands whose answer is kept for a repeat. */
const OPERATIONS_KEPT = 200;

export type DrillDeskOptions = {
  /** Null: this engine cannot build the world of a drill. */
  readonly openWorld: OpenWorld | null;
  readonly scenarios: () => Promise<readonly Scenario[]>;
  readonly clock: Clock;
  readonly live: LivePublisher;
  readonly log: PartLog;
  /** The engine's own; drills live below it. */
  readonly dataDir: string;
};

export type DrillHouse = DrillDesk & {
  /** The drill's contract, while it can be played. */
  router(): EngineRouter | null;
  stop(): Promise<void>;
};

/** The facilitator's desk: one drill at a time, commands in the order in which they came. */
export function createDrillDesk(options: DrillDeskOptions): DrillHouse {
  const { clock, live, log } = options;
  const stopping = new AbortController();
  const reports: DrillReport[] = [];
  let drill: UnderWay | null = null;
  /** The worlds of drills that are over, until they have stopped. */
  let closing: Promise<void> = Promise.resolve();
  let turn: Promise<unknown> = Promise.resolve();
  const answers = new Map<string, Promise<unknown>>();

  /** One command after the other; a repeat of the same one gets the first answer. */
  function once<T>({ operationId }: Command, run: () => Promise<T>): Promise<T> {
    const earlier = answers.get(operationId);
    if (earlier) return earlier as Promise<T>;
    const answer = turn.then(run);
    turn = answer.catch(() => undefined);
    answers.set(operationId, answer);
    const oldest = answers.keys().next();
    if (answers.size > OPERATIONS_KEPT && !oldest.done) answers.delete(oldest.value);
    return answer;
  }

  const publish = () => live.publish({ entity: 'drill', value: drill === null ? null : stateOf(drill) });
  function current(drillId: string): UnderWay {
    if (drill?.drillId === drillId) return drill;
    throw unknown('drill', drillId, `No drill ${drillId} is under way.`);
  }
  function played(drillId: string) {
    const one = current(drillId);
    if (one.world === null || !isPlayed(one)) {
      throw refuse(`The drill is ${one.phase}.`, 'Wait until its world stands ready, or abort it.');
    }
    return { one, world: one.world };
  }
  function note(one: UnderWay, who: string, kind: DrillEvent['kind'], text: string): void {
    one.done.push({ atMs: one.world?.clock.nowMs() ?? one.startedAtMs, by: 'facilitator', kind, who, text });
  }
  function told(one: UnderWay) {
    one.world?.markChanged();
    publish();
    return stateOf(one);
  }

  async function look(one: UnderWay): Promise<void> {
    if (one.world === null) return;
    const [events, incidents] = await Promise.all([
      one.world.events(),
      one.world.client.incident.list({ status: 'any', limit: 100 }),
    ]);
    one.seen = { events, incidents };
  }

  /** Looks every second while it is played; at the end of its time the world is paused, nothing is taken from anybody. */
  async function follow(one: UnderWay): Promise<void> {
    for (;;) {
      await anyAborted([stopping.signal, clock.deadline(LOOK_MS)]);
      if (stopping.signal.aborted || drill !== one || one.world === null || !isPlayed(one)) return;
      try {
        await look(one);
      } catch (error) {
        log.warn({ error: String(error) }, 'a look into the drill failed; it is tried again');
      }
      if (drill !== one) return;
      const { world, endsMs } = one;
      if (endsMs !== null && one.speed !== 0 && world.clock.nowMs() >= endsMs) {
        one.endsMs = null;
        one.speed = 0;
        world.clock.setSpeed(0);
        one.detail =
          'The time of this drill is over and its clock stands still: finish it, or let it run on.';
        world.markChanged();
      }
      publish();
    }
  }

  async function open(one: UnderWay, openWorld: OpenWorld): Promise<void> {
    await closing;
    if (drill !== one) return;
    try {
      const { scenario, seed, dataDir, facilitator } = one;
      const world = await openWorld({
        scenario,
        seed,
        dataDir,
        mode: 'live',
        actor: one.participants[0] ?? facilitator,
        onEvent: () => undefined,
        mark: () => markOf(one),
      });
      one.world = world;
      if (drill !== one) return;
      world.markChanged();
      await world.start();
      if (drill !== one) return;
      one.phase = 'briefing';
      one.detail = 'The world stands ready and healthy. Read out the brief, then begin.';
      world.markChanged();
      await look(one);
      publish();
      void follow(one);
    } catch (error) {
      log.error({ error: String(error), scenario: one.scenario.id }, 'the world of a drill did not open');
      if (drill !== one) return;
      one.phase = 'failed';
      one.detail = `Its world could not be built: ${error instanceof Error ? error.message : String(error)}`;
      publish();
    }
  }

  /** Ends the world behind it; whatever happens there, the desk is free for the next drill. */
  function leave(one: UnderWay, opening: Promise<void>): void {
    if (drill === one) drill = null;
    publish();
    closing = (async () => {
      await opening;
      try {
        await one.world?.stop();
        await rm(one.dataDir, { recursive: true, force: true });
      } catch (error) {
        log.warn({ error: String(error), drill: one.drillId }, 'the world of a drill did not stop cleanly');
      }
    })();
  }
  let opening: Promise<void> = Promise.resolve();

  async function report(one: UnderWay, outcome: DrillReport['outcome'], who: string, text: string) {
    try {
      await look(one);
    } catch (error) {
      log.warn({ error: String(error) }, 'the last look into the drill failed');
    }
    note(one, who, 'end', text);
    const made = bareReport(one, outcome, clock.nowMs());
    reports.unshift(made);
    return made;
  }

  return {
    scenarios: async () => (await options.scenarios()).map((scenario) => summaryOf(scenario, null)),
    current: () => (drill === null ? null : stateOf(drill)),
    router: () => (drill !== null && isPlayed(drill) ? (drill.world?.router ?? null) : null),
    prepare: (input) =>
      once(input, async () => {
        if (options.openWorld === null) {
          throw refuse(
            'This engine cannot run drills.',
            'Run them from the desktop app or a browser window.',
          );
        }
        if (drill !== null && drill.phase !== 'failed') {
          throw refuse(`A drill is under way: ${drill.scenario.title}.`, 'Finish or abort it first.');
        }
        if (drill !== null) leave(drill, opening);
        const scenario = (await options.scenarios()).find(({ id }) => id === input.scenarioId);
        if (!scenario) {
          throw unknown('scenario', input.scenarioId, `The library has no scenario ${input.scenarioId}.`);
        }
        const startedAtMs = clock.nowMs();
        const drillId = drillIdOf(startedAtMs);
        drill = {
          drillId,
          scenario,
          seed: input.seed ?? randomInt(MAX_SEED),
          facilitator: input.actor.name,
          participants: input.participants,
          castPromptId: input.castPromptId,
          startedAtMs,
          dataDir: join(options.dataDir, 'drills', drillId),
          phase: 'preparing',
          detail: 'Fleet, levers and an engine of its own are being built.',
          world: null,
          speed: 1,
          beginMs: null,
          endsMs: null,
          hints: scenario.hints.map((text) => ({ text, givenAtMs: null })),
          done: [],
          seen: { events: [], incidents: [] },
        };
        opening = open(drill, options.openWorld);
        publish();
        return stateOf(drill);
      }),
    begin: (input) =>
      once(input, async () => {
        const { one, world } = played(input.drillId);
        if (one.phase === 'running') return stateOf(one);
        one.beginMs = world.clock.nowMs();
        one.endsMs = one.beginMs + one.scenario.minutes * 60_000;
        world.begin();
        one.phase = 'running';
        one.detail = 'Under way. When it goes wrong is hidden from the participants.';
        note(one, input.actor.name, 'begin', `begins: ${one.scenario.title}`);
        return told(one);
      }),
    setSpeed: (input) =>
      once(input, async () => {
        const { one, world } = played(input.drillId);
        world.clock.setSpeed(input.speed);
        one.speed = input.speed;
        note(one, input.actor.name, 'clock', input.speed === 0 ? 'paused' : `time at ${input.speed}x`);
        return told(one);
      }),
    inject: (input) =>
      once(input, async () => {
        const { one, world } = played(input.drillId);
        const { title } = world.inject(input.fault);
        note(one, input.actor.name, 'fault', `put in: ${title}`);
        return told(one);
      }),
    withdraw: (input) =>
      once(input, async () => {
        const { one, world } = played(input.drillId);
        const fault = world.faults().find(({ id }) => id === input.faultId);
        if (!fault) throw refuse('This drill has no such fault.', 'Choose one of its list.');
        world.withdraw(input.faultId);
        note(one, input.actor.name, 'withdrawn', `taken out: ${fault.title}`);
        return told(one);
      }),
    hint: (input) =>
      once(input, async () => {
        const { one, world } = played(input.drillId);
        const atMs = world.clock.nowMs();
        const next = one.hints.find(({ givenAtMs }) => givenAtMs === null);
        if (input.text !== null) one.hints.push({ text: input.text, givenAtMs: atMs });
        else if (next) next.givenAtMs = atMs;
        else throw refuse('Every hint of this scenario has been given.', 'Write one in your own words.');
        note(one, input.actor.name, 'hint', input.text ?? next?.text ?? '');
        return told(one);
      }),
    finish: (input) =>
      once(input, async () => {
        const { one } = played(input.drillId);
        if (one.phase !== 'running') {
          throw refuse('This drill has not begun.', 'Begin it, or abort it.');
        }
        one.phase = 'finished';
        const made = await report(one, 'finished', input.actor.name, 'finished');
        leave(one, opening);
        return made;
      }),
    abort: (input) =>
      once(input, async () => {
        const one = current(input.drillId);
        const hasBegun = one.beginMs !== null;
        one.phase = 'aborted';
        one.detail = input.reason;
        const made = hasBegun
          ? await report(one, 'aborted', input.actor.name, `aborted: ${input.reason}`)
          : null;
        leave(one, opening);
        return made;
      }),
    reports: async (limit) => reports.slice(0, limit).map(summaryOfReport),
    report: async (drillId) => {
      const found = reports.find((one) => one.drillId === drillId);
      if (!found) throw unknown('drill', drillId, `There is no report of a drill ${drillId}.`);
      return found;
    },
    record: async () => {
      throw refuse('Incidents cannot be recorded as bundles yet.', 'Choose a scenario of the library.');
    },
    openBundle: async () => {
      throw refuse('Bundles cannot be opened yet.', 'Choose a scenario of the library.');
    },
    act: async () => {
      throw refuse(
        'This is no drill.',
        'Do it in the systems themselves; here it exists in the world of a drill alone.',
      );
    },
    async stop() {
      stopping.abort();
      if (drill !== null) leave(drill, opening);
      await closing;
    },
  };
}

/** `DRILL-20261128-0A1B2C`: the day, and enough of the time to tell two of a day apart. */
function drillIdOf(atMs: number): string {
  const [day = ''] = new Date(atMs).toISOString().split('T');
  const rest = Math.floor(atMs % 86_400_000)
    .toString(36)
    .padStart(6, '0')
    .toUpperCase();
  return `DRILL-${day.replaceAll('-', '')}-${rest}`;
}
