import { describe, expect, it } from 'vitest';
import { bench, MINUTE, PROMPT, ticks } from './watch-bench.ts';

type Bench = ReturnType<typeof bench>;
type Says = Parameters<Bench['traffic']>[6];

/** An hour in which both versions were well, and then so many minutes with these complaints, one in so many. */
async function bothThen(
  at: Bench,
  minutes: number,
  oneIn: { readonly v17: number; readonly v18: number },
  says: { readonly before?: Says; readonly after?: Says } = {},
): Promise<void> {
  const nowMs = at.clock.nowMs();
  at.traffic('v17', 900, 200, nowMs - 61 * MINUTE, nowMs, 'a', says.before);
  at.traffic('v18', 100, 200, nowMs - 60 * MINUTE, nowMs, 'a', says.before);
  await ticks(2, at);
  at.traffic('v17', 900, oneIn.v17, nowMs, nowMs + minutes * MINUTE, 'a', says.after);
  at.traffic('v18', 100, oneIn.v18, nowMs, nowMs + minutes * MINUTE, 'a', says.after);
}

async function declareAndLook(at: Bench, minutes: number) {
  await at.clock.advance(minutes * MINUTE);
  at.incidents.declare(PROMPT);
  await ticks(4, at);
  return at.incidents.observed.findLast(({ culprit }) => culprit !== null);
}

describe('both versions worse together', () => {
  it('is no matter of the prompt: declared by hand, it is said with its numbers', async () => {
    const at = bench();
    await bothThen(at, 10, { v17: 40, v18: 40 });
    const found = await declareAndLook(at, 10);
    expect(at.incidents.alarms).toEqual([]);
    expect(found?.outside).toMatchObject({ kind: 'shared', signals: ['complaints'], triage: 'model-change' });
    expect(found?.outside?.sentence).toMatch(
      /^Both versions got worse at the same time: complaints \d\.\dx .* on v17 against its own past since about/,
    );
    expect(found?.outside?.sentence).toContain('That is not this prompt.');
    expect(found?.culprit).toMatchObject({ isUnexplained: true });
    expect(found?.culprit?.sentence).toContain(
      'v17 got worse as well, so going back will not help by itself',
    );
  });

  it('with errors of the provider on both: it is the provider', async () => {
    const at = bench();
    const after = (index: number) => (index % 3 === 0 ? { errorType: 'RateLimitError' } : {});
    await bothThen(at, 10, { v17: 40, v18: 40 }, { after });
    const found = await declareAndLook(at, 10);
    expect(found?.culprit?.suspects[0]).toMatchObject({
      kind: 'provider',
      what: expect.stringContaining(
        'errors of the provider (RateLimitError) rose from 0 % to 33.4 % of turns',
      ),
    });
    expect(found?.outside).toMatchObject({ kind: 'shared', triage: 'provider' });
  });

  it('with a model that answers behind the same name: it is the model', async () => {
    const at = bench();
    const says = { before: () => ({ model: 'x-1' }), after: () => ({ model: 'x-2' }) };
    await bothThen(at, 10, { v17: 40, v18: 40 }, says);
    const found = await declareAndLook(at, 10);
    expect(found?.culprit?.suspects[0]).toMatchObject({ kind: 'model' });
    expect(found?.culprit?.suspects[0]?.what).toMatch(
      /^the model began to answer as x-2 \(as x-1 until \d\d:\d\d UTC\)$/,
    );
    expect(found?.outside).toMatchObject({ kind: 'shared', triage: 'model-change' });
  });

  it('is not said where only the candidate is worse', async () => {
    const at = bench();
    await bothThen(at, 10, { v17: 200, v18: 20 });
    await at.clock.advance(10 * MINUTE);
    await ticks(4, at);
    const found = at.incidents.observed.findLast(({ culprit }) => culprit !== null);
    expect(at.incidents.alarms).toHaveLength(1);
    expect(found?.outside).toBeNull();
  });

  it('says both halves where the candidate is worse still', async () => {
    const at = bench();
    await bothThen(at, 10, { v17: 60, v18: 10 });
    await at.clock.advance(10 * MINUTE);
    await ticks(4, at);
    const found = at.incidents.observed.findLast(({ culprit }) => culprit !== null);
    expect(found?.outside).toMatchObject({ kind: 'mixed' });
    expect(found?.outside?.sentence).toContain('v18 is worse still, so going back helps with the difference');
  });

  it('cannot be told of a candidate that runs alone', async () => {
    const at = bench();
    const nowMs = at.clock.nowMs();
    at.traffic('v17', 900, 200, nowMs - 90 * MINUTE, nowMs - 30 * MINUTE);
    at.traffic('v18', 100, 200, nowMs - 89 * MINUTE, nowMs - 30 * MINUTE);
    at.traffic('v18', 1000, 40, nowMs - 30 * MINUTE, nowMs);
    await ticks(4, at);
    const found = at.incidents.observed.findLast(({ culprit }) => culprit !== null);
    expect(at.incidents.alarms[0]?.input.alarm.basis).toBe('history');
    expect(found?.outside ?? null).not.toMatchObject({ kind: 'shared' });
  });
});

describe('an incident declared by hand', () => {
  it('is ranked like any other, again every minute, and says that no figure has told the two apart', async () => {
    const at = bench();
    await bothThen(at, 5, { v17: 200, v18: 200 });
    const found = await declareAndLook(at, 5);
    expect(found?.culprit?.suspects.map(({ kind }) => kind)).toContain('prompt-version');
    expect(found?.culprit?.suspects[0]?.reason).toContain('no figure has told v18 and v17 apart so far');
    expect(found?.evidence.length).toBeGreaterThan(0);
    const ranked = () => at.incidents.observed.filter(({ culprit }) => culprit !== null).length;
    const before = ranked();
    await ticks(14, at);
    expect(ranked()).toBeGreaterThanOrEqual(before + 1);
  });
});
