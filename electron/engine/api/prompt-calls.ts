import type { PromptVersion } from '#shared/model/prompt.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { api, promptOf, traceNameOf } from './base.ts';
import type { ApiDesks } from './desks.ts';

/** prompt.*: what the Board and the diff show. */
export function promptCalls(desks: ApiDesks) {
  return {
    list: api.prompt.list.handler(() => desks.watch.prompts()),
    versions: api.prompt.versions.handler(({ input }) => versionsOf(desks, promptOf(desks, input.promptId))),
  };
}

/** Known versions, oldest first: the workspace file's, then what the registry adds, then what only traffic shows. */
async function versionsOf(desks: ApiDesks, prompt: WorkspacePrompt): Promise<PromptVersion[]> {
  const [fromFile, fromRegistry, fromTraffic] = await Promise.all([
    desks.workspace.versions(prompt.id),
    registryVersions(desks, prompt),
    trafficVersions(desks, prompt),
  ]);
  const merged = new Map<string, PromptVersion>();
  for (const version of [...fromFile, ...fromRegistry, ...fromTraffic]) {
    const known = merged.get(version.id);
    merged.set(version.id, known ? fillIn(known, version) : version);
  }
  return [...merged.values()];
}

/** What the first source leaves open, the second may say. */
function fillIn(known: PromptVersion, more: PromptVersion): PromptVersion {
  return {
    id: known.id,
    sha: known.sha ?? more.sha,
    text: known.text ?? more.text,
    author: known.author ?? more.author,
    message: known.message ?? more.message,
    reviewedBy: known.reviewedBy ?? more.reviewedBy,
    evalSummary: known.evalSummary ?? more.evalSummary,
    createdAtMs: known.createdAtMs ?? more.createdAtMs,
  };
}

const NOTHING_KNOWN = {
  sha: null,
  text: null,
  author: null,
  message: null,
  reviewedBy: null,
  evalSummary: null,
  createdAtMs: null,
};

async function registryVersions(desks: ApiDesks, prompt: WorkspacePrompt): Promise<PromptVersion[]> {
  const target = prompt.registry;
  const registry = target && desks.sources.instance(target.source)?.registry;
  if (!target || !registry) return [];
  try {
    const versions = await desks.sources.observe(target.source, () => registry.versions(target));
    return versions.map((version) => ({ ...NOTHING_KNOWN, ...version }));
  } catch (error) {
    // The source's own panel says that it fails; what the file knows is still worth showing.
    desks.log.warn({ source: target.source, error: String(error) }, 'registry versions not read');
    return [];
  }
}

async function trafficVersions(desks: ApiDesks, prompt: WorkspacePrompt): Promise<PromptVersion[]> {
  try {
    const times = await desks.evidence.versionTimes(traceNameOf(prompt));
    return (
      times
        // '(none)' and '(other)' stand for groups of spans, not for a version.
        .filter(({ version }) => !version.startsWith('('))
        .toSorted((a, b) => a.firstSeenMs - b.firstSeenMs)
        .map(({ version, sha }) => ({ ...NOTHING_KNOWN, id: version, sha }))
    );
  } catch (error) {
    desks.log.warn({ prompt: prompt.id, error: String(error) }, 'versions in traffic not read');
    return [];
  }
}
