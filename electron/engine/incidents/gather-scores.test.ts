import { describe, expect, it } from 'vitest';
import type { TickRow, VersionCounts } from '../telemetry/kind.ts';
import { gatherScoreReference, gatherScores } from './gather-scores.ts';
import { emptyEvidence, workspaceDesk } from './test-bench.ts';

const FLIP = Date.UTC(2026, 4, 9, 14, 12, 0);
const record = { badVersion: 'v18', goodVersion: 'v17', cohort: 'all' };
const prompt = workspaceDesk().prompt('support')!;

const scores = (ratings: number, mean: number, sd: number) => ({
  ratings,
  sum: ratings * mean,
  sumSquares: (ratings - 1) * sd * sd + ratings * mean * mean,
});
const row = (version: string, cohort: string, mean: number): VersionCounts => {
  const rate = { kind: 'rate', conversations: 2_000, events: 0 } as const;
  const readings = { complaints: rate, safety: rate, downstream: rate };
  return {
    version,
    sha: null,
    cohort,
    conversations: 2_000,
    readings: { ...readings, csat: { kind: 'mean', ...scores(500, mean, 25) } },
  };
};
const counts = async () => [
  row('v18', 'acme', 60),
  row('v18', 'globex', 70),
  row('v17', 'acme', 80),
  row('v17', 'globex', 80),
];
const window = { fromMs: FLIP - 3_600_000, toMs: FLIP };
const ticks = (score: number) => async (): Promise<TickRow[]> =>
  Array.from({ length: 60 }, (_, index) => ({
    bucketMs: FLIP + 80_000 + index * 10_000,
    version: 'v17',
    cohort: index % 2 === 0 ? 'acme' : 'globex',
    conversations: 40,
    events: {},
    ratings: [[score, 10]] as const,
  }));

describe('csat after a flip', () => {
  it('is judged against both versions, over the cohorts of the incident', async () => {
    const evidence = emptyEvidence({ counts });
    const all = await gatherScoreReference(evidence, prompt, record, window);
    expect(all).toMatchObject({
      incident: { ratings: 1_000, sum: 65_000 },
      baseline: { ratings: 1_000, sum: 80_000 },
    });
    const acme = await gatherScoreReference(evidence, prompt, { ...record, cohort: 'acme' }, window);
    expect(acme).toMatchObject({ incident: { ratings: 500, sum: 30_000 } });
    expect(await gatherScoreReference(emptyEvidence(), prompt, record, window)).toBeNull();
  });

  it('counts ratings of conversations that began after the drain', async () => {
    const reference = { incident: scores(1_000, 65, 25), baseline: scores(1_000, 80, 25) };
    const times = { flipAtMs: FLIP, nowMs: FLIP + 690_000 };
    const back = await gatherScores(emptyEvidence({ ticks: ticks(85) }), prompt, record, reference, times);
    expect(back).toMatchObject({ hasDropped: true, problem: null, ratingsPerMinute: 59 });
    expect(back.evidence).toMatchObject({ ratings: 590 });
    expect(back.evidence!.recovered).toBeGreaterThan(20);
    const not = await gatherScores(emptyEvidence({ ticks: ticks(60) }), prompt, record, reference, times);
    expect(not.evidence!.notRecovered).toBeGreaterThan(20);
  });

  it('says why there is nothing to judge by', async () => {
    const times = { flipAtMs: FLIP, nowMs: FLIP + 690_000 };
    const reference = { incident: scores(1_000, 65, 25), baseline: scores(1_000, 80, 25) };
    const broken = emptyEvidence({ ticks: async () => Promise.reject(new Error('store closed')) });
    expect(await gatherScores(broken, prompt, record, reference, times)).toMatchObject({
      evidence: null,
      problem: 'ratings cannot be read: store closed',
    });
    expect(await gatherScores(emptyEvidence(), prompt, record, null, times)).toMatchObject({
      evidence: null,
      hasDropped: null,
    });
  });
});
