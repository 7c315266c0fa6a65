import type { DrillMark } from '#shared/model/drill.ts';
import { WORLD_ACTIONS, type Fault, type WorldAction } from '#shared/model/scenario.ts';
import { CommandError } from '#engine/ports.ts';

type Facts = { readonly title: string; readonly takesMs: number; readonly done: string };
const MINUTE_MS = 60_000;

/** What people do outside Fusebox, how long it takes, and how its end is told. */
const ACTIONS: Readonly<Record<WorldAction, Facts>> = {
  'restart-stale-workers': {
    title: 'Restart the named workers',
    takesMs: MINUTE_MS,
    done: 'the workers were restarted',
  },
  'repair-and-replay-queue': {
    title: 'Repair the records in the queue and replay them',
    takesMs: 4 * MINUTE_MS,
    done: 'the records were repaired and replayed',
  },
  'call-provider': {
    title: 'Call the model provider',
    takesMs: 6 * MINUTE_MS,
    done: 'the provider has ended its trouble',
  },
  'fix-upstream-data': {
    title: 'Have the data team fix what the prompt is fed',
    takesMs: 6 * MINUTE_MS,
    done: 'the data is right again',
  },
  'pin-model': {
    title: 'Pin the model that was there before',
    takesMs: 2 * MINUTE_MS,
    done: 'the model is pinned',
  },
  'ship-fixed-version': {
    title: 'Ship the fixed version',
    takesMs: 10 * MINUTE_MS,
    done: 'the fixed version was shipped',
  },
};

/** The faults that an action ends. A fixed version stands beside the bad one: what is bad stays bad where it is still served. */
export const ENDS: Readonly<Record<WorldAction, readonly Fault['kind'][]>> = {
  'restart-stale-workers': ['stale-workers'],
  'repair-and-replay-queue': ['poisoned-queue'],
  'call-provider': ['provider-outage'],
  'fix-upstream-data': ['upstream-data'],
  'pin-model': ['model-change'],
  'ship-fixed-version': ['stalled-recovery'],
};

export const doneText = (action: WorldAction): string => ACTIONS[action].done;

/** What is under way and done. */
export type ActionBook = {
  begin(action: WorldAction, nowMs: number): { readonly endsAtMs: number; readonly title: string };
  /** Those whose time has come, in order; each once. */
  due(nowMs: number): { readonly action: WorldAction; readonly atMs: number }[];
  list(): DrillMark['actions'];
};

export function createActionBook(): ActionBook {
  const busy = new Map<WorldAction, number>();
  const done = new Map<WorldAction, number>();
  return {
    begin(action, nowMs) {
      const endsMs = busy.get(action);
      const { title, takesMs } = ACTIONS[action];
      if (endsMs !== undefined)
        throw new CommandError('REFUSED', `"${title}" is under way already.`, {
          reason: 'under way',
          fix: 'Wait until it is done.',
        });
      busy.set(action, nowMs + takesMs);
      return { endsAtMs: nowMs + takesMs, title };
    },
    due(nowMs) {
      const over = [...busy].filter(([, endsMs]) => endsMs <= nowMs).toSorted(([, a], [, b]) => a - b);
      return over.map(([action, atMs]) => {
        busy.delete(action);
        done.set(action, atMs);
        return { action, atMs };
      });
    },
    list: () =>
      WORLD_ACTIONS.map((action) => ({
        action,
        title: ACTIONS[action].title,
        takesMs: ACTIONS[action].takesMs,
        busyUntilMs: busy.get(action) ?? null,
        doneAtMs: done.get(action) ?? null,
      })),
  };
}
