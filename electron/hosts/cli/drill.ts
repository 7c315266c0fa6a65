import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DrillReport } from '#shared/model/drill.ts';
import type { Scenario } from '#shared/model/scenario.ts';
import { createEngine } from '#engine/app.ts';
import { type Bundle, readBundle } from '#engine/gameday/recorded/bundle-text.ts';
import { replayIncident } from '#engine/gameday/recorded/replay-incident.ts';
import { runDrill } from '#engine/gameday/responder/run-drill.ts';
import { readLibrary } from '#engine/gameday/scenarios/library.ts';
import { problemLine } from '#engine/gameday/scenarios/read-scenario.ts';
import { createOpenWorld } from '#engine/gameday/world/open-world.ts';
import { findPackageRoot } from '../package-root.ts';
import { libraryLines, replayLines, reportLines, tableLines } from './drill-lines.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

type Say = (line: string) => void;

/** `fusebox drill list`. Exit code 1 when a file of the library cannot be used; the others are listed all the same. */
export async function drillList(
  { isJson, own }: { readonly isJson: boolean; readonly own: string | null },
  say: Say,
  complain: Say,
): Promise<ExitCode> {
  const { scenarios, problems } = await libraryWith(own);
  for (const problem of problems) complain(problemLine(problem));
  if (isJson) say(JSON.stringify(scenarios, null, 2));
  else for (const line of libraryLines(scenarios)) say(line);
  return problems.length === 0 ? EXIT.done : EXIT.failed;
}

const libraryWith = (own: string | null) =>
  readLibrary({ shipped: findPackageRoot().scenariosPath, own: own === null ? undefined : resolve(own) });

export type DrillRunOptions = {
  /** Folder of the team's own scenarios; null = those of Fusebox alone. */
  readonly own: string | null;
  /** A file with a recorded incident, in place of the library; null = none. */
  readonly bundle: string | null;
  /** Empty = every scenario of the library. */
  readonly ids: readonly string[];
  readonly firstSeed: number;
  readonly seeds: number;
  /** Null: as fast as the machine goes. */
  readonly speed: number | null;
  readonly responder: 'auto' | 'none';
  readonly isJson: boolean;
};

/**
 * `fusebox drill run`. One drill is told in full; of several one line each (`--json`: one report a line), then a table. Exit code 0 whatever the
 * score; 1 where the responder is `auto` and Fusebox said something else than the scenario expects; 2 for a scenario that does not exist.
 */
export async function drillRun(options: DrillRunOptions, say: Say, complain: Say): Promise<ExitCode> {
  if (options.bundle !== null) {
    const bundle = await openBundle(options.bundle, complain);
    return bundle === null ? EXIT.usage : playAll([bundle.scenario], options, say, complain);
  }
  const { scenarios, problems } = await libraryWith(options.own);
  const chosen =
    options.ids.length === 0 ? scenarios : scenarios.filter(({ id }) => options.ids.includes(id));
  const unknown = options.ids.filter((id) => !scenarios.some((scenario) => scenario.id === id));
  for (const problem of problems) complain(problemLine(problem));
  if (unknown.length > 0) {
    complain(`There is no scenario ${unknown.join(', ')}. \`fusebox drill list\` names them.`);
    return EXIT.usage;
  }
  return playAll(chosen, options, say, complain);
}

async function playAll(
  chosen: readonly Scenario[],
  options: DrillRunOptions,
  say: Say,
  complain: Say,
): Promise<ExitCode> {
  const isOne = chosen.length === 1 && options.seeds === 1;
  const reports: DrillReport[] = [];
  for (const scenario of chosen) {
    for (let seed = options.firstSeed; seed < options.firstSeed + options.seeds; seed += 1) {
      const report = await runOne(scenario, seed, options);
      reports.push(report);
      if (options.isJson) say(JSON.stringify(report, null, isOne ? 2 : 0));
      else if (isOne) for (const line of reportLines(report)) say(line);
      else
        complain(
          `${scenario.id} seed ${seed}: ${report.points.earned} of ${report.points.possible}${missesOf(report)}`,
        );
    }
  }
  if (!options.isJson && !isOne) for (const line of tableLines(reports)) say(line);
  const isJudged = options.responder === 'auto';
  return isJudged && reports.some(({ checks }) => checks.some(({ isHit }) => !isHit))
    ? EXIT.failed
    : EXIT.done;
}

/**
 * `fusebox drill run --bundle`: a recorded incident as it was. Exit code 0 when verdict and steps come out as they were recorded, 1 when they do
 * not, 2 for a bundle that cannot be used.
 */
export async function drillReplay(
  { file, seed, isJson }: { readonly file: string; readonly seed: number; readonly isJson: boolean },
  say: Say,
  complain: Say,
): Promise<ExitCode> {
  const bundle = await openBundle(file, complain);
  if (bundle === null) return EXIT.usage;
  const { replay } = await inOwnFolder((dataDir) =>
    replayIncident({ scenario: bundle.scenario, seed, openWorld: createOpenWorld(createEngine), dataDir }),
  );
  if (isJson) say(JSON.stringify(replay, null, 2));
  else for (const line of replayLines(replay)) say(line);
  return replay.isSame ? EXIT.done : EXIT.failed;
}

async function openBundle(file: string, complain: Say): Promise<Bundle | null> {
  try {
    return readBundle(await readFile(file, 'utf8'));
  } catch (error) {
    complain(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function missesOf({ checks }: DrillReport): string {
  const missed = checks.filter(({ isHit }) => !isHit);
  return missed.map(({ what, got, expected }) => `; ${what}: ${got}, expected ${expected}`).join('');
}

/** The folder is gone afterwards: a drill leaves nothing in anybody's record. */
async function inOwnFolder<T>(play: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-drill-'));
  try {
    return await play(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function runOne(scenario: Scenario, seed: number, options: DrillRunOptions): Promise<DrillReport> {
  return inOwnFolder(async (dataDir) => {
    const { report } = await runDrill({
      scenario,
      seed,
      openWorld: createOpenWorld(createEngine),
      dataDir,
      speed: options.speed ?? 'stepped',
      responder: options.responder,
      wallNowMs: () => Date.now(),
    });
    return report;
  });
}
