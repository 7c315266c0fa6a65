import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ScenarioProblem } from '#shared/model/drill.ts';
import type { Scenario } from '#shared/model/scenario.ts';
import type { WorkspaceDesk } from '#engine/ports.ts';
import { readScenario, type ReadScenario } from './read-scenario.ts';

/** Where scenarios lie, one file each: those that ship with Fusebox, and the team's own. */
export type ScenarioFolders = { readonly shipped?: string | undefined; readonly own?: string | undefined };

export type Library = {
  /** By id, the shipped ones first. */
  readonly scenarios: readonly Scenario[];
  /** Which of them are the team's own. */
  readonly ownIds: ReadonlySet<string>;
  /** Files that cannot be used, and why; the others can. */
  readonly problems: readonly ScenarioProblem[];
};

/** Every scenario of these folders, an id of its own each. A folder that cannot be read is a problem like any other; never rejects. */
export async function readLibrary({ shipped, own }: ScenarioFolders): Promise<Library> {
  const [ofShipped, ofOwn] = await Promise.all([readFolder(shipped), readFolder(own)]);
  const read = [...ofShipped, ...ofOwn];
  const byId = new Map<string, Scenario>();
  const problems = read.flatMap((one) => one.problems);
  for (const { file, scenario } of read) {
    if (scenario === null) continue;
    if (byId.has(scenario.id)) problems.push(taken(file, scenario.id));
    else byId.set(scenario.id, scenario);
  }
  const ownIds = ofOwn.flatMap(({ scenario }) =>
    scenario !== null && byId.get(scenario.id) === scenario ? [scenario.id] : [],
  );
  return { scenarios: [...byId.values()], ownIds: new Set(ownIds), problems };
}

/** The folder of the team's own scenarios, where its workspace file names one. */
export function ownScenarios(workspace: Pick<WorkspaceDesk, 'current' | 'path'>): string | undefined {
  const { scenarios } = workspace.current();
  return scenarios === undefined ? undefined : resolve(dirname(workspace.path ?? '.'), scenarios);
}

type ReadFile = ReadScenario & { readonly file: string };

async function readFolder(folder: string | undefined): Promise<ReadFile[]> {
  if (folder === undefined) return [];
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
