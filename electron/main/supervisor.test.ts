import { describe, expect, it } from 'vitest';
import type { MainToEngine } from '#shared/model/desktop.ts';
import { createSupervisor, type EngineProcess } from './supervisor.ts';

/** A process that does what the test says, and time that moves only by hand. */
function setUp() {
  let nowMs = 0;
  let timers: { atMs: number; task: () => void }[] = [];
  const children: FakeChild[] = [];
  const said: string[] = [];

  type FakeChild = EngineProcess<string> & {
    exit(code: number | null): void;
    say(message: unknown): void;
    posted: { message: MainToEngine; ports: readonly string[] }[];
    isKilled: boolean;
  };
  function fork(): FakeChild {
    let onExit: (code: number | null) => void = () => undefined;
    let onMessage: (message: unknown) => void = () => undefined;
    const child: FakeChild = {
      posted: [],
      isKilled: false,
      post(message, ports = []) {
        child.posted.push({ message, ports });
      },
      kill() {
        child.isKilled = true;
        onExit(null);
      },
      onMessage: (listener) => (onMessage = listener),
      onExit: (listener) => (onExit = listener),
      exit: (code) => onExit(code),
      say: (message) => onMessage(message),
    };
    children.push(child);
    return child;
  }
  const messages: unknown[] = [];
  const supervisor = createSupervisor<string>({
    fork,
    timers: {
      nowMs: () => nowMs,
      after(ms, task) {
        const timer = { atMs: nowMs + ms, task };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    },
    onState: (state) => said.push(state),
    onMessage: (message) => messages.push(message),
  });
  function advance(ms: number): void {
    nowMs += ms;
    const due = timers.filter(({ atMs }) => atMs <= nowMs);
    timers = timers.filter(({ atMs }) => atMs > nowMs);
    for (const { task } of due) task();
  }
  const last = () => children.at(-1)!;
  return { supervisor, children, said, messages, advance, last };
}

describe('the engine supervisor', () => {
  it('starts one engine and says when it runs', () => {
    const { supervisor, children, said, messages, last } = setUp();
    supervisor.start();
    expect(supervisor.post({ type: 'port' }, ['a'])).toBe(false);
    last().say({ type: 'ready' });
    expect(messages).toEqual([{ type: 'ready' }]);
    supervisor.ready();
    expect(supervisor.post({ type: 'port' }, ['a'])).toBe(true);
    expect(last().posted).toEqual([{ message: { type: 'port' }, ports: ['a'] }]);
    expect(said).toEqual(['starting', 'running']);
    expect(children).toHaveLength(1);
  });

  it('restarts a crashed engine after 1, 2, 4, 8, 16 s, and gives up at the sixth crash', () => {
    const { supervisor, children, said, advance, last } = setUp();
    supervisor.start();
    for (const [turn, waitMs] of [1_000, 2_000, 4_000, 8_000, 16_000].entries()) {
      supervisor.ready();
      last().exit(1);
      expect(supervisor.state).toBe('restarting');
      expect(supervisor.post({ type: 'port' })).toBe(false);
      advance(waitMs - 1);
      expect(children).toHaveLength(turn + 1);
      advance(1);
      expect(children).toHaveLength(turn + 2);
    }
    last().exit(1);
    expect(supervisor.state).toBe('failed');
    expect(supervisor.detail).toContain('Restart engine');
    advance(3_600_000);
    expect(children).toHaveLength(6);
    expect(said.filter((state) => state === 'restarting')).toHaveLength(5);
  });

  it('forgets crashes that are older than ten minutes', () => {
    const { supervisor, children, advance, last } = setUp();
    supervisor.start();
    for (let turn = 0; turn < 20; turn += 1) {
      last().exit(1);
      expect(supervisor.state).toBe('restarting');
      advance(11 * 60_000);
    }
    expect(children).toHaveLength(21);
  });

  it('starts anew by hand after giving up', () => {
    const { supervisor, children, advance, last } = setUp();
    supervisor.start();
    for (let turn = 0; turn < 6; turn += 1) {
      last().exit(1);
      advance(60_000);
    }
    expect(supervisor.state).toBe('failed');
    supervisor.retry();
    supervisor.ready();
    expect(supervisor.state).toBe('running');
    expect(children).toHaveLength(7);
    supervisor.retry();
    expect(children).toHaveLength(7);
  });

  it('does not restart an engine that was refused', () => {
    const { supervisor, children, advance, last } = setUp();
    supervisor.start();
    supervisor.refused('already open in browser mode');
    last().exit(75);
    expect(supervisor.state).toBe('failed');
    expect(supervisor.detail).toBe('already open in browser mode');
    advance(3_600_000);
    expect(children).toHaveLength(1);
  });

  it('stops in order and starts nothing afterwards', async () => {
    const { supervisor, children, advance, last } = setUp();
    supervisor.start();
    supervisor.ready();
    const stopped = supervisor.stop(5_000);
    expect(last().posted).toEqual([{ message: { type: 'stop' }, ports: [] }]);
    last().exit(0);
    await stopped;
    advance(60_000);
    expect(last().isKilled).toBe(false);
    expect(children).toHaveLength(1);
  });

  it('kills an engine that does not stop in time', async () => {
    const { supervisor, advance, last } = setUp();
    supervisor.start();
    supervisor.ready();
    const stopped = supervisor.stop(5_000);
    advance(4_999);
    expect(last().isKilled).toBe(false);
    advance(1);
    await stopped;
    expect(last().isKilled).toBe(true);
  });

  it('cancels a restart that is due when the app quits', async () => {
    const { supervisor, children, advance, last } = setUp();
    supervisor.start();
    last().exit(1);
    await supervisor.stop(5_000);
    advance(60_000);
    expect(children).toHaveLength(1);
  });
});
