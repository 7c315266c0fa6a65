import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '#shared/model/drill.ts';
import { playAll } from './play-all.ts';

/**
 * Every scenario of the library with the scripted responder: what Fusebox says and advises is what the scenario expects, for every seed.
 * The full matrix has 20 seeds (as `fusebox drill run --all`), about eight minutes on two quiet cores; FUSEBOX_DRILL_SEEDS plays fewer.
 */
const SEEDS = Math.max(2, Number(process.env['FUSEBOX_DRILL_SEEDS'] ?? 20));
const FOLDER = join(import.meta.dirname, '..', '..', 'assets', 'scenarios');
const IDS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.replace(/\.yaml$/, ''))
  .toSorted();

let reports: readonly DrillReport[] = [];
beforeAll(async () => {
  reports = await playAll(IDS, SEEDS);
}, 3_600_000);

/** Hits and misses of one scenario, one line per expectation. */
function rowsOf(id: string): string[] {
  const checks = reports
    .filter(({ scenarioId }) => scenarioId === id)
    .flatMap(({ checks: all, seed }) => all.map((check) => ({ ...check, seed })));
  const names = [...new Set(checks.map(({ what, expected }) => `${what}: ${expected}`))];
  return names.map((name) => {
    const of = checks.filter(({ what, expected }) => `${what}: ${expected}` === name);
    const missed = of.filter(({ isHit }) => !isHit).map(({ seed, got }) => `seed ${seed}: ${got}`);
    const line = `${String(of.length - missed.length).padStart(3)}/${of.length}  ${id.padEnd(34)} ${name}`;
    return missed.length === 0 ? line : `${line}  MISSED ${missed.join('; ')}`;
  });
}

afterAll(() => {
  const earned = reports.reduce((sum, { points }) => sum + points.earned, 0);
  const possible = reports.reduce((sum, { points }) => sum + points.possible, 0);
  console.log(
    [
      `Drills: ${IDS.length} scenarios, ${SEEDS} seeds each (the full matrix has 20)`,
      ...IDS.flatMap(rowsOf),
      `Score of the scripted responder: ${earned} of ${possible}`,
    ].join('\n'),
  );
});

describe('Fusebox says and advises what the scenario expects', () => {
  it.each(IDS)('%s', (id) => {
    const played = reports.filter(({ scenarioId }) => scenarioId === id);
    expect(played.map(({ seed }) => seed)).toEqual(Array.from({ length: SEEDS }, (_, index) => index + 1));
    const missed = played.flatMap(({ seed, checks }) =>
      checks
        .filter(({ isHit }) => !isHit)
        .map(({ what, got, expected }) => `seed ${seed}: ${what}: ${got}, expected ${expected}`),
    );
    expect(missed).toEqual([]);
  });
});
