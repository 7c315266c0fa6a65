import { mkdir } from 'node:fs/promises';
import type { DrillReport, DrillState } from '#shared/model/drill.ts';
import type { Clock } from '#engine/clock.ts';
import { anyAborted } from '#engine/live/any-aborted.ts';
import type { PartLog } from '#engine/log/log.ts';
import type { LivePublisher } from '#engine/ports.ts';
import type { Records } from '#engine/records/kind.ts';
import type { OpenWorld } from '../kind.ts';
import { lookAt } from '../look-at.ts';
import type { Progress } from './progress.ts';
import { recordOf } from './report.ts';
import { isPlayed, markOf, noteOf, stateOf, type UnderWay } from './under-way.ts';

/** How often the desk looks into the drill's world, in REAL time. */
const LOOK_MS = 1_000;
/** Progress is kept at every so many looks. */
const LOOKS_PER_KEEP = 2;

export type StageDeps = {
  readonly openWorld: OpenWorld;
  readonly records: Pick<Records, 'write'>;
  readonly progress: Progress;
  /** The team's own. */
  readonly clock: Clock;
  readonly live: LivePublisher;
  readonly log: PartLog;
};

/** Where the one drill under way stands: its world is built, watched and taken down here. */
export type Stage = {
  current(): UnderWay | null;
  /** Takes a drill on and begins to build its world, after the one before is down. */
  raise(drill: UnderWay): void;
  /** Something that the facilitator or the participants see has changed. */
  tell(drill: UnderWay): DrillState;
  /** A last look, then the report is written. */
  conclude(drill: UnderWay, outcome: DrillReport['outcome'], who: string, text: string): Promise<DrillReport>;
  /** The desk is free at once; the world goes down behind it. */
  leave(drill: UnderWay): void;
  /** Calls back whenever a world is about to go. */
  onOver(listener: () => void): void;
  /** Ends a drill under way with that reason; resolves when every world is down. */
  stop(reason: string): Promise<void>;
};

/** One drill at a time. */
export function createStage(deps: StageDeps): Stage {
  const { clock, live, log, progress, records } = deps;
  const stopping = new AbortController();
  let drill: UnderWay | null = null;
  let opening: Promise<void> = Promise.resolve();
  let closing: Promise<void> = Promise.resolve();
  const overListeners: (() => void)[] = [];

  const isCurrent = (one: UnderWay) => drill === one && !stopping.signal.aborted;
  const publish = () => live.publish({ entity: 'drill', value: drill === null ? null : stateOf(drill) });
  function tell(one: UnderWay): DrillState {
    one.world?.markChanged();
    publish();
    return stateOf(one);
  }

  async function look(one: UnderWay): Promise<void> {
    const { world, observer } = one;
    if (world === null) return;
    const [events, seen] = await Promise.all([world.events(), lookAt(world)]);
    one.seen = { events, incidents: seen.incidents };
    observer?.see(seen);
  }

  /** Looks while it is played; at the end of its time the world is paused, and nothing is taken from anybody. */
  async function follow(one: UnderWay): Promise<void> {
    for (let looks = 1; ; looks += 1) {
      await anyAborted([stopping.signal, clock.deadline(LOOK_MS)]);
      if (!isCurrent(one) || one.world === null || !isPlayed(one)) return;
      try {
        await look(one);
        if (!isCurrent(one) || !isPlayed(one)) return;
        if (one.beginMs !== null && looks % LOOKS_PER_KEEP === 0) await keep(one);
      } catch (error) {
        log.warn({ error: String(error) }, 'a look into the drill failed; it is tried again');
      }
      if (isOverdue(one)) {
        one.isTimeOver = true;
        one.speed = 0;
        one.world.clock.setSpeed(0);
        one.detail =
          'The time of this drill is over and its clock stands still: finish it, or let it run on.';
        one.world.markChanged();
      }
      publish();
    }
  }
  const keep = (one: UnderWay) => progress.keep(recordOf(one, 'aborted', clock.nowMs()));

  async function open(one: UnderWay): Promise<void> {
    await closing;
    if (!isCurrent(one)) return;
    try {
      const { scenario, seed, facilitator } = one;
      const dataDir = progress.worldDir(one.drillId);
      await mkdir(dataDir, { recursive: true, mode: 0o700 });
      one.world = await deps.openWorld({
        scenario,
        seed,
        mode: 'live',
        dataDir,
        actor: one.participants[0] ?? facilitator,
        onEvent: () => undefined,
        mark: () => markOf(one),
      });
      if (!isCurrent(one)) return;
      await one.world.start();
      if (!isCurrent(one)) return;
      one.phase = 'briefing';
      one.detail = 'The world stands ready and healthy. Read out the brief, then begin.';
      await look(one);
      tell(one);
      void follow(one);
    } catch (error) {
      log.error({ error: String(error), scenario: one.scenario.id }, 'the world of a drill did not open');
      if (!isCurrent(one)) return;
      one.phase = 'failed';
      one.detail = `Its world could not be built: ${error instanceof Error ? error.message : String(error)}`;
      publish();
    }
  }

  function leave(one: UnderWay): void {
    if (drill === one) drill = null;
    publish();
    for (const listener of overListeners) listener();
    const opened = opening;
    const before = closing;
    closing = (async () => {
      await before;
      await opened;
      try {
        await one.world?.stop();
        await progress.clear(one.drillId);
      } catch (error) {
        log.warn({ error: String(error), drill: one.drillId }, 'the world of a drill did not stop cleanly');
      }
    })();
  }

  async function conclude(one: UnderWay, outcome: DrillReport['outcome'], who: string, text: string) {
    try {
      await look(one);
    } catch (error) {
      log.warn({ error: String(error) }, 'the last look into the drill failed');
    }
    noteOf(one, who, 'end', text);
    const record = recordOf(one, outcome, clock.nowMs());
    await records.write([{ kind: 'drill', value: record }]);
    return record.report;
  }

  return {
    current: () => drill,
    raise(one) {
      drill = one;
      opening = open(one);
      publish();
    },
    tell,
    conclude,
    leave,
    onOver: (listener) => void overListeners.push(listener),
    async stop(reason) {
      const one = drill;
      if (one !== null) {
        const wasPlayed = one.beginMs !== null && isPlayed(one);
        one.phase = 'aborted';
        one.detail = reason;
        try {
          if (wasPlayed) await conclude(one, 'aborted', 'fusebox', `aborted: ${reason}`);
        } catch (error) {
          log.warn({ error: String(error) }, 'the report of the drill under way was not written');
        }
      }
      stopping.abort();
      if (one !== null) leave(one);
      await closing;
    },
  };
}

function isOverdue({ endsMs, isTimeOver, world }: UnderWay): boolean {
  return endsMs !== null && !isTimeOver && world !== null && world.clock.nowMs() >= endsMs;
}
