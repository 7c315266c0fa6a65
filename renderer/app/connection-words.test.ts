import { expect, it } from 'vitest';
import type { ConnectionState } from '#renderer/client/connection-machine.ts';
import { connectionWords } from './connection-words.ts';

const BROKEN: readonly ConnectionState[] = [
  { name: 'connecting', attempt: 2, detail: null },
  { name: 'stale', silentSinceMs: 0 },
  { name: 'engine-restarting', detail: 'It crashed.' },
  { name: 'failed', cause: 'unreachable', attempt: 6, detail: 'No answer.' },
];

it('says nothing while live', () => {
  expect(connectionWords({ name: 'live' }, true)).toBeNull();
});

it.each(BROKEN)('$name: what is on screen is named as old, and that nothing can be sent', (state) => {
  expect(connectionWords(state, true)?.meaning).toContain('as of the last message, and nothing can be sent');
  expect(connectionWords(state, false)?.meaning).not.toContain('as of the last message');
});

it('always leaves a way to roll back', () => {
  const words = connectionWords(
    { name: 'failed', cause: 'engine', attempt: 0, detail: 'Too many crashes.' },
    true,
  );
  expect(words?.meaning).toContain('`fusebox rollback`');
});
