import { describe, expect, it } from 'vitest';
import { PRESENCE } from '#shared/domain/presence/presence.ts';
import type { LiveChange } from '#shared/model/live.ts';
import { createFakeClock } from '../fake-clock.ts';
import { createPresenceDesk } from './presence-desk.ts';

const INCIDENT = { kind: 'incident', incidentId: 'INC-1' } as const;
const LEVER = { kind: 'lever', promptId: 'support' } as const;
const mira = { session: 'session-mira', name: 'Mira' };
const jo = { session: 'session-jo', name: 'Jo' };

/** Two engines that hear each other, on clocks that are an hour apart. */
function two() {
  const clock = createFakeClock();
  const listeners: ((text: string) => void)[][] = [[], []];
  const published: LiveChange[][] = [[], []];
  const desks = [0, 1].map((index) =>
    createPresenceDesk({
      clock: {
        ...clock,
        nowMs: () => clock.nowMs() + index * 3_600_000,
        deadline: (ms) => clock.deadline(ms),
      },
      live: { publish: (change) => void published[index]!.push(change) },
      grapevine: {
        tell: (text) => listeners[1 - index]!.forEach((listener) => listener(text)),
        onTold: (listener) => void listeners[index]!.push(listener),
      },
    }),
  );
  return {
    clock,
    here: desks[0]!,
    there: desks[1]!,
    published,
    hear: (text: string) => listeners[1]![0]!(text),
  };
}

const names = (people: readonly { name: string }[]) => people.map(({ name }) => name);

describe('who is where', () => {
  it('is known to both engines, with the age on the clock of each', async () => {
    const { clock, here, there, published } = two();
    here.beat({ ...mira, place: INCIDENT });
    await clock.advance(8_000);
    here.beat({ ...mira, place: INCIDENT });
    there.beat({ ...jo, place: INCIDENT });
    expect(names(here.at(INCIDENT))).toEqual(['Mira', 'Jo']);
    const seen = there.at(INCIDENT)[0]!;
    expect(seen.seenAtMs - seen.sinceMs).toBe(8_000);
    expect(seen.seenAtMs).toBe(clock.nowMs() + 3_600_000);
    expect(published[1]!.at(-1)).toMatchObject({ entity: 'presence', id: 'incident:INC-1' });
  });

  it.each([
    ['an incident', INCIDENT],
    ['a lever', LEVER],
  ])('of %s ends by itself without another word, on both engines', async (_what, place) => {
    const { clock, here, there, published } = two();
    const { beatMs, lastsMs } = PRESENCE[place.kind];
    here.beat({ ...mira, place });
    for (let beat = 0; beat < 3; beat += 1) {
      await clock.advance(beatMs);
      here.beat({ ...mira, place });
    }
    await clock.advance(lastsMs - 1);
    expect([names(here.at(place)), names(there.at(place))]).toEqual([['Mira'], ['Mira']]);
    await clock.advance(2);
    expect([here.at(place), there.at(place)]).toEqual([[], []]);
    expect(published[1]!.at(-1)).toMatchObject({ value: null });
    expect(here.all()).toEqual({});
  });

  it('ends at once when somebody leaves, and only theirs', () => {
    const { here, there } = two();
    here.beat({ ...mira, place: LEVER });
    there.beat({ ...jo, place: LEVER });
    here.leave({ ...mira, place: LEVER });
    expect([names(here.at(LEVER)), names(there.at(LEVER))]).toEqual([['Jo'], ['Jo']]);
    here.leave({ ...mira, place: LEVER });
    expect(here.at(INCIDENT)).toEqual([]);
  });

  it('what is no message of ours is not heard', () => {
    const { there, hear } = two();
    for (const text of [
      '',
      '{',
      '{"place":{"kind":"lever"}}',
      JSON.stringify({ ...mira, place: LEVER, forMs: -1 }),
    ]) {
      hear(text);
    }
    expect(there.all()).toEqual({});
  });

  it('a flood of sessions fills nothing', () => {
    const { here } = two();
    for (let index = 0; index < 500; index += 1) {
      here.beat({ place: LEVER, session: `session-${index}`, name: 'x' });
    }
    expect(here.at(LEVER)).toHaveLength(50);
  });
});
