import { expect, it } from 'vitest';
import { incident, MINUTE, ONSET } from '#shared/domain/drill/test-drill.ts';
import type { SourceDesk } from '../ports.ts';
import { gatherReferences } from './gather-rates.ts';
import { emptyEvidence, workspaceDesk } from './test-bench.ts';

const FLIP = ONSET + 6 * MINUTE;
const prompt = workspaceDesk().prompt('support')!;

/** v18 shipped 40 min before it turned bad; 10 conversations a minute on it, 10 % bad from the onset on. */
const evidence = emptyEvidence({
  counts: async ({ window }) =>
    ['v17', 'v18'].map((version) => {
      const minutes = (window.toMs - window.fromMs) / MINUTE;
      const badMinutes = Math.max(0, window.toMs - Math.max(ONSET, window.fromMs)) / MINUTE;
      const rate = {
        kind: 'rate',
        conversations: minutes * 10,
        events: version === 'v18' ? badMinutes : 0,
      } as const;
      return {
        version,
        sha: null,
        cohort: 'all',
        conversations: minutes * 10,
        readings: {
          complaints: rate,
          safety: rate,
          downstream: rate,
          csat: { kind: 'mean', ratings: 0, sum: 0, sumSquares: 0 } as const,
        },
      };
    }),
});

const sources = { instance: () => null } as unknown as SourceDesk;
const flip = { atMs: FLIP, operationId: 'flip', nowMs: FLIP };
const { alarm } = incident();

it.each([
  ['from the onset on, as the alarm dated it', { aboutMs: ONSET, earliestMs: ONSET, latestMs: ONSET }, 0.1],
  ['since it shipped, where nothing is dated', null, 6 / 460],
])('the level of the incident is measured %s', async (_, onset, level) => {
  const record = {
    badVersion: 'v18',
    goodVersion: 'v17',
    cohort: 'all',
    shippedAtMs: ONSET - 40 * MINUTE,
    alarm: alarm && { ...alarm, onset },
  };
  const { complaints } = await gatherReferences({ evidence, sources }, prompt, record, flip);
  expect((complaints?.incident.events ?? 0) / (complaints?.incident.conversations ?? 1)).toBeCloseTo(
    level,
    5,
  );
  // What is normal is measured over all of it in any case.
  expect(complaints?.baseline.conversations).toBe(460);
});

it('a version that turned bad alone is judged against its own calm past, as far as that rests on more than the good version', async () => {
  const alone = emptyEvidence({
    counts: async (query) => (await evidence.counts(query)).filter(({ version }) => version === 'v18'),
  });
  const onset = { aboutMs: ONSET, earliestMs: ONSET - MINUTE, latestMs: ONSET + MINUTE };
  const record = (basis: 'history' | 'comparison') => ({
    badVersion: 'v18',
    goodVersion: 'v17',
    cohort: 'all',
    shippedAtMs: ONSET - 40 * MINUTE,
    alarm: alarm && { ...alarm, onset, basis },
  });
  const gathered = async (basis: 'history' | 'comparison') =>
    (await gatherReferences({ evidence: alone, sources }, prompt, record(basis), flip)).complaints;
  expect((await gathered('history'))?.baseline).toEqual({ conversations: 390, events: 0 });
  expect(await gathered('comparison')).toBeNull();
  const both = await gatherReferences({ evidence, sources }, prompt, record('history'), flip);
  expect(both.complaints?.baseline).toEqual({ conversations: 460, events: 0 });
});
