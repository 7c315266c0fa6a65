import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ScenarioProblem } from '#shared/model/drill.ts';
import type { Scenario } from '#shared/model/scenario.ts';
import type { WorkspaceDesk } from '#engine/ports.ts';
import { readScenario, type ReadScenario } from './read-scenario.ts';

export type Library = {
  /** By id. */
  readonly scenarios: readonly Scenario[];
  /** Files that cannot be used, and why; the others can. */
  readonly problems: readonly ScenarioProblem[];
};

/**
 * Every scenario of these folders, one file each, an earlier folder before a later one: an id of its own each. A folder that cannot be read is a
 * problem like any other; never rejects.
 */
export async function readLibrary(folders: readonly string[]): Promise<Library> {
  const read = (await Promise.all(folders.map(readFolder))).flat();
  const byId = new Map<string, Scenario>();
  const problems = read.flatMap((one) => one.problems);
  for (const { file, scenario } of read) {
    if (scenario === null) continue;
    if (byId.has(scenario.id)) problems.push(taken(file, scenario.id));
    else byId.set(scenario.id, scenario);
  }
  return { scenarios: [...byId.values()], problems };
}

/** The library's folder, and that of the team's own scenarios where its workspace file names one. */
export function scenarioFolders(
  library: string | undefined,
  workspace: Pick<WorkspaceDesk, 'current' | 'path'>,
): string[] {
  const { scenarios: own } = workspace.current();
  return [
    ...(library === undefined ? [] : [library]),
    ...(own === undefined ? [] : [resolve(dirname(workspace.path ?? '.'), own)]),
  ];
}

type ReadFile = ReadScenario & { readonly file: string };

async function readFolder(folder: string): Promise<ReadFile[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).toSorted();
  } catch (error) {
    return [{ file: folder, scenario: null, problems: [unreadable(folder, error)] }];
  }
  return Promise.all(
    names.map(async (file) => {
      try {
        return { file, ...readScenario(await readFile(join(folder, file), 'utf8'), file) };
      } catch (error) {
        return { file, scenario: null, problems: [unreadable(file, error)] };
      }
    }),
  );
}

function taken(file: string, id: string): ScenarioProblem {
  const message = `There is another scenario ${id}.`;
  return { file, line: null, path: 'id', message, fix: 'Give it and its file another id.' };
}

function unreadable(file: string, error: unknown): ScenarioProblem {
  const message = `It cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
  return { file, line: null, path: '', message, fix: 'Check that it is there and may be read.' };
}
