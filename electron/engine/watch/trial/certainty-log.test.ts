import { describe, expect, it } from 'vitest';
import type { EvidenceReading } from '#shared/model/detection.ts';
import { certaintyStateSchema, createCertaintyLog } from './certainty-log.ts';

const HOUR = 3_600_000;
const all = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const reading = (anytimeSigma: number, cohort = 'all'): EvidenceReading => ({
  signal: 'complaints',
  cohort,
  basis: 'comparison',
  evidence: 1,
  watchLine: 44,
  pageLine: 741,
  anytimeSigma,
  state: 'quiet',
  candidate: { units: 0, events: 0 },
  control: { units: 0, events: 0 },
  effect: null,
  onset: null,
  isFrozen: false,
});

describe('the certainty log', () => {
  it('keeps every tick of the last quarter of an hour, and one a minute of three hours', () => {
    const log = createCertaintyLog();
    for (let tick = 1; tick <= 4 * 360; tick += 1) log.add(tick * 10_000, [reading(tick / 1000)]);
    const { points } = log.series('complaints', 'all', all);
    const lastMs = 4 * HOUR;
    expect(points.at(-1)).toEqual({ atMs: lastMs, sigma: 1.44 });
    expect(points[0]!.atMs).toBeGreaterThanOrEqual(lastMs - 3 * HOUR);
    expect(points.filter(({ atMs }) => atMs > lastMs - 15 * 60_000)).toHaveLength(90);
    expect(points.length).toBeLessThan(90 + 170);
    expect(points.map(({ atMs }) => atMs)).toEqual(points.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  });

  it('has no figure for a cohort from before it was seen, and none for one it does not know', () => {
    const log = createCertaintyLog();
    log.add(10_000, [reading(0.1)]);
    log.add(20_000, [reading(0.2), reading(0.3, 'a')]);
    expect(log.series('complaints', 'a', all).points).toEqual([
      { atMs: 10_000, sigma: null },
      { atMs: 20_000, sigma: 0.3 },
    ]);
    expect(log.series('csat', 'all', all).points).toEqual([]);
  });

  it('is the same after a restart, and takes no point twice', () => {
    const log = createCertaintyLog();
    log.add(10_000, [reading(0.1)]);
    log.add(20_000, [reading(0.2)]);
    const again = createCertaintyLog(certaintyStateSchema.parse(JSON.parse(JSON.stringify(log.state()))));
    again.add(20_000, [reading(0.9)]);
    expect(again.series('complaints', 'all', all)).toEqual(log.series('complaints', 'all', all));
    expect(again.series('complaints', 'all', { fromMs: 15_000, toMs: 25_000 }).points).toHaveLength(1);
  });
});
