import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  FAILED_FROM_ATTEMPT,
  INITIAL_CONNECTION,
  isLive,
  reduceConnection,
  type ConnectionEvent,
  type ConnectionState,
} from './connection-machine.ts';

const run = (events: readonly ConnectionEvent[], from: ConnectionState = INITIAL_CONNECTION) =>
  events.reduce(reduceConnection, from);
const lost: ConnectionEvent = { type: 'lost', detail: 'refused' };
const message: ConnectionEvent = { type: 'message' };

describe('reduceConnection', () => {
  it('is live with the first message and only then', () => {
    expect(isLive(INITIAL_CONNECTION)).toBe(false);
    expect(run([message])).toEqual({ name: 'live' });
  });

  it('says that the drill is over, stays with it when the feed breaks, and joins the next one', () => {
    const over = run([message, { type: 'no-drill', detail: 'No drill is under way.' }, lost]);
    expect(over).toMatchObject({ name: 'failed', cause: 'no-drill' });
    expect(run([message], over)).toEqual({ name: 'live' });
  });

  it('goes stale by silence and comes back by a message', () => {
    const stale = run([message, { type: 'silence', sinceMs: 7 }]);
    expect(stale).toEqual({ name: 'stale', silentSinceMs: 7 });
    expect(isLive(stale)).toBe(false);
    expect(reduceConnection(stale, message)).toEqual({ name: 'live' });
  });

  it('counts attempts from one after each loss, and says failed after five', () => {
    expect(run([message, lost])).toMatchObject({ name: 'connecting', attempt: 1 });
    const failed = run([message, ...Array.from({ length: FAILED_FROM_ATTEMPT }, () => lost)]);
    expect(failed).toMatchObject({ name: 'failed', cause: 'unreachable' });
    expect(reduceConnection(failed, message)).toEqual({ name: 'live' });
  });

  it('takes the host at its word about the engine, over what a broken feed suggests', () => {
    const restarting = run([
      message,
      { type: 'engine', state: 'restarting', detail: 'It crashed.' },
      lost,
      lost,
    ]);
    expect(restarting).toEqual({ name: 'engine-restarting', detail: 'It crashed.' });
    expect(reduceConnection(restarting, { type: 'retry' })).toMatchObject({ name: 'connecting', attempt: 1 });
    const down = run([message, { type: 'engine', state: 'failed', detail: 'Too many crashes.' }, lost]);
    expect(down).toMatchObject({ name: 'failed', cause: 'engine', detail: 'Too many crashes.' });
  });

  it('stays refused until a person acts', () => {
    const refused = run([{ type: 'refused', detail: 'Code used.' }, lost]);
    expect(refused).toMatchObject({ name: 'failed', cause: 'refused', detail: 'Code used.' });
    expect(reduceConnection(refused, { type: 'retry' })).toMatchObject({ name: 'connecting' });
  });

  it('ignores a retry while all is well', () => {
    expect(run([message, { type: 'retry' }])).toEqual({ name: 'live' });
  });
});

it('backoffMs doubles and is bounded', () => {
  const waits = [1, 2, 3, 4].map((attempt) => backoffMs({ name: 'connecting', attempt, detail: null }));
  expect(waits).toEqual([250, 500, 1_000, 2_000]);
  expect(backoffMs({ name: 'connecting', attempt: 40, detail: null })).toBe(4_000);
  expect(backoffMs({ name: 'failed', cause: 'unreachable', attempt: 9, detail: '' })).toBe(10_000);
});
