import { act, cleanup, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useAutosave } from './autosave.ts';

const KEY = 'postmortem:INC-1:cause';
const stored = () => localStorage.getItem(`fusebox.draft.${KEY}`);

class Conflict extends Error {
  readonly code = 'CHANGED_SINCE_SHOWN';
  readonly data = { by: 'bo', atMs: 5 };
}

/** An engine that holds one text, and answers when the test lets it. */
function engine() {
  const held = { text: 'drafted', revision: 0 };
  const sent: string[] = [];
  let failure: Error | null = null;
  let gate: Promise<void> = Promise.resolve();
  return {
    held,
    sent,
    fail: (error: Error | null) => void (failure = error),
    wait(until: Promise<void>) {
      gate = until;
    },
    async send(text: string, revision: number) {
      sent.push(text);
      await gate;
      if (failure) throw failure;
      if (revision !== held.revision) throw new Conflict('changed');
      held.text = text;
      held.revision += 1;
      return held.revision;
    },
  };
}

function show(behind: ReturnType<typeof engine>) {
  const onConflict = vi.fn<() => void>();
  const hook = renderHook(() =>
    useAutosave({ draftKey: KEY, saved: { ...behind.held }, send: behind.send, onConflict }),
  );
  return { ...hook, onConflict, now: () => hook.result.current };
}
const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe('a text that saves itself', () => {
  it('is in local storage at once, and saved after a second of quiet', async () => {
    const behind = engine();
    const field = show(behind);
    act(() => field.now().edit('a'));
    expect(stored()).toContain('"a"');
    expect(field.now().state.kind).toBe('unsaved');
    await pass(900);
    act(() => field.now().edit('ab'));
    await pass(900);
    expect(behind.sent).toEqual([]);
    await pass(200);
    expect(behind.sent).toEqual(['ab']);
    expect(behind.held).toEqual({ text: 'ab', revision: 1 });
    expect(stored()).toBeNull();
    expect(field.now()).toMatchObject({ text: 'ab', state: { kind: 'saved' } });
  });

  it('saves what was typed while an answer was awaited, on top of it', async () => {
    const behind = engine();
    const field = show(behind);
    const answer = Promise.withResolvers<void>();
    behind.wait(answer.promise);
    act(() => field.now().edit('first'));
    await pass(1_000);
    expect(field.now().state.kind).toBe('saving');
    act(() => field.now().edit('first and second'));
    answer.resolve();
    await pass(0);
    expect(field.now().text).toBe('first and second');
    await pass(1_100);
    expect(behind.held).toEqual({ text: 'first and second', revision: 2 });
  });

  it('keeps and tries again what could not be saved', async () => {
    const behind = engine();
    behind.fail(new Error('the engine is away'));
    const field = show(behind);
    act(() => field.now().edit('kept'));
    await pass(1_100);
    expect(field.now().state).toMatchObject({ kind: 'failed' });
    expect(field.now().text).toBe('kept');
    expect(stored()).toContain('kept');
    behind.fail(null);
    await pass(5_100);
    expect(behind.held.text).toBe('kept');
    expect(field.now().state.kind).toBe('saved');
  });

  it('finds what was typed before a reload, and saves it', async () => {
    const behind = engine();
    const before = show(behind);
    act(() => before.now().edit('typed'));
    before.unmount();
    const after = show(behind);
    expect(after.now().text).toBe('typed');
    await pass(1_100);
    expect(behind.held.text).toBe('typed');
  });

  it('overwrites nobody: after a conflict nothing is sent until a person has chosen', async () => {
    const behind = engine();
    const field = show(behind);
    act(() => field.now().edit('mine'));
    behind.held.text = 'theirs';
    behind.held.revision = 4;
    await pass(1_100);
    expect(field.now().state).toEqual({ kind: 'conflict', by: 'bo', atMs: 5 });
    expect(field.onConflict).toHaveBeenCalledTimes(1);
    await pass(60_000);
    expect(behind.sent).toEqual(['mine']);
    expect(field.now().text).toBe('mine');
    field.rerender();
    act(() => field.now().resolve('theirs\n\nmine'));
    await pass(1_100);
    expect(behind.held).toEqual({ text: 'theirs\n\nmine', revision: 5 });
  });

  it('takes theirs when told to', async () => {
    const behind = engine();
    const field = show(behind);
    act(() => field.now().edit('mine'));
    behind.held.text = 'theirs';
    behind.held.revision = 1;
    await pass(1_100);
    field.rerender();
    act(() => field.now().resolve(null));
    expect(field.now().text).toBe('theirs');
    expect(stored()).toBeNull();
  });

  it('does not trip over what is not its own in local storage', () => {
    localStorage.setItem(`fusebox.draft.${KEY}`, '{"text":3');
    expect(show(engine()).now().text).toBe('drafted');
  });
});
