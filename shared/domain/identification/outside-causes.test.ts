import { describe, expect, it } from 'vitest';
import { isProviderError, modelCauses, providerCauses, workerCause, worseWorkers } from './outside-causes.ts';

const T = Date.UTC(2026, 4, 9, 14, 0);
const MIN = 60_000;
const BOTH = { candidate: 'v18', control: 'v17' };

describe('which model answered', () => {
  const row = (version: string, model: string, fromMin: number, toMin: number, turns = 500) => ({
    version,
    model,
    firstSeenMs: T + fromMin * MIN,
    lastSeenMs: T + toMin * MIN,
    turns,
  });

  it('another model on both versions is one change that reaches both', () => {
    const causes = modelCauses(
      [
        row('v17', 'x-1', -600, 2),
        row('v18', 'x-1', -300, 2),
        row('v17', 'x-2', 2, 30),
        row('v18', 'x-2', 4, 30),
      ],
      BOTH,
    );
    expect(causes).toEqual([
      expect.objectContaining({
        kind: 'model',
        atMs: T + 2 * MIN,
        what: 'the model began to answer as x-2 (as x-1 until 14:02 UTC)',
        reaches: { kind: 'prompt' },
      }),
    ]);
  });

  it('on one version alone it is that version only; beside the old one it is said so', () => {
    const causes = modelCauses(
      [row('v17', 'x-1', -600, 30), row('v18', 'x-1', -300, 30), row('v18', 'x-2', 2, 30)],
      BOTH,
    );
    expect(causes[0]).toMatchObject({
      what: 'the model began to answer as x-2 (beside x-1)',
      reaches: { kind: 'candidate' },
    });
    const alone = modelCauses([row('v18', 'x-1', -300, 2), row('v18', 'x-2', 2, 30)], {
      candidate: 'v18',
      control: null,
    });
    expect(alone[0]).toMatchObject({ reaches: { kind: 'prompt' } });
  });

  it('what a version used from its beginning is no change, nor is a handful of turns', () => {
    expect(modelCauses([row('v17', 'x-1', -600, 30), row('v18', 'x-2', -300, 30)], BOTH)).toEqual([]);
    expect(modelCauses([row('v18', 'x-1', -300, 30), row('v18', 'x-2', 2, 30, 3)], BOTH)).toEqual([]);
  });
});

describe('errors of the provider', () => {
  const listed = ['429', 'timeout'];
  /** Two hours that are well, then half an hour with so many failures of a hundred turns a minute. */
  const minutes = (version: string, type: string, now: number, before = 0) =>
    Array.from({ length: 150 }, (_, index) => ({
      startMs: T + (index - 120) * MIN,
      version,
      turns: 100,
      failed: index < 120 ? { [type]: before } : { [type]: now, parse_error: 5 },
    }));
  const input = { versions: BOTH, listed, earliestMs: T, nowMs: T + 30 * MIN };

  it('that rose on both versions are an outage, with what, how much and since when', () => {
    const causes = providerCauses(
      [...minutes('v17', '429', 20), ...minutes('v18', 'ReadTimeout', 12)],
      input,
    );
    expect(causes).toHaveLength(1);
    expect(causes[0]).toMatchObject({
      kind: 'provider',
      reaches: { kind: 'prompt' },
      untilMs: null,
      what: 'errors of the provider (429, ReadTimeout) rose from 0 % to 20 % of turns on v17 and v18',
    });
    expect(Math.abs((causes[0]?.atMs ?? 0) - T)).toBeLessThanOrEqual(2 * MIN);
  });

  it('on the candidate alone they are something about the candidate', () => {
    const causes = providerCauses([...minutes('v17', '429', 0), ...minutes('v18', '429', 20)], input);
    expect(causes[0]).toMatchObject({ kind: 'other', reaches: { kind: 'candidate' } });
  });

  it('as many as ever, of another kind, or without a past to compare with are no finding', () => {
    expect(providerCauses([...minutes('v17', '429', 2, 2), ...minutes('v18', '429', 2, 2)], input)).toEqual(
      [],
    );
    expect(providerCauses(minutes('v18', 'parse_error', 20), input)).toEqual([]);
    const young = minutes('v18', '429', 20).filter(({ startMs }) => startMs >= T - 11 * MIN);
    expect(providerCauses(young, input)).toEqual([]);
  });

  it('are told by their type: numbers stand for themselves, words are part of many', () => {
    expect(isProviderError('429', listed)).toBe(true);
    expect(isProviderError('4290', listed)).toBe(false);
    expect(isProviderError('APITimeoutError', listed)).toBe(true);
    expect(isProviderError('json_parse_error', listed)).toBe(false);
  });
});

describe('workers', () => {
  const worker = (name: string, events: number) => ({ worker: name, conversations: 400, events });
  const fleet = (bad: number) =>
    Array.from({ length: 48 }, (_, index) => worker(`w-${index}`, index < bad ? 40 : 4));

  it('that alone are worse are named; without them the version is as good as usual', () => {
    const worse = worseWorkers(fleet(3), 0.01);
    expect(worse.map(({ worker: name }) => name)).toEqual(['w-0', 'w-1', 'w-2']);
    expect(workerCause(worse, fleet(3), { version: 'v18', atMs: T })[0]).toMatchObject({
      what: '3 of 48 workers differ from the rest on v18 (10 % against 1 %)',
      reaches: { kind: 'workers', workers: ['w-0', 'w-1', 'w-2'] },
    });
  });

  it('are not named by what chance brings about among eight of them, looked at every minute', () => {
    const one = (name: string, conversations: number, events: number) => ({
      worker: name,
      conversations,
      events,
    });
    const rest = Array.from({ length: 7 }, (_, index) => one(`w-${index + 1}`, 36, 2));
    expect(worseWorkers([one('w-0', 34, 10), ...rest], 0.04)).toEqual([]);
    expect(worseWorkers([one('w-0', 34, 16), ...rest], 0.04).map(({ worker: name }) => name)).toEqual([
      'w-0',
    ]);
  });

  it('are no suspects where the harm is spread, or where the rest is worse than usual as well', () => {
    expect(worseWorkers(fleet(0), 0.01)).toEqual([]);
    expect(worseWorkers(fleet(40), 0.01)).toEqual([]);
    expect(worseWorkers(fleet(3), 0.001)).toEqual([]);
    expect(worseWorkers([worker('w-0', 40), worker('w-1', 4)], 0.01)).toEqual([]);
  });
});
