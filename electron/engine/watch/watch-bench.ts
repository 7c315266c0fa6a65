import type { PromptStatus } from '#shared/model/prompt.ts';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { Workspace } from '#shared/model/workspace.ts';
import type { SourceInstance } from '../connectors/kind.ts';
import { createFakeClock } from '../fake-clock.ts';
import type { PolicyDesk } from '../ports.ts';
import { createFakeIncidents } from './fake-incidents.ts';
import { createMemoryEvidence, type Started } from './memory-evidence.ts';
import { createMemoryTrialFiles } from './trial/memory-trial-files.ts';
import { createWatchDesk } from './watch-desk.ts';

/** The watch in memory, with a fake clock and hand-made traffic: for tests. */

export const MINUTE = 60_000;
export const PROMPT = 'support';

export const workspaceOf = (prompt: Record<string, unknown> = {}): Workspace =>
  workspaceSchema.parse({
    version: 1,
    name: 'test',
    prompts: [{ id: PROMPT, service: 's', owner: 'ana', control: 'v17', candidate: 'v18', ...prompt }],
  });

export function bench(workspace = workspaceOf(), instances: Record<string, SourceInstance> = {}) {
  const clock = createFakeClock();
  const evidence = createMemoryEvidence();
  const incidents = createFakeIncidents(clock);
  const files = createMemoryTrialFiles();
  const published: PromptStatus[] = [];
  const told: Parameters<PolicyDesk['onAlarm']>[0][] = [];
  const watch = createWatchDesk({
    clock,
    evidence,
    incidents,
    policies: {
      actions: () => [],
      onAlarm(input) {
        told.push(input);
        return Promise.resolve();
      },
    },
    files,
    workspace: {
      current: () => workspace,
      prompt: (id) => workspace.prompts.find((prompt) => prompt.id === id) ?? null,
      versions: () => Promise.resolve([]),
      problems: () => [],
      path: null,
    },
    sources: {
      instance: (id) => instances[id] ?? null,
      list: () => [],
      test: () => Promise.resolve({ ok: true, latencyMs: 0, message: '', checks: [] }),
      observe: (_id, call) => call(),
      start: () => undefined,
      stop: () => Promise.resolve(),
    },
    levers: {
      last: () => ({ state: null, error: null }),
      refresh: () => Promise.reject(new Error('no lever here')),
      events: () => Promise.resolve([]),
    },
    live: {
      publish(change) {
        if (change.entity === 'prompt' && change.value) published.push(change.value);
      },
    },
    log: { info: () => undefined, warn: () => undefined },
  });

  /** Traffic of one version at a fixed rate over a span of time; every `oneIn`-th conversation draws a complaint. */
  function traffic(
    version: string,
    perMinute: number,
    oneIn: number,
    fromMs: number,
    toMs: number,
    cohort = 'a',
    /** What its spans say besides. */
    more: (index: number) => Pick<Started, 'model' | 'errorType'> = () => ({}),
  ) {
    const count = Math.round(((toMs - fromMs) / MINUTE) * perMinute);
    for (let index = 0; index < count; index += 1) {
      const startMs = fromMs + (index * (toMs - fromMs)) / count;
      const conversation = { prompt: PROMPT, version, cohort, startMs, ...more(index) };
      evidence.start(conversation);
      if (index % oneIn === oneIn - 1) evidence.report(conversation, 'complaints');
    }
  }
  return { clock, evidence, incidents, files, watch, published, told, traffic };
}

export async function ticks(
  count: number,
  { clock, watch }: Pick<ReturnType<typeof bench>, 'clock' | 'watch'>,
) {
  for (let tick = 0; tick < count; tick += 1) {
    await clock.advance(5_000);
    await watch.tick();
  }
}
