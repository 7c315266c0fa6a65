import type { z } from 'zod';
import { SIGNALS } from '#shared/model/signal.ts';
import type { SignalId } from '#shared/model/signal.ts';
import type { SourceKind } from '#shared/model/source.ts';
import { secretRefSchema } from '#shared/model/workspace.ts';
import type { Workspace, WorkspacePrompt } from '#shared/model/workspace.ts';
import { explain } from './explain.ts';
import { nearest } from './nearest.ts';
import { pathText } from './positions.ts';
import type { ParsedYaml, Path, WorkspaceProblem } from './positions.ts';
import type { SecretReader } from './secrets.ts';

/** What the workspace must know about a connector; ConnectorDescriptor fits. */
export type KnownConnector = {
  readonly id: string;
  readonly kinds: readonly SourceKind[];
  readonly settings: z.ZodType;
};

/** Signals refer to the built-in store by this name. */
const RESERVED_ID = 'telemetry';

type CheckContext = {
  readonly workspace: Workspace;
  readonly yaml: ParsedYaml;
  readonly connectors: readonly KnownConnector[];
  readonly secrets: SecretReader;
};

/** What the shape alone cannot say: names that must fit each other, settings of each connector, secrets that must be there. */
export function crossCheck(context: CheckContext): WorkspaceProblem[] {
  const { workspace, yaml } = context;
  const problem = (path: Path, message: string, fix: string): WorkspaceProblem => ({
    line: yaml.lineOf(path),
    path: pathText(path, workspace),
    message,
    fix,
  });
  return [
    ...duplicates(workspace.sources, 'sources', problem),
    ...duplicates(workspace.prompts, 'prompts', problem),
    ...workspace.sources.flatMap((_source, index) => sourceProblems(context, index, problem)),
    ...teamProblems(workspace, problem),
    ...auditProblems(workspace, problem),
    ...secretProblems(context, workspace.telemetry.token, ['telemetry', 'token'], problem),
    ...workspace.prompts.flatMap((prompt, index) =>
      promptProblems(context, prompt, ['prompts', index], problem),
    ),
  ];
}

/** Anchors that go nowhere. */
function auditProblems({ audit, sources }: Workspace, problem: MakeProblem): WorkspaceProblem[] {
  const anchor = audit?.anchor;
  if (!anchor) return [];
  const { file, gitNote, chat } = anchor;
  const path: Path = ['audit', 'anchor'];
  if (file === undefined && gitNote === undefined && chat === undefined) {
    const fix = 'Write at least one of: file, gitNote, chat.';
    return [problem(path, 'The audit trail is to be anchored, but nowhere.', fix)];
  }
  if (chat === undefined || sources.some(({ id }) => id === chat.source)) return [];
  const ids = sources.map(({ id }) => id);
  const fix = ids.length > 0 ? `Write one of: ${ids.join(', ')}.` : 'Add it under sources.';
  return [problem([...path, 'chat', 'source'], `There is no source "${chat.source}".`, fix)];
}

/** Two people of one account or one name: only the first one would count. A team in which nobody may respond helps nobody at night. */
function teamProblems({ team }: Workspace, problem: MakeProblem): WorkspaceProblem[] {
  if (!team) return [];
  const plain = (text: string) => text.trim().toLowerCase();
  const accounts = team.people.map(({ name, actor }) => plain(actor ?? name));
  const names = team.people.map(({ name }) => plain(name));
  const doubles = team.people.flatMap(({ name }, index) =>
    accounts.indexOf(accounts[index] ?? '') === index && names.indexOf(names[index] ?? '') === index
      ? []
      : [
          problem(
            ['team', 'people', index],
            `"${name}" stands under team twice, by name or by account; only the first one counts.`,
            'Put their roles into one entry.',
          ),
        ],
  );
  const roles = [team.others, ...team.people.flatMap((one) => one.roles)];
  const isAnybodyThere = roles.includes('admin') || roles.includes('responder');
  return isAnybodyThere
    ? doubles
    : [
        ...doubles,
        problem(
          ['team', 'people'],
          'Nobody under team may respond to every prompt.',
          'Give somebody the role responder or admin.',
        ),
      ];
}

type MakeProblem = (path: Path, message: string, fix: string) => WorkspaceProblem;

function duplicates(
  items: readonly { readonly id: string }[],
  list: string,
  problem: MakeProblem,
): WorkspaceProblem[] {
  return items.flatMap((item, index) =>
    items.findIndex((other) => other.id === item.id) === index
      ? []
      : [
          problem(
            [list, index, 'id'],
            `There are two ${list} with the id "${item.id}"; only the first one counts.`,
            'Give one of them another id.',
          ),
        ],
  );
}

function sourceProblems(context: CheckContext, index: number, problem: MakeProblem): WorkspaceProblem[] {
  const source = context.workspace.sources[index];
  if (!source) return [];
  const path: Path = ['sources', index];
  if (source.id === RESERVED_ID)
    return [
      problem(
        [...path, 'id'],
        `"${RESERVED_ID}" is the built-in store of received traces.`,
        'Give the source another id.',
      ),
    ];
  const connector = context.connectors.find((one) => one.id === source.connector);
  if (!connector) {
    const ids = context.connectors.map((one) => one.id);
    const meant = nearest(source.connector, ids);
    return [
      problem(
        [...path, 'connector'],
        `There is no connector "${source.connector}".`,
        meant === null ? `Write one of: ${ids.join(', ')}.` : `Write "${meant}" instead.`,
      ),
    ];
  }
  const parsed = connector.settings.safeParse(source.settings);
  if (!parsed.success)
    return explain(parsed.error.issues, {
      schema: connector.settings,
      yaml: context.yaml,
      value: context.workspace,
      at: [...path, 'settings'],
    });
  return Object.entries(source.settings).flatMap(([name, value]) =>
    secretProblems(context, value, [...path, 'settings', name], problem),
  );
}

function secretProblems(
  context: CheckContext,
  value: unknown,
  path: Path,
  problem: MakeProblem,
): WorkspaceProblem[] {
  const ref = secretRefSchema.safeParse(value);
  const trouble = ref.success ? context.secrets.problemOf(ref.data) : null;
  return trouble === null
    ? []
    : [problem(path, `The secret cannot be read: ${trouble}.`, 'Set it where Fusebox is started.')];
}

function promptProblems(
  context: CheckContext,
  prompt: WorkspacePrompt,
  path: Path,
  problem: MakeProblem,
): WorkspaceProblem[] {
  const needsSource = (field: string, sourceId: string | undefined, kind: SourceKind) => {
    if (sourceId === undefined) return [];
    const where = [...path, ...field.split('.'), 'source'];
    const source = context.workspace.sources.find((one) => one.id === sourceId);
    const ids = context.workspace.sources.map((one) => one.id);
    if (!source) {
      const meant = nearest(sourceId, ids);
      return [
        problem(
          where,
          `There is no source "${sourceId}".`,
          meant === null
            ? ids.length > 0
              ? `Write one of: ${ids.join(', ')}.`
              : 'Add it under sources.'
            : `Write "${meant}" instead.`,
        ),
      ];
    }
    const connector = context.connectors.find((one) => one.id === source.connector);
    return connector && !connector.kinds.includes(kind)
      ? [
          problem(
            where,
            `The source "${sourceId}" (${connector.id}) serves ${connector.kinds.join(' and ')}, not ${kind}.`,
            `Name a source that serves ${kind}.`,
          ),
        ]
      : [];
  };
  const ids = prompt.versions.map((version) => version.id);
  const knows = (version: string | undefined, field: string) =>
    version === undefined || ids.length === 0 || ids.includes(version)
      ? []
      : [
          problem(
            [...path, field],
            `The ${field} "${version}" is not among the versions.`,
            `Add it under versions, or write one of: ${ids.join(', ')}.`,
          ),
        ];
  return [
    ...duplicates(prompt.versions, 'versions', (local, message, fix) =>
      problem([...path, ...local], message, fix),
    ),
    ...knows(prompt.control, 'control'),
    ...knows(prompt.candidate, 'candidate'),
    ...(prompt.candidate === prompt.control
      ? [
          problem(
            [...path, 'candidate'],
            'The candidate is the control itself.',
            'Name another version, or leave it out.',
          ),
        ]
      : []),
    ...tenantProblems(prompt, path, problem),
    ...needsSource('flag', prompt.flag?.source, 'flags'),
    ...needsSource('registry', prompt.registry?.source, 'registry'),
    ...needsSource('config', prompt.config?.source, 'config'),
    ...needsSource('chat', prompt.chat?.source, 'chat'),
    ...needsSource('paging', prompt.paging?.source, 'paging'),
    ...Object.entries(prompt.signals).flatMap(([id, signal]) => {
      if (!signal || signal.source === 'telemetry') return [];
      const field = `signals.${id}`;
      const needed = SIGNALS[id as SignalId].kind === 'rate' ? ['events', 'conversations'] : ['sum', 'count'];
      return [
        ...needsSource(field, signal.source, 'metrics'),
        ...needed
          .filter((name) => !(name in signal))
          .map((name) =>
            problem(
              [...path, 'signals', id],
              `The signal ${id} has no query "${name}".`,
              `Write ${needed.join(' and ')}: a ${SIGNALS[id as SignalId].kind === 'rate' ? 'rate' : 'mean'} needs both.`,
            ),
          ),
      ];
    }),
  ];
}

/** One word about a cohort, and about one that there is. */
function tenantProblems(
  { tenants, cohorts }: WorkspacePrompt,
  path: Path,
  problem: MakeProblem,
): WorkspaceProblem[] {
  return tenants.flatMap(({ cohort }, index) => {
    const at = [...path, 'tenants', index, 'cohort'];
    if (tenants.findIndex((other) => other.cohort === cohort) !== index) {
      return [
        problem(
          at,
          `There are two tenants for the cohort "${cohort}"; only the first counts.`,
          'Take one out.',
        ),
      ];
    }
    if (cohorts.length === 0 || cohorts.includes(cohort)) return [];
    const meant = nearest(cohort, cohorts);
    return [
      problem(
        at,
        `The cohort "${cohort}" of a tenant is not among the cohorts.`,
        meant === null
          ? `Add it under cohorts, or write one of: ${cohorts.join(', ')}.`
          : `Write "${meant}" instead.`,
      ),
    ];
  });
}
