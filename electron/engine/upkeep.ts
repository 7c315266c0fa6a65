import type { Clock } from './clock.ts';
import { anyAborted } from './live/any-aborted.ts';
import type { PartLog } from './log/log.ts';

/** How long one part may take to stop; what is on disk is safe either way. */
const STOP_PART_MS = 4_000;

/** How an engine's parts are begun, kept going and ended, so that none of them takes the others along. */
export type Upkeep = {
  /** Runs `task` every `everyMs` of real time until the engine stops. */
  repeat(everyMs: number, task: () => Promise<void> | void): Promise<void>;
  /** A part that does not start is said in the log; the engine starts without it. */
  withoutStopping(what: string, begin: () => Promise<void>): Promise<void>;
  /** One part's end; a part that hangs or fails is left behind, because the process ends anyway. */
  end(part: string, stop: () => Promise<void>): Promise<void>;
};

/** `stopping` aborts when the engine stops. */
export function createUpkeep(deps: {
  readonly clock: Pick<Clock, 'deadline'>;
  readonly log: PartLog;
  readonly stopping: AbortSignal;
}): Upkeep {
  const { clock, log, stopping } = deps;
  return {
    async repeat(everyMs, task) {
      for (;;) {
        await anyAborted([stopping, clock.deadline(everyMs)]);
        if (stopping.aborted) return;
        try {
          await task();
        } catch (error) {
          log.warn({ error: String(error) }, 'upkeep failed; it is tried again');
        }
      }
    },
    async withoutStopping(what, begin) {
      try {
        await begin();
      } catch (error) {
        log.error({ error: String(error) }, `${what} failed`);
      }
    },
    async end(part, stop) {
      try {
        const late = anyAborted([clock.deadline(STOP_PART_MS)]).then(() => 'late' as const);
        if ((await Promise.race([stop(), late])) === 'late') log.warn({ part }, 'did not stop in time');
      } catch (error) {
        log.warn({ part, error: String(error) }, 'did not stop cleanly');
      }
    },
  };
}
