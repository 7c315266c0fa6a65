import type { LeverKind, LeverState } from '#shared/model/prompt.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import { CommandError } from '../ports.ts';
import type { LeverDesk, SourceDesk, WorkspaceDesk } from '../ports.ts';
import { unlessAborted } from './abortable.ts';
import { SourceError } from './kind.ts';
import type { ConnectorLog, LeverVersions, SourceInstance } from './kind.ts';
import { wordsOf } from './source-health.ts';

export type RunningLeverDesk = LeverDesk & { start(): void; stop(): Promise<void> };

type Known = { readonly state: LeverState | null; readonly error: string | null };

const REFRESH_MS = 5000;

/** The versions of a prompt as its levers need them. */
export function leverVersionsOf(prompt: WorkspacePrompt): LeverVersions {
  const candidate = prompt.candidate ?? null;
  const all = new Set([
    prompt.control,
    ...(candidate === null ? [] : [candidate]),
    ...prompt.versions.map((version) => version.id),
  ]);
  return { control: prompt.control, candidate, all: [...all] };
}

/** Reads the lever of every prompt in the background, so that the screen shows it without asking. The flag comes first. */
export function createLeverDesk(options: {
  readonly workspace: Pick<WorkspaceDesk, 'current' | 'prompt'>;
  readonly sources: Pick<SourceDesk, 'instance' | 'observe'>;
  readonly clock: Clock;
  readonly log: ConnectorLog;
  readonly refreshMs?: number;
  /** Called after each read, whether or not something changed. */
  readonly onRead?: (promptId: string) => void;
}): RunningLeverDesk {
  const { workspace, sources, clock } = options;
  const refreshMs = options.refreshMs ?? REFRESH_MS;
  const known = new Map<string, Known>();
  const stopping = new AbortController();
  let loop: Promise<void> | null = null;

  function promptOf(promptId: string): WorkspacePrompt {
    const prompt = workspace.prompt(promptId);
    if (!prompt)
      throw new CommandError('NOT_FOUND', `There is no prompt "${promptId}".`, {
        what: 'prompt',
        id: promptId,
      });
    return prompt;
  }

  /** Reads of one prompt never overtake each other: a slow old answer must not replace a newer one. */
  const underWay = new Map<string, Promise<LeverState>>();
  function read(prompt: WorkspacePrompt): Promise<LeverState> {
    const present = underWay.get(prompt.id);
    if (present) return present;
    const reading = readNow(prompt).finally(() => underWay.delete(prompt.id));
    underWay.set(prompt.id, reading);
    return reading;
  }

  async function readNow(prompt: WorkspacePrompt): Promise<LeverState> {
    try {
      const handle = leverOf(prompt, sources);
      const { state } = await sources.observe(handle.sourceId, () => handle.read());
      known.set(prompt.id, { state, error: null });
      return state;
    } catch (error) {
      known.set(prompt.id, { state: known.get(prompt.id)?.state ?? null, error: wordsOf(error) });
      throw error;
    } finally {
      options.onRead?.(prompt.id);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const prompts = workspace.current().prompts.filter((prompt) => leverKindOf(prompt) !== null);
      // Failures are kept per prompt; one hanging source delays nobody longer than its own deadline.
      const all = Promise.allSettled(prompts.map((prompt) => read(prompt)));
      await unlessAborted(all, stopping.signal).catch(() => undefined);
      await clock.sleep(refreshMs, stopping.signal).catch(() => undefined);
    }
  }

  return {
    last: (promptId) => known.get(promptId) ?? { state: null, error: null },
    async refresh(promptId) {
      const prompt = promptOf(promptId);
      try {
        return await read(prompt);
      } catch (error) {
        throw new CommandError('SOURCE_UNAVAILABLE', wordsOf(error), {
          source: sourceIdOf(prompt) ?? 'none',
          detail: wordsOf(error),
        });
      }
    },
    async events(promptId, window) {
      const prompt = promptOf(promptId);
      if (leverKindOf(prompt) === null) return [];
      const handle = leverOf(prompt, sources);
      return sources.observe(handle.sourceId, () => handle.events(window));
    },
    start() {
      loop ??= run();
    },
    async stop() {
      stopping.abort(new Error('stopped'));
      await loop;
    },
  };
}

function leverKindOf(prompt: WorkspacePrompt): LeverKind | null {
  if (prompt.flag) return 'flag';
  if (prompt.registry) return 'registry';
  return prompt.config ? 'config' : null;
}

const sourceIdOf = (prompt: WorkspacePrompt): string | null =>
  prompt.flag?.source ?? prompt.registry?.source ?? prompt.config?.source ?? null;

type LeverHandle = {
  readonly sourceId: string;
  read(): ReturnType<NonNullable<SourceInstance['flags']>['read']>;
  events(window: Parameters<LeverDesk['events']>[1]): ReturnType<LeverDesk['events']>;
};

/** Binds the prompt's first lever to its source. Throws SourceError naming what is missing. */
function leverOf(prompt: WorkspacePrompt, sources: Pick<SourceDesk, 'instance'>): LeverHandle {
  const versions = leverVersionsOf(prompt);
  const sourceId = sourceIdOf(prompt);
  if (sourceId === null)
    throw new SourceError(`The prompt "${prompt.id}" has no lever.`, {
      fix: 'Add a flag (best), a registry label or a config pin to it in the workspace.',
    });
  const instance = sources.instance(sourceId);
  if (!instance)
    throw new SourceError(`The source "${sourceId}" does not run.`, { fix: 'Connections says why.' });
  const { flag, registry, config } = prompt;
  if (flag && instance.flags) {
    const lever = instance.flags;
    return {
      sourceId,
      read: () => lever.read(flag, versions),
      events: (window) => lever.events(flag, window),
    };
  }
  if (!flag && registry && instance.registry) {
    const lever = instance.registry;
    return {
      sourceId,
      read: () => lever.read(registry, versions),
      events: (window) => lever.events(registry, window),
    };
  }
  if (!flag && !registry && config && instance.config) {
    const lever = instance.config;
    return {
      sourceId,
      read: () => lever.read(config, versions),
      events: (window) => lever.events(config, window),
    };
  }
  throw new SourceError(`The source "${sourceId}" does not serve this lever.`, {
    fix: 'Name a source of the right kind in the workspace.',
  });
}
