import { describe, expect, it } from 'vitest';
import { workspaceSchema } from '#shared/model/workspace.ts';
import { createFakeClock } from '../fake-clock.ts';
import { SourceError } from './kind.ts';
import type { FlagLever, LeverRead, SourceInstance } from './kind.ts';
import { createLeverDesk, leverVersionsOf } from './lever-desk.ts';

const workspace = workspaceSchema.parse({
  version: 1,
  name: 'w',
  sources: [{ id: 'flags', connector: 'flag-board' }],
  prompts: [
    {
      id: 'support',
      service: 's',
      control: 'v17',
      candidate: 'v18',
      versions: [{ id: 'v16' }, { id: 'v17' }],
      flag: { source: 'flags', key: 'support_prompt' },
    },
    { id: 'bare', service: 's', control: 'v1' },
    { id: 'lost', service: 's', control: 'v1', flag: { source: 'nowhere', key: 'x' } },
  ],
});

function start() {
  const clock = createFakeClock();
  const script = { read: (): Promise<string> => Promise.resolve('r1'), reads: 0 };
  const unused = () => {
    throw new Error('not asked for');
  };
  const lever: FlagLever = {
    capabilities: {
      killStyle: 'whole-flag',
      canSetShare: false,
      compareAndSet: 'conditional',
      keepsComment: false,
      blastRadius: null,
      propagation: { typicalMs: 0, worstMs: 0, text: '' },
    },
    async read(target): Promise<LeverRead> {
      script.reads += 1;
      const revision = await script.read();
      return {
        snapshot: null,
        state: {
          lever: 'flag',
          source: 'flags',
          connector: 'flag-board',
          key: target.key,
          environment: target.environment,
          isOn: true,
          intended: [],
          offVersion: null,
          revision,
          lastChangedBy: null,
          lastChangedAtMs: null,
          needsApproval: false,
          consoleUrl: null,
          readAtMs: clock.nowMs(),
        },
      };
    },
    plan: unused,
    write: unused,
    isInEffect: unused,
    events: (target) =>
      Promise.resolve([{ atMs: 1, kind: 'flag', source: 'flags', by: null, text: target.key }]),
    consoleUrl: () => null,
  };
  const instance: SourceInstance = {
    flags: lever,
    baseUrl: null,
    probe: () => Promise.resolve(),
    test: unused,
    close: () => Promise.resolve(),
  };
  const reads: string[] = [];
  const desk = createLeverDesk({
    workspace: {
      current: () => workspace,
      prompt: (id) => workspace.prompts.find((prompt) => prompt.id === id) ?? null,
    },
    sources: { instance: (id) => (id === 'flags' ? instance : null), observe: (_id, call) => call() },
    clock,
    log: { info: () => undefined, warn: () => undefined },
    refreshMs: 5000,
    onRead: (promptId) => void reads.push(promptId),
  });
  return { clock, script, desk, reads };
}

describe('levers read in the background', () => {
  it('knows nothing at first, then the state, then its changes', async () => {
    const { clock, script, desk, reads } = start();
    expect(desk.last('support')).toEqual({ state: null, error: null });
    desk.start();
    await clock.advance(0);
    expect(desk.last('support').state?.revision).toBe('r1');
    script.read = () => Promise.resolve('r2');
    await clock.advance(5000);
    expect(desk.last('support').state?.revision).toBe('r2');
    expect(reads.filter((id) => id === 'support')).toHaveLength(2);
    await desk.stop();
    await clock.advance(20_000);
    expect(script.reads).toBe(2);
  });

  it('keeps the last state beside the error, and says what is missing', async () => {
    const { clock, script, desk } = start();
    desk.start();
    await clock.advance(0);
    script.read = () => Promise.reject(new SourceError('Unleash did not answer within 2000 ms.'));
    await clock.advance(5000);
    expect(desk.last('support')).toMatchObject({
      state: { revision: 'r1' },
      error: 'Unleash did not answer within 2000 ms.',
    });
    expect(desk.last('lost').error).toContain('"nowhere" does not run');
    expect(desk.last('bare')).toEqual({ state: null, error: null });
    await desk.stop();
  });

  it('refreshes on demand, one read at a time, with the errors of the contract', async () => {
    const { clock, script, desk } = start();
    let answer: (revision: string) => void = () => undefined;
    script.read = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const both = Promise.all([desk.refresh('support'), desk.refresh('support')]);
    await clock.advance(0);
    expect(script.reads).toBe(1);
    answer('r9');
    expect((await both).map((state) => state.revision)).toEqual(['r9', 'r9']);
    script.read = () => Promise.reject(new SourceError('down'));
    await expect(desk.refresh('support')).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      data: { source: 'flags', detail: 'down' },
    });
    await expect(desk.refresh('bare')).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    await expect(desk.refresh('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('hands on the changes of the flag; a prompt without a lever has none', async () => {
    const { desk } = start();
    expect(await desk.events('support', { fromMs: 0, toMs: 1 })).toHaveLength(1);
    expect(await desk.events('bare', { fromMs: 0, toMs: 1 })).toEqual([]);
  });

  it('names every version a lever may meet', () => {
    expect(leverVersionsOf(workspace.prompts[0]!)).toEqual({
      control: 'v17',
      candidate: 'v18',
      all: ['v17', 'v18', 'v16'],
    });
  });
});
