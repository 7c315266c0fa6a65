import { randomInt } from 'node:crypto';
import { createDrillObserver } from '#shared/domain/drill/observation.ts';
import type { Scenario } from '#shared/model/scenario.ts';
import type { EngineRouter } from '#engine/api/router.ts';
import type { Clock } from '#engine/clock.ts';
import type { PartLog } from '#engine/log/log.ts';
import type { Command, IncidentDesk, LivePublisher, WorkspaceDesk } from '#engine/ports.ts';
import type { Records } from '#engine/records/kind.ts';
import type { OpenWorld } from '../kind.ts';
import { BundleTextError } from '../recorded/bundle-text.ts';
import { recordIncident, type RecordingDeps } from '../recorded/record-incident.ts';
import { createShelf } from '../recorded/shelf.ts';
import type { Library } from '../scenarios/library.ts';
import { castScenario } from './cast.ts';
import type { DrillDesk } from './kind.ts';
import { createProgress } from './progress.ts';
import { refuse, unknown } from './refusals.ts';
import { summaryOfReport } from './report.ts';
import { summaryOf } from './scenario-summary.ts';
import { createStage } from './stage.ts';
import { isPlayed, noteOf, stateOf, type UnderWay } from './under-way.ts';

const MAX_SEED = 2_147_483_647;
/** Commands whose answer is kept for a repeat. */
const OPERATIONS_KEPT = 200;
const RESTARTED = 'the engine was restarted';

export type DrillDeskOptions = {
  readonly openWorld: OpenWorld;
  /** Read at every look: a file that was corrected counts at once. */
  readonly library: () => Promise<Library>;
  readonly records: Pick<Records, 'write' | 'drills' | 'drillBundles'>;
  readonly workspace: Pick<WorkspaceDesk, 'prompt' | 'versions'>;
  readonly incidents: Pick<IncidentDesk, 'get'>;
  readonly evidence: RecordingDeps['evidence'];
  readonly clock: Clock;
  readonly live: LivePublisher;
  readonly log: PartLog;
  /** The engine's own; drills live below it. */
  readonly dataDir: string;
};

export type DrillHouse = DrillDesk & {
  /** The drill's contract, while it can be played. */
  router(): EngineRouter | null;
  /** Calls back whenever the world of a drill is about to go. */
  onOver(listener: () => void): void;
  /** Settles what an engine before this one left behind. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** The facilitator's desk: one drill at a time, commands in the order in which they came. */
export function createDrillDesk(options: DrillDeskOptions): DrillHouse {
  const { clock, log, records, workspace } = options;
  const progress = createProgress(options.dataDir, log);
  const stage = createStage({ ...options, progress });
  const shelf = createShelf({ records, log });
  const once = createOnce();

  function current(drillId: string): UnderWay {
    const drill = stage.current();
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

  async function scenarioFor(scenarioId: string, castPromptId: string | null): Promise<Scenario> {
    const [{ scenarios }, recorded] = await Promise.all([options.library(), shelf.list()]);
    const scenario = [...scenarios, ...recorded].find(({ id }) => id === scenarioId);
    if (!scenario) throw unknown('scenario', scenarioId, `The library has no scenario ${scenarioId}.`);
    if (castPromptId === null) return scenario;
    const prompt = workspace.prompt(castPromptId);
    if (!prompt)
      throw unknown('prompt', castPromptId, `There is no prompt ${castPromptId} in this workspace.`);
    const { id, owner = null, control, candidate = null } = prompt;
    return castScenario(scenario, { id, owner, control, candidate, versions: await workspace.versions(id) });
  }

  return {
    async scenarios() {
      const [{ scenarios, ownIds }, recorded] = await Promise.all([options.library(), shelf.list()]);
      const ofLibrary = scenarios.map((scenario) => summaryOf(scenario, ownIds.has(scenario.id)));
      return [...ofLibrary, ...recorded.map((scenario) => summaryOf(scenario))];
    },
    scenarioProblems: async () => [...(await options.library()).problems],
    current: () => {
      const drill = stage.current();
      return drill === null ? null : stateOf(drill);
    },
    router: () => {
      const drill = stage.current();
      return drill !== null && isPlayed(drill) ? (drill.world?.router ?? null) : null;
    },
    prepare: (input) =>
      once(input, async () => {
        const before = stage.current();
        if (before !== null && before.phase !== 'failed') {
          throw refuse(`A drill is under way: ${before.scenario.title}.`, 'Finish or abort it first.');
        }
        const scenario = await scenarioFor(input.scenarioId, input.castPromptId);
        if (before !== null) stage.leave(before);
        const startedAtMs = clock.nowMs();
        const drill: UnderWay = {
          drillId: drillIdOf(startedAtMs),
          scenario,
          seed: input.seed ?? randomInt(MAX_SEED),
          facilitator: input.actor.name,
          participants: input.participants,
          castPromptId: input.castPromptId,
          startedAtMs,
          phase: 'preparing',
          detail: 'Fleet, levers and an engine of its own are being built.',
          world: null,
          speed: 1,
          beginMs: null,
          endsMs: null,
          isTimeOver: false,
          observer: null,
          hints: scenario.hints.map((text) => ({ text, givenAtMs: null })),
          done: [],
          seen: { events: [], incidents: [] },
        };
        stage.raise(drill);
        return stateOf(drill);
      }),
    begin: (input) =>
      once(input, async () => {
        const { one, world } = played(input.drillId);
        if (one.phase === 'running') return stateOf(one);
        one.beginMs = world.clock.nowMs();
        one.endsMs = one.beginMs + one.scenario.minutes * 60_000;
        one.observer = createDrillObserver(one.beginMs);
        world.begin();
        one.phase = 'running';
        one.detail = 'Under way. When it goes wrong is hidden from the participants.';
        return stage.tell(one);
      }),
    setSpeed: (input) =>
      once(input, async () => {
        const { one, world } = played(input.drillId);
        world.clock.setSpeed(input.speed);
        one.speed = input.speed;
        noteOf(one, input.actor.name, 'clock', input.speed === 0 ? 'paused' : `time at ${input.speed}x`);
        return stage.tell(one);
      }),
    inject: (input) =>
      once(input, async () => {
        const { one, world } = played(input.drillId);
        const { title } = world.inject(input.fault);
        noteOf(one, input.actor.name, 'fault', `put in: ${title}`);
        return stage.tell(one);
      }),
    withdraw: (input) =>
      once(input, async () => {
        const { one, world } = played(input.drillId);
        const fault = world.faults().find(({ id }) => id === input.faultId);
        if (!fault) throw refuse('This drill has no such fault.', 'Choose one of its list.');
        world.withdraw(input.faultId);
        noteOf(one, input.actor.name, 'withdrawn', `taken out: ${fault.title}`);
        return stage.tell(one);
      }),
    hint: (input) =>
      once(input, async () => {
        const { one, world } = played(input.drillId);
        const atMs = world.clock.nowMs();
        const next = one.hints.find(({ givenAtMs }) => givenAtMs === null);
        if (input.text !== null) one.hints.push({ text: input.text, givenAtMs: atMs });
        else if (next) next.givenAtMs = atMs;
        else throw refuse('Every hint of this scenario has been given.', 'Write one in your own words.');
        noteOf(one, input.actor.name, 'hint', input.text ?? next?.text ?? '');
        return stage.tell(one);
      }),
    finish: (input) =>
      once(input, async () => {
        const { one } = played(input.drillId);
        if (one.phase !== 'running') throw refuse('This drill has not begun.', 'Begin it, or abort it.');
        one.phase = 'finished';
        const report = await stage.conclude(one, 'finished', input.actor.name, 'finished');
        stage.leave(one);
        return report;
      }),
    abort: (input) =>
      once(input, async () => {
        const one = current(input.drillId);
        one.phase = 'aborted';
        one.detail = input.reason;
        const text = `aborted: ${input.reason}`;
        const report =
          one.beginMs === null ? null : await stage.conclude(one, 'aborted', input.actor.name, text);
        stage.leave(one);
        return report;
      }),
    reports: async (limit) => (await records.drills({ limit })).map(({ report }) => summaryOfReport(report)),
    report: async (drillId) => {
      const [found] = await records.drills({ drillId, limit: 1 });
      if (!found) throw unknown('drill', drillId, `There is no report of a drill ${drillId}.`);
      return found.report;
    },
    record: (input) =>
      once(input, async () => {
        const incident = await options.incidents.get(input.incidentId);
        const prompt = workspace.prompt(incident.promptId);
        if (!prompt) {
          const fix = 'Bring it back into the workspace file first.';
          throw refuse(`The prompt ${incident.promptId} is no longer in this workspace.`, fix);
        }
        const versions = await workspace.versions(prompt.id);
        const recorded = await recordIncident(incident, { evidence: options.evidence, prompt, versions });
        if (recorded === null) {
          const reason = 'The traffic of this incident is no longer kept, or no bad version was named.';
          throw refuse(reason, 'Record an incident within the time that telemetry is kept.');
        }
        const who = { by: input.actor.name, atMs: clock.nowMs() };
        const scenario = await shelf.add(recorded.text, who);
        const fileName = `${scenario.id}.ndjson`;
        return { scenario: summaryOf(scenario), fileName, text: recorded.text };
      }),
    openBundle: (input) =>
      once(input, async () => {
        try {
          return summaryOf(await shelf.add(input.text, { by: input.actor.name, atMs: clock.nowMs() }));
        } catch (error) {
          if (!(error instanceof BundleTextError)) throw error;
          throw refuse(error.message, 'Have it written again where it was made, and open that.');
        }
      }),
    act: async () => {
      const fix = 'Do it in the systems themselves; here it exists in the world of a drill alone.';
      throw refuse('This is no drill.', fix);
    },
    onOver: (listener) => stage.onOver(listener),
    async start() {
      for (const { report, facts } of await progress.left()) {
        const end = {
          atMs: report.events.at(-1)?.atMs ?? report.beginMs,
          by: 'facilitator' as const,
          kind: 'end' as const,
          who: 'fusebox',
          text: `aborted: ${RESTARTED}`,
        };
        const sentence = `Aborted: ${RESTARTED}.`;
        const value = { report: { ...report, sentence, events: [...report.events, end] }, facts };
        await records.write([{ kind: 'drill', value }]);
      }
      await progress.clearAll();
    },
    stop: () => stage.stop('the engine was stopped'),
  };
}

/** One command after the other; a repeat of the same one gets the first answer. */
function createOnce() {
  let turn: Promise<unknown> = Promise.resolve();
  const answers = new Map<string, Promise<unknown>>();
  return <T>({ operationId }: Command, run: () => Promise<T>): Promise<T> => {
    const earlier = answers.get(operationId);
    if (earlier) return earlier as Promise<T>;
    const answer = turn.then(run);
    turn = answer.catch(() => undefined);
    answers.set(operationId, answer);
    const oldest = answers.keys().next();
    if (answers.size > OPERATIONS_KEPT && !oldest.done) answers.delete(oldest.value);
    return answer;
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
