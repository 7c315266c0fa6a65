import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { facts, goodResponse, observed, scenario } from '#shared/domain/drill/test-drill.ts';
import { scoreDrill } from '#shared/domain/drill/score.ts';
import { drillList, drillReplay, drillRun } from './drill.ts';
import { replayLines, reportLines, tableLines } from './drill-lines.ts';
import { EXIT } from './exit-codes.ts';

function listen() {
  const lines: string[] = [];
  return { lines, say: (line: string) => void lines.push(line) };
}

describe('fusebox drill', () => {
  it('lists the library, a line each, or as JSON', async () => {
    const [out, json, errors] = [listen(), listen(), listen()];
    expect(await drillList({ isJson: false, own: null }, out.say, errors.say)).toBe(EXIT.done);
    expect(out.lines.find((line) => line.startsWith('leak-05-stale-workers'))).toContain('leak  5');
    await drillList({ isJson: true, own: null }, json.say, errors.say);
    expect(JSON.parse(json.lines.join('\n'))).toHaveLength(out.lines.length);
    expect(errors.lines).toEqual([]);
  });

  it('lists a team’s own beside the library, and says which of its files cannot be used', async () => {
    const [out, errors] = [listen(), listen()];
    const own = await mkdtemp(join(tmpdir(), 'fusebox-own-'));
    await writeFile(join(own, 'ours.yaml'), 'id: ours\n');
    expect(await drillList({ isJson: false, own }, out.say, errors.say)).toBe(EXIT.failed);
    await rm(own, { recursive: true });
    expect(out.lines.length).toBeGreaterThan(20);
    expect(errors.lines[0]).toMatch(/^ours\.yaml:1 /);
  });

  it('a scenario that does not exist is a usage error, and plays nothing', async () => {
    const [out, errors] = [listen(), listen()];
    const options = {
      own: null,
      bundle: null,
      ids: ['greting'],
      firstSeed: 1,
      seeds: 1,
      speed: null,
      responder: 'auto',
      isJson: false,
    } as const;
    expect(await drillRun(options, out.say, errors.say)).toBe(EXIT.usage);
    expect(errors.lines.join('\n')).toContain('There is no scenario greting.');
    expect(out.lines).toEqual([]);
  });

  it('a bundle that cannot be used is a usage error that names file, line and reason', async () => {
    const [out, errors] = [listen(), listen()];
    const dir = await mkdtemp(join(tmpdir(), 'fusebox-bundle-'));
    const file = join(dir, 'bundle.ndjson');
    await writeFile(file, '{"fusebox":"records"}\n');
    const replay = (name: string) => drillReplay({ file: name, seed: 1, isJson: true }, out.say, errors.say);
    expect(await replay(file)).toBe(EXIT.usage);
    expect(await replay(join(dir, 'absent'))).toBe(EXIT.usage);
    await rm(dir, { recursive: true });
    expect(errors.lines[0]).toBe(`${file}: Line 1: This is no drill bundle of Fusebox.`);
    expect(errors.lines[1]).toContain('ENOENT');
    expect(out.lines).toEqual([]);
  });

  it('tells a replay beside what was recorded', () => {
    const verdict = { recorded: 'recovered', replayed: 'running' };
    const steps = [
      { id: 'detect' as const, recordedMs: 1_400_000, replayedMs: 1_401_207, isSame: true },
      { id: 'verify' as const, recordedMs: 1_882_000, replayedMs: null, isSame: false },
    ];
    const replay = { incidentId: 'INC-1', scenarioId: 'rec-inc-1', verdict, steps, isSame: false };
    expect(replayLines(replay)).toEqual([
      'INC-1 replayed (rec-inc-1)',
      '',
      'Verdict: running; recorded: recovered',
      '',
      'Steps     recorded    replayed',
      'detect       23:20       23:21',
      'verify       31:22           -  DIFFERS',
      '',
      'Not the same.',
    ]);
  });

  it('tells a drill in full: checks, steps, wrong turns, debrief', () => {
    const seen = { readiness: {}, alarms: [], leverChanges: [], incidents: [observed(goodResponse())] };
    const lines = reportLines(scoreDrill(facts({ seen, scenario: scenario({}, { wave2: true }) }))).join(
      '\n',
    );
    expect(lines).toContain('MISS  Page: none; expected support on complaints within 8 min, naming v18');
    expect(lines).toContain('MISS  Wave 2 named: no; expected yes');
    expect(lines).toContain('-20  Wave 2 missed');
    expect(lines).toMatch(/roll back +12 s of 1:00 min +within +20\/20/);
    expect(lines).toContain('Score: 80 of 100');
  });

  it('counts hits per scenario and expectation over many drills', () => {
    const report = scoreDrill(facts());
    const [line, ...rest] = tableLines([report, { ...report, seed: 2 }]);
    expect(line).toMatch(/0\/2 {2}greeting +Page: support on complaints/);
    expect(line).toContain('seed 2: none');
    expect(rest).toEqual(['0 of 2 expectations met in 2 drills']);
  });
});
