import type { LeverKind } from '#shared/model/prompt.ts';
import type { LeverOperation } from '#shared/model/rollback.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type {
  Lever,
  LeverCapabilities,
  LeverPlan,
  LeverRead,
  ReadScope,
  WriteOutcome,
  WriteRequest,
} from '../connectors/kind.ts';
import { CommandError, type SourceDesk } from '../ports.ts';

/** One prompt's lever with its target filled in: the machine never sees which system or kind it is. */
export type BoundLever = {
  readonly kind: LeverKind;
  readonly source: string;
  readonly key: string;
  readonly environment: string;
  readonly capabilities: LeverCapabilities;
  /** Throws SourceError. Latency and failure go into the source's health. */
  read(signal: AbortSignal, scope?: ReadScope): Promise<LeverRead>;
  plan(read: LeverRead, operation: LeverOperation): LeverPlan;
  write(request: WriteRequest): Promise<WriteOutcome>;
  isInEffect(read: LeverRead, operation: LeverOperation, restored?: unknown): boolean;
  readonly consoleUrl: string | null;
};

const REFUSED = (reason: string, fix: string) => new CommandError('REFUSED', reason, { reason, fix });

/** The lever kinds a prompt has, the one to prefer first. */
export function leverKinds(prompt: WorkspacePrompt): LeverKind[] {
  const kinds: LeverKind[] = [];
  if (prompt.flag) kinds.push('flag');
  if (prompt.registry) kinds.push('registry');
  if (prompt.config) kinds.push('config');
  return kinds;
}

/** Throws CommandError REFUSED when the prompt has no such lever or its source cannot be used. */
export function bindLever(prompt: WorkspacePrompt, kind: LeverKind, sources: SourceDesk): BoundLever {
  const missing = (source: string) =>
    REFUSED(
      `The source ${source} of ${prompt.id}'s ${kind} is not connected.`,
      'Check it under Connections, or use the other lever.',
    );
  switch (kind) {
    case 'flag': {
      const { flag } = prompt;
      if (!flag) break;
      const lever = sources.instance(flag.source)?.flags;
      if (!lever) throw missing(flag.source);
      return bind(prompt, kind, lever, flag, sources);
    }
    case 'registry': {
      const { registry } = prompt;
      if (!registry) break;
      const lever = sources.instance(registry.source)?.registry;
      if (!lever) throw missing(registry.source);
      const target = { key: registry.prompt, environment: registry.label };
      return { ...bind(prompt, kind, lever, registry, sources), ...target };
    }
    case 'config': {
      const { config } = prompt;
      if (!config) break;
      const lever = sources.instance(config.source)?.config;
      if (!lever) throw missing(config.source);
      return bind(prompt, kind, lever, config, sources);
    }
  }
  throw REFUSED(
    `${prompt.id} has no ${kind} lever.`,
    kind === 'flag'
      ? 'Wrap the prompt in a flag and name it under `flag:` in fusebox.yaml; until then re-point the registry.'
      : `Name it under \`${kind}:\` in fusebox.yaml.`,
  );
}

function bind<T extends { readonly source: string }>(
  prompt: WorkspacePrompt,
  kind: LeverKind,
  lever: Lever<T>,
  target: T,
  sources: SourceDesk,
): BoundLever {
  const versions = {
    control: prompt.control,
    candidate: prompt.candidate ?? null,
    all: prompt.versions.map((version) => version.id),
  };
  const text = (name: string) => {
    const value = Object.entries(target).find(([key]) => key === name)?.[1];
    return typeof value === 'string' ? value : '';
  };
  return {
    kind,
    source: target.source,
    key: text('key'),
    environment: text('environment'),
    capabilities: lever.capabilities,
    read: (signal, scope) =>
      sources.observe(target.source, () => lever.read(target, versions, signal, scope)),
    plan: (read, operation) => lever.plan(target, versions, read, operation),
    write: (request) => lever.write(target, versions, request),
    isInEffect: (read, operation, restored) => lever.isInEffect(target, versions, read, operation, restored),
    consoleUrl: lever.consoleUrl(target),
  };
}

/** What a press on this kind of lever shall make true. */
export function serveOperation(kind: LeverKind, version: string): LeverOperation {
  return kind === 'flag' ? { kind: 'serve-control', version } : { kind: 'point-label', version };
}
