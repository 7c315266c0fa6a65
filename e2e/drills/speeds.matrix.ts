import { beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '#shared/model/drill.ts';
import { play } from './play-all.ts';

/** A rollback, a way forward, and a second wave. */
const IDS = ['greeting-regression', 'leak-07-old-bug', 'leak-02-poisoned-queue'];

/** What Fusebox said and advised; when it did so depends on the machine where time runs by itself. */
const verdictOf = ({ scenarioId, checks, wrongTurns, outcome }: DrillReport) => ({
  scenarioId,
  outcome,
  checks: checks.map(({ what, expected, got, isHit }) => ({
    what,
    expected,
    got: got.replace(/^[\d.]+ min/, 'minutes'),
    isHit,
  })),
  wrongTurns: wrongTurns.map(({ id }) => id),
});

const verdictsOf = async (args: readonly string[]) => (await play(args)).map(verdictOf);

describe('a drill comes to the same verdict', () => {
  let stepped: ReturnType<typeof verdictOf>[];
  beforeAll(async () => {
    stepped = await verdictsOf(IDS);
  }, 600_000);

  // Real receiver, store and clock, a minute in a second.
  it('at 60x as fast as the machine goes', async () => {
    expect(await verdictsOf([...IDS, '--speed', '60'])).toEqual(stepped);
  }, 1_200_000);

  it('at 10x', async () => {
    const [first = ''] = IDS;
    expect(await verdictsOf([first, '--speed', '10'])).toEqual(stepped.slice(0, 1));
  }, 1_200_000);
});
