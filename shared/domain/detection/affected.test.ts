import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvidenceReading } from '#shared/model/detection.ts';
import { affectedStreams } from './affected.ts';

const reading = (
  cohort: string,
  evidence: number,
  change: Partial<EvidenceReading> = {},
): EvidenceReading => ({
  signal: 'complaints',
  cohort,
  basis: 'comparison',
  evidence,
  watchLine: 43.956,
  pageLine: 740.8,
  anytimeSigma: 0,
  state: 'quiet',
  candidate: { units: 100, events: 1 },
  control: { units: 100, events: 1 },
  effect: null,
  onset: null,
  isFrozen: false,
  ...change,
});
const cohorts = (list: readonly EvidenceReading[]) => list.map(({ cohort }) => cohort);

describe('the affected cohorts', () => {
  it('are those e-BH picks', () => {
    // K = 4, alpha = 0.1: the k-th largest has to reach 40 / k.
    const list = [reading('a', 14), reading('b', 45), reading('c', 21), reading('d', 0.3)];
    expect(cohorts(affectedStreams(list))).toEqual(['b', 'c', 'a']);
    expect(
      cohorts(affectedStreams([reading('a', 14), reading('b', 39), reading('c', 1), reading('d', 1)])),
    ).toEqual([]);
    expect(affectedStreams([])).toEqual([]);
  });

  it('leave out what is no evidence of a cohort', () => {
    const list = [
      reading('all', 1e9),
      reading('a', 1e9, { basis: 'history' }),
      reading('a', 1e9, { signal: 'fallback' }),
      reading('b', 11),
    ];
    expect(cohorts(affectedStreams(list))).toEqual(['b']);
  });

  it('hold their false share over many quiet cohorts', () => {
    // E-values that are as large as e-values may be: 1/U is not one, 1/(2 sqrt U) is (its mean is 1).
    let seed = 3;
    const random = () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return (seed + 0.5) / 4_294_967_296;
    };
    let wrongly = 0;
    const runs = 500;
    for (let run = 0; run < runs; run += 1) {
      const list = Array.from({ length: 50 }, (_, index) =>
        index < 5 ? reading(`hit ${index}`, 5_000) : reading(`fine ${index}`, 0.5 / Math.sqrt(random())),
      );
      const listed = cohorts(affectedStreams(list));
      expect(listed.filter((name) => name.startsWith('hit'))).toHaveLength(5);
      wrongly += listed.filter((name) => name.startsWith('fine')).length / listed.length;
    }
    expect(wrongly / runs).toBeLessThanOrEqual(0.1);
  });

  it('never grow when one cohort looks better', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.nat(19), (list, pick) => {
        const readings = list.map((value, index) => reading(`c${index}`, value));
        const better = readings.map((each, index) =>
          index === pick % list.length ? { ...each, evidence: each.evidence / 2 } : each,
        );
        expect(affectedStreams(better).length).toBeLessThanOrEqual(affectedStreams(readings).length);
      }),
    );
  });
});
