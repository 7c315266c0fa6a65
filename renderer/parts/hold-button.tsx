import { useEffect, useId, useReducer, type KeyboardEvent, type Ref } from 'react';
import { HOLD_MS, reduceHold, type HoldEvent, type HoldState } from './hold-machine.ts';
import './hold-button.css';

export type HoldButtonProps = {
  readonly label: string;
  /** Why it must be held, and what it changes. */
  readonly reason: string;
  readonly disabled?: boolean;
  readonly isDanger?: boolean;
  readonly onHeld: () => void;
  readonly ref?: Ref<HTMLButtonElement>;
};

const TICK_MS = 50;

/**
 * A button for what must be meant. Pointer: hold 700 ms, let go to fire, leave to abort. Keyboard: Enter arms, a second
 * Enter fires, Escape or leaving disarms; no time limit.
 */
export function HoldButton({
  label,
  reason,
  disabled = false,
  isDanger = false,
  onHeld,
  ref,
}: HoldButtonProps) {
  const reasonId = useId();
  const [state, setState] = useReducer((_: HoldState, next: HoldState) => next, { name: 'idle' });
  const send = (event: HoldEvent) => {
    const next = reduceHold(state, event);
    setState(next.state);
    if (next.fires && !disabled) onHeld();
  };

  const sinceMs = state.name === 'holding' ? state.sinceMs : null;
  useEffect(() => {
    if (sinceMs === null) return undefined;
    const timer = setInterval(() => {
      const next = reduceHold({ name: 'holding', sinceMs }, { type: 'tick', atMs: performance.now() });
      if (next.state.name === 'ready') setState(next.state);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [sinceMs]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && state.name !== 'idle') {
      event.preventDefault();
      send({ type: 'escape' });
    }
    if ((event.key === 'Enter' || event.key === ' ') && !event.repeat) {
      event.preventDefault();
      send({ type: 'key' });
    }
  };

  return (
    <span className="fb-hold-wrap">
      <button
        ref={ref}
        type="button"
        className={`fb-button fb-hold${isDanger ? ' fb-button-danger' : ''}`}
        disabled={disabled}
        aria-describedby={reasonId}
        data-hold={state.name}
        style={{ '--fb-hold-ms': `${HOLD_MS}ms` } as React.CSSProperties}
        onPointerDown={(event) =>
          event.button === 0 && send({ type: 'pointer-down', atMs: performance.now() })
        }
        onPointerUp={() => send({ type: 'pointer-up', atMs: performance.now() })}
        onPointerLeave={() => send({ type: 'leave' })}
        onPointerCancel={() => send({ type: 'leave' })}
        onBlur={() => send({ type: 'leave' })}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          // Assistive technology clicks without pointer or key: same two steps as by keyboard.
          if (event.detail === 0) send({ type: 'key' });
        }}
      >
        <span>{label}</span>
        <span className="fb-hold-hint">{HINTS[state.name]}</span>
      </button>
      <span id={reasonId} className="fb-hold-reason">
        {reason}
      </span>
      <span className="fb-hidden" aria-live="polite">
        {state.name === 'armed' && `${label}: armed. Press Enter again to do it, Escape to stop.`}
      </span>
    </span>
  );
}

const HINTS: Record<HoldState['name'], string> = {
  idle: 'hold',
  holding: 'keep holding',
  ready: 'let go to do it',
  armed: 'Enter again to do it',
};
