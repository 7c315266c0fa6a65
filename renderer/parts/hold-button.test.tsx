import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HoldButton } from './hold-button.tsx';
import { HOLD_MS } from './hold-machine.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function setUp(disabled = false) {
  const onHeld = vi.fn<() => void>();
  render(<HoldButton label="Undo rollback" reason="Puts v18 back." disabled={disabled} onHeld={onHeld} />);
  return { onHeld, button: screen.getByRole('button', { name: /Undo rollback/ }) };
}
const wait = (ms: number): void => {
  act(() => {
    vi.advanceTimersByTime(ms);
  });
};

describe('HoldButton', () => {
  it('fires when held 700 ms and let go, not before', () => {
    const { onHeld, button } = setUp();
    fireEvent.pointerDown(button);
    wait(HOLD_MS + 100);
    expect(onHeld).not.toHaveBeenCalled();
    fireEvent.pointerUp(button);
    expect(onHeld).toHaveBeenCalledOnce();
  });

  it('does nothing on a click, and nothing when left', () => {
    const { onHeld, button } = setUp();
    fireEvent.pointerDown(button);
    wait(200);
    fireEvent.pointerUp(button);
    fireEvent.click(button, { detail: 1 });
    fireEvent.pointerDown(button);
    wait(HOLD_MS + 100);
    fireEvent.pointerLeave(button);
    fireEvent.pointerUp(button);
    expect(onHeld).not.toHaveBeenCalled();
  });

  it('by keyboard: Enter arms, Enter fires; a held key does not', () => {
    const { onHeld, button } = setUp();
    fireEvent.keyDown(button, { key: 'Enter' });
    fireEvent.keyDown(button, { key: 'Enter', repeat: true });
    expect(onHeld).not.toHaveBeenCalled();
    expect(screen.getByText(/armed\. Press Enter again/)).toBeTruthy();
    fireEvent.keyDown(button, { key: 'Enter' });
    expect(onHeld).toHaveBeenCalledOnce();
  });

  it('Escape and losing the focus disarm', () => {
    const { onHeld, button } = setUp();
    fireEvent.keyDown(button, { key: 'Enter' });
    fireEvent.keyDown(button, { key: 'Escape' });
    fireEvent.keyDown(button, { key: 'Enter' });
    fireEvent.blur(button);
    fireEvent.keyDown(button, { key: 'Enter' });
    expect(onHeld).not.toHaveBeenCalled();
  });

  it('never fires while disabled', () => {
    const { onHeld, button } = setUp(true);
    fireEvent.pointerDown(button);
    wait(HOLD_MS + 100);
    fireEvent.pointerUp(button);
    expect(onHeld).not.toHaveBeenCalled();
  });
});
