import type { ClientLink } from '@orpc/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NoAnswerError, NotSentError } from './call-errors.ts';
import { CALL_TIMEOUT_MS, createGuardedLink, timeoutFor, WAIT_TIMEOUT_MS } from './guarded-link.ts';
import type { CallContext } from './transport.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never: ClientLink<CallContext> = { call: () => new Promise(() => undefined) };
const open = (link: ClientLink<CallContext>, lost = new AbortController()) =>
  createGuardedLink(() => ({ open: true, link, lost: lost.signal }));
const call = (link: ClientLink<CallContext>, input: unknown = {}, signal?: AbortSignal) =>
  link.call(['incident', 'note'], input, { context: {}, signal });

describe('createGuardedLink', () => {
  it('sends nothing when the connection is not live, and says why', async () => {
    const send = vi.fn<ClientLink<CallContext>['call']>();
    const guarded = createGuardedLink(() => ({ open: false, why: 'The engine is restarting.' }));
    await expect(call(guarded)).rejects.toThrow(NotSentError);
    await expect(call(guarded)).rejects.toThrow('The engine is restarting.');
    expect(send).not.toHaveBeenCalled();
  });

  it('gives the answer through', async () => {
    await expect(call(open({ call: () => Promise.resolve('done') }))).resolves.toBe('done');
    await expect(call(open({ call: () => Promise.reject(new Error('REFUSED')) }))).rejects.toThrow('REFUSED');
  });

  it('ends a call on a dead port after its time, as unanswered', async () => {
    const outcome = call(open(never)).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(CALL_TIMEOUT_MS - 1);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toMatchObject({ name: 'NoAnswerError', why: 'timeout' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends what is pending when the connection is lost, as unanswered and not as failed', async () => {
    const lost = new AbortController();
    const outcome = call(open(never, lost)).catch((error: unknown) => error);
    lost.abort();
    const error = await outcome;
    expect(error).toBeInstanceOf(NoAnswerError);
    expect(error).toMatchObject({ why: 'lost' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells the link to stop, with our reason even where the link has its own', async () => {
    const lost = new AbortController();
    let sent: AbortSignal | undefined;
    const guarded = open(
      {
        call: (_path, _input, options) => {
          sent = options.signal;
          return new Promise((_resolve, reject) =>
            sent?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))),
          );
        },
      },
      lost,
    );
    const outcome = call(guarded).catch((error: unknown) => error);
    lost.abort();
    expect(await outcome).toMatchObject({ name: 'NoAnswerError' });
    expect(sent?.aborted).toBe(true);
  });

  it("ends with the caller's own signal", async () => {
    const caller = new AbortController();
    const outcome = call(open(never), {}, caller.signal).catch((error: unknown) => error);
    caller.abort(new Error('left the view'));
    expect(await outcome).toMatchObject({ message: 'left the view' });
  });
});

it('timeoutFor waits longer where the engine is asked to wait', () => {
  expect(timeoutFor({}, undefined)).toBe(CALL_TIMEOUT_MS);
  expect(timeoutFor({ waitMs: 0 }, undefined)).toBe(CALL_TIMEOUT_MS);
  expect(timeoutFor({ waitMs: 20_000 }, undefined)).toBe(WAIT_TIMEOUT_MS);
  expect(timeoutFor({ waitMs: 20_000 }, { timeoutMs: 1_000 })).toBe(1_000);
});
