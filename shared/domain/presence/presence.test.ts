import { describe, expect, it } from 'vitest';
import { othersAt, withSighting } from './presence.ts';

const at = (session: string, name: string, sinceMs: number) => ({
  session,
  name,
  sinceMs,
  seenAtMs: sinceMs,
});

describe('the others at a place', () => {
  it('are everybody but this window, each once, who came first in front', () => {
    const people = [at('a1', 'Ana', 30), at('b2', 'Bo', 20), at('b1', 'Bo', 10), at('me', 'Me', 1)];
    expect(othersAt(people, 'me').map(({ session }) => session)).toEqual(['b1', 'a1']);
  });

  it('somebody who is seen again is there since the first time', () => {
    const again = { ...at('a1', 'Ana', 30), seenAtMs: 50 };
    expect(withSighting([at('a1', 'Ana', 30)], { ...again, sinceMs: 50 })).toEqual([again]);
  });
});
