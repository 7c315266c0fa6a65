import { createRouterClient, type ORPCError } from '@orpc/server';
import { describe, expect, it } from 'vitest';
import { SourceError } from '../connectors/kind.ts';
import { createFakeClock } from '../fake-clock.ts';
import { CommandError } from '../ports.ts';
import type { ApiDesks } from './desks.ts';
import { createRouter } from './router.ts';

/** The one desk under test throws; whatever else is asked for is not there. */
function setUp(doctor: () => Promise<never[]>) {
  const lines: { fields: Record<string, unknown>; message: string }[] = [];
  const desks = {
    clock: createFakeClock(),
    log: {
      info: () => undefined,
      warn: (fields: Record<string, unknown>, message: string) => lines.push({ fields, message }),
    },
    doctor: { examine: doctor },
    workspace: { prompt: () => null, current: () => ({ prompts: [{ id: 'greeter' }] }) },
    demo: () => null,
    rollbacks: {},
    sources: { list: () => [] },
  } as unknown as ApiDesks;
  const client = createRouterClient(createRouter(desks), {
    context: { actor: { name: 'ana', via: 'page' } },
  });
  return { client, lines };
}
const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => {
      throw new Error('did not fail');
    },
    (error: unknown) => error as ORPCError<string, unknown>,
  );

describe('what a caller gets to see of an error', () => {
  it.each([
    ['NOT_FOUND', 404, { what: 'incident', id: 'INC-1' }],
    ['CHANGED_SINCE_SHOWN', 409, { shown: '4', now: '5', by: 'bo', atMs: 12 }],
    ['REFUSED', 422, { reason: 'closed', fix: 'declare a new one' }],
    ['SOURCE_UNAVAILABLE', 503, { source: 'unleash', detail: 'time-out' }],
  ] as const)('an expected refusal keeps code, words and data: %s', async (code, status, data) => {
    const { client, lines } = setUp(() => Promise.reject(new CommandError(code, 'in plain words', data)));
    const error = await errorOf(client.engine.doctor());
    expect(error).toMatchObject({ code, status, data, message: 'in plain words', defined: true });
    expect(lines).toEqual([]);
  });

  it('a source that did not answer is said with what to do', async () => {
    const failure = new SourceError('Unleash did not answer.', { fix: 'Check the address.' });
    const { client } = setUp(() => Promise.reject(failure));
    expect(await errorOf(client.engine.doctor())).toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      message: 'Unleash did not answer. Check the address.',
      defined: true,
    });
  });

  it('anything else says nothing but an id, and the log has the rest under it', async () => {
    const { client, lines } = setUp(() => Promise.reject(new Error('password=hunter2 at /home/ana')));
    const error = await errorOf(client.engine.doctor());
    expect(error.code).toBe('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(error)).not.toContain('hunter2');
    expect(error.message).not.toContain('/home');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.fields).toMatchObject({ call: 'engine.doctor', id: (error.data as { id: string }).id });
    expect(String(lines[0]?.fields['error'])).toContain('hunter2');
  });

  it('a desk that answers out of contract is our fault, not the caller’s', async () => {
    const { client, lines } = setUp(() => Promise.resolve([{ wrong: true }] as never));
    expect(await errorOf(client.engine.doctor())).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
    expect(lines).toHaveLength(1);
  });

  it('input that does not fit is the caller’s fault, and no line in the log', async () => {
    const { client, lines } = setUp(() => Promise.resolve([]));
    const error = await errorOf(client.prompt.versions({ promptId: 'x'.repeat(500) }));
    expect(error.code).toBe('BAD_REQUEST');
    expect(lines).toEqual([]);
  });

  it('an unknown prompt is named beside those that are known', async () => {
    const { client } = setUp(() => Promise.resolve([]));
    const error = await errorOf(client.rollback.plan({ promptId: 'nobody' }));
    expect(error).toMatchObject({ code: 'NOT_FOUND', data: { what: 'prompt', id: 'nobody' } });
    expect(error.message).toContain('greeter');
  });

  it('the demonstration’s buttons are refused elsewhere', async () => {
    const { client } = setUp(() => Promise.resolve([]));
    const error = await errorOf(client.demo.startRegression({ operationId: 'operation-1' }));
    expect(error).toMatchObject({ code: 'REFUSED', defined: true });
  });
});
