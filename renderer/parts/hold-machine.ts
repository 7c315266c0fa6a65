/** A press that must be meant: held by pointer, or armed and then fired by keyboard. */
export type HoldState =
  | { readonly name: 'idle' }
  | { readonly name: 'holding'; readonly sinceMs: number }
  /** Held long enough: letting go fires, leaving aborts. */
  | { readonly name: 'ready' }
  /** By keyboard: pressed once, the second press fires. */
  | { readonly name: 'armed' };

export type HoldEvent =
  | { readonly type: 'pointer-down'; readonly atMs: number }
  | { readonly type: 'tick'; readonly atMs: number }
  | { readonly type: 'pointer-up'; readonly atMs: number }
  | { readonly type: 'leave' }
  | { readonly type: 'key' }
  | { readonly type: 'escape' };

export const HOLD_MS = 700;

/** The next state, and whether this event fires; pure. */
export function reduceHold(
  state: HoldState,
  event: HoldEvent,
): { readonly state: HoldState; readonly fires: boolean } {
  const idle = { state: { name: 'idle' }, fires: false } as const;
  switch (event.type) {
    case 'pointer-down':
      return { state: { name: 'holding', sinceMs: event.atMs }, fires: false };
    case 'tick':
      return state.name === 'holding' && event.atMs - state.sinceMs >= HOLD_MS
        ? { state: { name: 'ready' }, fires: false }
        : { state, fires: false };
    case 'pointer-up': {
      const isHeld =
        state.name === 'ready' || (state.name === 'holding' && event.atMs - state.sinceMs >= HOLD_MS);
      return { state: { name: 'idle' }, fires: isHeld };
    }
    case 'leave':
    case 'escape':
      return idle;
    case 'key':
      return state.name === 'armed' ? { ...idle, fires: true } : { state: { name: 'armed' }, fires: false };
    default:
      return idle;
  }
}
