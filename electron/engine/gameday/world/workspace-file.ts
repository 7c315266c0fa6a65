import { writeFile } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { stringify } from 'yaml';
import type { Scenario, ScenarioPrompt } from '#shared/model/scenario.ts';
import type { Workspace } from '#shared/model/workspace.ts';
import type { ConnectorDescriptor } from '#engine/connectors/kind.ts';
import { RUNNER, SUITES_FOLDER, type Suites } from './suites.ts';

/** Names of the sources in every drill's workspace. */
export const SOURCES = {
  flags: 'drill-flags',
  registry: 'drill-registry',
  config: 'drill-config',
  channel: 'drill-channel',
} as const;
export const ENVIRONMENT = 'production';

const DAY_MS = 24 * 3600_000;

/** A console that a drill's lever would have; the name resolves nowhere. */
export const consoleUrlOf = (key: string) => `https://flags.drill.invalid/${encodeURIComponent(key)}`;

/** The flag, label or pin of a prompt by name. */
export const leverKeyOf = (prompt: ScenarioPrompt): string =>
  prompt.lever === 'flag' ? `${prompt.id}_rollout` : prompt.id;

/** When a version was written; a new one shortly before it was shipped. */
function writtenAtMs(daysAgo: number, shippedMs: number, startMs: number): number {
  return daysAgo === 0 ? shippedMs - 120_000 : startMs - daysAgo * DAY_MS;
}

function promptOf(
  prompt: ScenarioPrompt,
  shippedMs: number,
  startMs: number,
  suites: Suites['byPrompt'],
): object {
  const key = leverKeyOf(prompt);
  const suite = suites.get(prompt.id);
  return {
    id: prompt.id,
    service: prompt.service,
    ...(prompt.owner === null ? {} : { owner: prompt.owner }),
    control: prompt.control,
    ...(prompt.candidate === null ? {} : { candidate: prompt.candidate }),
    cohorts: prompt.cohorts.length > 1 ? prompt.cohorts.map(({ name }) => name) : [],
    versions: prompt.versions.map((version) => ({
      id: version.id,
      ...(version.sha === null ? {} : { sha: version.sha }),
      ...(version.text === '' ? {} : { text: version.text }),
      author: version.author,
      ...(version.message === '' ? {} : { message: version.message }),
      ...(version.evals === undefined ? {} : { evals: version.evals }),
      at: new Date(writtenAtMs(version.daysAgo, shippedMs, startMs)).toISOString(),
      knownIssues: version.knownIssues,
    })),
    ...(prompt.lever === 'flag' ? { flag: { source: SOURCES.flags, key, environment: ENVIRONMENT } } : {}),
    ...(prompt.lever === 'registry'
      ? { registry: { source: SOURCES.registry, prompt: key, label: ENVIRONMENT } }
      : {}),
    ...(prompt.lever === 'config'
      ? { config: { source: SOURCES.config, key, environment: ENVIRONMENT } }
      : {}),
    // An address that leads nowhere: in a drill the switch is in the cockpit.
    ...(prompt.hasConsoleLink ? { links: { console: consoleUrlOf(key) } } : {}),
    ...(prompt.hasChat ? { chat: { source: SOURCES.channel, channel: '#drill' } } : {}),
    paging: { source: SOURCES.channel, service: prompt.service },
    ...(suite === undefined ? {} : { evals: [suite] }),
  };
}

/** The systems that this drill's prompts use, and the channel. */
function sourcesOf({ prompts }: Scenario): object[] {
  const uses = (lever: ScenarioPrompt['lever']) => prompts.some((prompt) => prompt.lever === lever);
  return [
    ...(uses('flag') ? [{ id: SOURCES.flags, connector: 'flag-board', title: 'Drill flags' }] : []),
    ...(uses('registry')
      ? [{ id: SOURCES.registry, connector: 'prompt-shelf', title: 'Drill registry' }]
      : []),
    ...(uses('config') ? [{ id: SOURCES.config, connector: 'config-shelf', title: 'Drill config' }] : []),
    {
      id: SOURCES.channel,
      connector: 'practice-channel',
      title: 'drill-channel',
      settings: { name: 'drill-channel' },
    },
  ];
}

/** The workspace of a drill. It names built-in connectors alone, and suites inside of the drill's own folder. */
export function workspaceOf(
  scenario: Scenario,
  shippedMs: number,
  startMs: number,
  suites: Suites['byPrompt'],
): object {
  return {
    version: 1,
    name: `DRILL: ${scenario.title}`,
    telemetry: { port: 0, retentionHours: 24 },
    sources: sourcesOf(scenario),
    prompts: scenario.prompts.map((prompt) => promptOf(prompt, shippedMs, startMs, suites)),
  };
}

/**
 * Writes the workspace file into the drill's folder and gives its path.
 * Throws RangeError when it names a connector that is not built in, or an eval suite anywhere else: such a one could reach beyond the drill.
 */
export async function writeWorkspace(
  dataDir: string,
  workspace: object,
  builtIn: readonly ConnectorDescriptor[],
): Promise<string> {
  refuseForeign(workspace as Pick<Workspace, 'sources'>, builtIn);
  refuseForeignSuites(workspace);
  const path = join(dataDir, 'fusebox.yaml');
  await writeFile(path, stringify(workspace), { mode: 0o600 });
  return path;
}

/** Throws RangeError when a source of the workspace is not of a built-in connector. */
export function refuseForeign(
  { sources }: Pick<Workspace, 'sources'>,
  builtIn: readonly Pick<ConnectorDescriptor, 'id'>[],
): void {
  const foreign = sources.find(({ connector }) => !builtIn.some(({ id }) => id === connector));
  if (foreign)
    throw new RangeError(
      `A drill cannot have the source ${foreign.id}: ${foreign.connector} reaches beyond this machine.`,
    );
}

type SuitesOf = {
  readonly prompts?: readonly {
    readonly evals?: readonly { readonly checkout: unknown; readonly command: readonly string[] }[];
  }[];
};

/** Throws RangeError on a suite whose checkout does not lie in the drill's folder of suites, or whose command would start a program. */
export function refuseForeignSuites({ prompts = [] }: SuitesOf): void {
  for (const { checkout, command } of prompts.flatMap(({ evals = [] }) => evals)) {
    const place = typeof checkout === 'string' ? normalize(checkout) : '';
    const isInside = !isAbsolute(place) && place.startsWith(join(SUITES_FOLDER, '/'));
    if (!isInside) throw new RangeError('The eval suite of a drill lies in the drill’s own folder.');
    if (command[0] !== RUNNER) throw new RangeError('The eval suite of a drill starts no program.');
  }
}
