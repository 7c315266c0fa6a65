import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scenario } from '#shared/model/scenario.ts';
import type { PartLog } from '#engine/log/log.ts';
import { readScenario, type ScenarioProblem } from './read-scenario.ts';

export type Library = {
  /** By id. */
  readonly scenarios: readonly Scenario[];
  /** Files that cannot be used, and why; the others can. */
  readonly problems: readonly ScenarioProblem[];
};

/** Every scenario of a folder, one file each. A folder that cannot be read is a problem like any other; never rejects. */
export async function readLibrary(folder: string): Promise<Library> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).toSorted();
  } catch (error) {
    return { scenarios: [], problems: [unreadable(folder, error)] };
  }
  const read = await Promise.all(
    names.map(async (name) => {
      try {
        return readScenario(await readFile(join(folder, name), 'utf8'), name);
      } catch (error) {
        return { scenario: null, problems: [unreadable(name, error)] };
      }
    }),
  );
  return {
    scenarios: read.flatMap(({ scenario }) => (scenario === null ? [] : [scenario])),
    problems: read.flatMap(({ problems }) => problems),
  };
}

/** The scenarios that can be played; what is wrong with the others goes to the log. Without a folder there are none. */
export async function playableScenarios(
  folder: string | undefined,
  log: Pick<PartLog, 'warn'>,
): Promise<readonly Scenario[]> {
  if (folder === undefined) return [];
  const { scenarios, problems } = await readLibrary(folder);
  for (const problem of problems) log.warn({ ...problem }, 'a scenario of the library cannot be used');
  return scenarios;
}

function unreadable(file: string, error: unknown): ScenarioProblem {
  const message = `It cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
  return { file, line: null, path: '', message, fix: 'Check that it is there and may be read.' };
}
