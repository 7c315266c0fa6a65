import { ORPCError } from '@orpc/client';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '#shared/contract/contract.ts';
import type { LiveMessage } from '#shared/model/live.ts';
import { CALLS, type Found } from './calls.ts';
import { type Host, httpHost, portHost } from './transports.ts';

/** `noun.verb` of every procedure that the contract has. */
const PROCEDURES = Object.entries(contract).flatMap(([noun, verbs]) =>
  Object.keys(verbs).map((verb) => `${noun}.${verb}`),
);

/** How each call ended, per transport: 'ok', or the code of its error. */
const outcomes: Record<string, Record<string, string>> = {};

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (error instanceof ORPCError) return `${error.code}${error.defined ? ' (typed)' : ''}`;
    throw error;
  }
}

/** Reads the feed until `isEnough`, then leaves. */
async function readFeed(
  host: Host,
  isEnough: (messages: LiveMessage[]) => boolean,
  during: () => Promise<unknown> = async () => undefined,
): Promise<LiveMessage[]> {
  const leaving = new AbortController();
  const messages: LiveMessage[] = [];
  const feed = await host.client().live.subscribe(undefined, { signal: leaving.signal });
  let begun: Promise<unknown> | null = null;
  for await (const message of feed) {
    messages.push(message);
    begun ??= during();
    if (isEnough(messages)) break;
  }
  await begun;
  leaving.abort();
  return messages;
}

it('the calls below cover the contract', () => {
  expect([...Object.keys(CALLS), 'live.subscribe'].toSorted()).toEqual(PROCEDURES.toSorted());
});

describe.each([
  ['messagePort', portHost],
  ['http', httpHost],
])('the contract over %s', (transport, open) => {
  let host: Host;
  const found: Found = { promptId: '', incidentId: '', operationId: '', nowMs: 0 };
  const seen = (outcomes[transport] ??= {});

  beforeAll(async () => {
    host = await open();
    // The first look of the watch: from then on the prompts are there.
    await readFeed(host, (messages) =>
      messages.some(
        (message) =>
          (message.type === 'snapshot' && Object.keys(message.state.prompts).length > 0) ||
          (message.type === 'delta' && message.changes.some(({ entity }) => entity === 'prompt')),
      ),
    );
  }, 120_000);
  afterAll(() => host.stop(), 60_000);

  it.each(Object.keys(CALLS))('%s', async (path) => {
    const outcome = await outcomeOf(CALLS[path]!(host.client(), found));
    seen[path] = outcome;
    // A refusal is an answer as well, as long as it is one of the contract's.
    expect(outcome).toMatch(/^ok$|\(typed\)$/);
  });

  it('live.subscribe: a snapshot first, then numbered messages without a gap', async () => {
    const messages = await readFeed(
      host,
      (all) => all.length >= 4,
      () => host.client().demo.setStaleWorkers({ operationId: randomUUID(), count: 1 }),
    );
    expect(messages[0]?.type).toBe('snapshot');
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + messages[0]!.seq));
    expect(messages.slice(1).some(({ type }) => type !== 'snapshot')).toBe(true);
  });

  it('live.subscribe: ends when the page cancels, while it waits', async () => {
    const leaving = new AbortController();
    const feed = await host.client().live.subscribe(undefined, { signal: leaving.signal });
    const reading = (async () => {
      let count = 0;
      for await (const _message of feed) {
        count += 1;
        leaving.abort();
      }
      return count;
    })();
    // Ended or aborted: both leave the loop.
    await reading.catch(() => undefined);
    expect(leaving.signal.aborted).toBe(true);
    await expect(host.client().engine.info()).resolves.toBeDefined();
  });

  it('a call that is cancelled rejects at once', async () => {
    const leaving = new AbortController();
    const call = host.client().engine.doctor(undefined, { signal: leaving.signal });
    leaving.abort();
    await expect(call).rejects.toThrow(/abort/i);
  });

  it('typed errors keep code, status, words and data', async () => {
    const error = await host
      .client()
      .incident.get({ incidentId: 'INC-19990101-1' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ORPCError);
    expect(error).toMatchObject({
      code: 'NOT_FOUND',
      status: 404,
      defined: true,
      data: { what: 'incident', id: 'INC-19990101-1' },
    });
    expect((error as Error).message).toContain('INC-19990101-1');
  });

  it('input that does not fit is BAD_REQUEST, and nothing more is said', async () => {
    const wrong = { promptId: 42, window: 'yesterday' } as never;
    const outcome = await outcomeOf(host.client().evidence.distribution(wrong));
    expect(outcome).toBe('BAD_REQUEST');
    const long = host.client().incident.note({
      operationId: randomUUID(),
      incidentId: found.incidentId,
      text: 'x'.repeat(100_000),
    });
    expect(await outcomeOf(long)).toBe('BAD_REQUEST');
  });

  it('an operation id is applied once, and answers again with the first result', async () => {
    const operationId = randomUUID();
    const text = `said once ${operationId}`;
    const { incidentId } = found;
    const declared = await host.client().incident.declare({
      operationId: randomUUID(),
      promptId: 'planner',
      reason: 'a second incident',
    });
    const note = () => host.client().incident.note({ operationId, incidentId: declared.id, text });
    await note();
    const again = await note();
    expect(again.timeline.filter((entry) => entry.text.includes(text))).toHaveLength(1);
    expect(declared.id).not.toBe(incidentId);
  });

  it('large answers arrive whole', async () => {
    const toMs = found.nowMs;
    const distribution = await host.client().evidence.distribution({
      promptId: 'customer_support_agent',
      window: { fromMs: toMs - 2_000 * 1_000, toMs },
      bucketMs: 1_000,
    });
    expect(distribution.startsMs.length).toBeGreaterThanOrEqual(2_000);
    for (const { counts } of distribution.versions) expect(counts).toHaveLength(distribution.startsMs.length);
  });

  it('many calls at once are answered, each with its own', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `INC-19990101-${index}`);
    const answers = await Promise.all(
      ids.map((incidentId) =>
        host
          .client()
          .incident.get({ incidentId })
          .catch((error: unknown) => error),
      ),
    );
    expect(answers.map((error) => (error as ORPCError<string, { id: string }>).data.id)).toEqual(ids);
  });

  it('after kill -9 a new engine has everything that was answered', async () => {
    const before = await host.client().incident.list({ status: 'any' });
    await host.crashAndRestart();
    const after = await host.client().incident.list({ status: 'any' });
    expect(after.map(({ id }) => id)).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
    const one = after.find(({ id }) => id === found.incidentId);
    expect(one?.timeline.some(({ text }) => text.includes('漢字 🔥'))).toBe(true);
    const [first] = await readFeed(host, (messages) => messages.length > 0);
    expect(first?.type).toBe('snapshot');
  });
});

it('both transports answered every call alike', () => {
  expect(outcomes['http']).toEqual(outcomes['messagePort']);
});
