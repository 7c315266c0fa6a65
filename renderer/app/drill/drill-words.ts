import { clockWords } from '#renderer/parts/age-words.ts';
import type { DrillMark } from '#shared/model/drill.ts';

type Action = DrillMark['actions'][number];

/** In front of every text that leaves a drill. */
export const DRILL_PREFIX = 'DRILL, simulated: ';

/** The text as it may be copied: out of a drill it begins with DRILL, once. */
export function markedText(text: string, isDrill: boolean): string {
  return isDrill && !text.startsWith('DRILL') ? DRILL_PREFIX + text : text;
}

/** What the clock does: people must know that minutes pass faster, or not at all. */
export function speedWords(speed: DrillMark['speed']): string {
  return speed === 0 ? 'clock paused' : `clock at ${speed}x`;
}

export function isOver({ phase }: Pick<DrillMark, 'phase'>): boolean {
  return phase === 'finished' || phase === 'aborted' || phase === 'failed';
}

/** How an action outside Fusebox stands; simulated, epoch ms. */
export type ActionState =
  | { readonly name: 'ready' }
  | { readonly name: 'busy'; readonly leftMs: number; readonly done01: number }
  | { readonly name: 'done'; readonly agoMs: number };

export function actionState(action: Action, nowMs: number): ActionState {
  const { busyUntilMs, doneAtMs, takesMs } = action;
  if (busyUntilMs !== null && busyUntilMs > nowMs) {
    const leftMs = busyUntilMs - nowMs;
    return { name: 'busy', leftMs, done01: takesMs <= 0 ? 1 : Math.max(0, 1 - leftMs / takesMs) };
  }
  const at = doneAtMs ?? busyUntilMs;
  return at === null ? { name: 'ready' } : { name: 'done', agoMs: Math.max(0, nowMs - at) };
}

/** "takes 1 min", "0:32 left", "done 2:10 ago" */
export function actionWords(action: Action, nowMs: number): string {
  const state = actionState(action, nowMs);
  switch (state.name) {
    case 'ready':
      return `takes ${Math.round(action.takesMs / 6_000) / 10} min`;
    case 'busy':
      return `${clockWords(state.leftMs)} left`;
    case 'done':
      return `done ${clockWords(state.agoMs)} ago`;
  }
}
