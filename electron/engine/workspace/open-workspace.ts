import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import type { PromptVersion } from '#shared/model/prompt.ts';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { Workspace } from '#shared/model/workspace.ts';
import type { WorkspaceDesk } from '../ports.ts';
import { crossCheck } from './cross-checks.ts';
import type { KnownConnector } from './cross-checks.ts';
import { explain } from './explain.ts';
import { parseYaml } from './positions.ts';
import type { WorkspaceProblem } from './positions.ts';
import type { SecretReader } from './secrets.ts';

const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_TEXT_BYTES = 1024 * 1024;

export type OpenedWorkspace = WorkspaceDesk & {
  /** Reads the file again. A broken file keeps the last good workspace; `problems()` says why. True = the workspace is another one. */
  reload(): Promise<boolean>;
};

/**
 * Loads fusebox.yaml. Shape errors make it unusable (an empty workspace at start, the last good one on reload); names that do not
 * fit, bad settings of one source and missing secrets are problems beside a workspace that works for everything else.
 */
export async function openWorkspace(options: {
  readonly path: string;
  readonly connectors: readonly KnownConnector[];
  readonly secrets: SecretReader;
}): Promise<OpenedWorkspace> {
  const path = resolve(options.path);
  const folder = dirname(path);
  let workspace: Workspace = workspaceSchema.parse({ version: 1, name: 'No workspace' });
  let problems: WorkspaceProblem[] = [];

  async function reload(): Promise<boolean> {
    const loaded = await loadWorkspace(path, options);
    const texts = loaded.workspace ? await missingTexts(folder, loaded.workspace, loaded.lineOf) : [];
    problems = [...loaded.problems, ...texts];
    if (!loaded.workspace) return false;
    const isOther = JSON.stringify(loaded.workspace) !== JSON.stringify(workspace);
    workspace = loaded.workspace;
    return isOther;
  }
  await reload();

  return {
    path,
    reload,
    current: () => workspace,
    prompt: (promptId) => workspace.prompts.find((prompt) => prompt.id === promptId) ?? null,
    problems: () => problems.map((problem) => ({ ...problem })),
    async versions(promptId) {
      const prompt = workspace.prompts.find((one) => one.id === promptId);
      return Promise.all(
        (prompt?.versions ?? []).map(async (version): Promise<PromptVersion> => {
          const read = version.file === undefined ? null : await readText(folder, version.file);
          return {
            id: version.id,
            sha: version.sha ?? null,
            text: version.text ?? (read?.ok === true ? read.text : null),
            author: version.author ?? null,
            message: version.message ?? null,
            reviewedBy: version.reviewedBy ?? null,
            evalSummary: version.evals ?? null,
            createdAtMs: version.at === undefined ? null : Date.parse(version.at),
          };
        }),
      );
    },
  };
}

type Loaded = {
  readonly workspace: Workspace | null;
  readonly problems: readonly WorkspaceProblem[];
  readonly lineOf: (path: readonly (string | number)[]) => number | null;
};

async function loadWorkspace(
  path: string,
  options: { readonly connectors: readonly KnownConnector[]; readonly secrets: SecretReader },
): Promise<Loaded> {
  const broken = (problems: readonly WorkspaceProblem[]): Loaded => ({
    workspace: null,
    problems,
    lineOf: () => null,
  });
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES)
      return broken([
        { line: null, path: '', message: `${path} is larger than 4 MiB.`, fix: 'Is it the right file?' },
      ]);
    text = await readFile(path, 'utf8');
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return broken([
      {
        line: null,
        path: '',
        message: isAbsent ? `There is no file ${path}.` : `${path} cannot be read.`,
        fix: isAbsent ? 'Check the path.' : 'Check its owner and rights.',
      },
    ]);
  }
  const yaml = parseYaml(text);
  if (yaml.problems.length > 0) return broken(yaml.problems);
  const parsed = workspaceSchema.safeParse(yaml.value ?? {});
  if (!parsed.success)
    return broken(explain(parsed.error.issues, { schema: workspaceSchema, yaml, value: yaml.value }));
  const workspace = parsed.data;
  return {
    workspace,
    problems: crossCheck({ workspace, yaml, ...options }),
    lineOf: (at) => yaml.lineOf(at),
  };
}

async function missingTexts(
  folder: string,
  workspace: Workspace,
  lineOf: Loaded['lineOf'],
): Promise<WorkspaceProblem[]> {
  const problems: WorkspaceProblem[] = [];
  for (const [promptIndex, prompt] of workspace.prompts.entries())
    for (const [versionIndex, version] of prompt.versions.entries()) {
      if (version.file === undefined) continue;
      const read = await readText(folder, version.file);
      if (!read.ok)
        problems.push({
          line: lineOf(['prompts', promptIndex, 'versions', versionIndex, 'file']),
          path: `prompts[${prompt.id}].versions[${version.id}].file`,
          message: `The text of ${version.id} cannot be read: ${read.why}.`,
          fix: 'Write a path relative to the workspace file, inside its folder.',
        });
    }
  return problems;
}

type ReadText = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** A prompt text beside the workspace file. Links are followed first: what counts is where the file really lies. */
async function readText(folder: string, file: string): Promise<ReadText> {
  if (isAbsolute(file)) return { ok: false, why: `${file} is no relative path` };
  try {
    const home = await realpath(folder);
    const real = await realpath(resolve(folder, file));
    if (real !== home && !real.startsWith(home + sep))
      return { ok: false, why: `${file} leads out of the folder of the workspace` };
    const { size } = await stat(real);
    if (size > MAX_TEXT_BYTES) return { ok: false, why: `${file} is larger than 1 MiB` };
    return { ok: true, text: await readFile(real, 'utf8') };
  } catch {
    return { ok: false, why: `there is no readable file ${file}` };
  }
}
