import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { SourceInstance } from '../connectors/kind.ts';
import { CommandError, type LeverDesk, type SourceDesk, type WorkspaceDesk } from '../ports.ts';
import type { EvidenceReader } from '../telemetry/kind.ts';

/** The prompt every test here is about. */
export const WORKSPACE = workspaceSchema.parse({
  version: 1,
  name: 'test',
  prompts: [
    {
      id: 'support',
      title: 'Support agent',
      service: 'support-api',
      owner: 'pia',
      control: 'v17',
      candidate: 'v18',
      versions: [{ id: 'v17', knownIssues: ['greets twice on Mondays'] }, { id: 'v18' }],
      flag: { source: 'flags', key: 'support_prompt_rollout' },
      chat: { source: 'flags', channel: '#incidents' },
      paging: { source: 'flags', service: 'support' },
    },
    { id: 'bare', service: 'other-api', control: 'v1' },
  ],
});

export const quietLog = { info: () => undefined, warn: () => undefined };

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'fusebox-incidents-'));
}

export function workspaceDesk(): WorkspaceDesk {
  return {
    current: () => WORKSPACE,
    prompt: (id) => WORKSPACE.prompts.find((prompt) => prompt.id === id) ?? null,
    versions: async () => [],
    problems: () => [],
    path: null,
  };
}

export function sourceDesk(instances: Readonly<Record<string, SourceInstance>>): SourceDesk {
  return {
    instance: (id) => instances[id] ?? null,
    list: () => [],
    test: async () => ({ ok: true, latencyMs: 0, message: '', checks: [] }),
    observe: (_id, call) => call(),
    start: () => undefined,
    stop: async () => undefined,
  };
}

/** A lever desk that has read nothing: the machine reads for itself. */
export function leverDesk(): LeverDesk {
  return {
    last: () => ({ state: null, error: null }),
    refresh: async () => {
      throw new CommandError('SOURCE_UNAVAILABLE', 'not read here', { source: 'flags', detail: '' });
    },
    events: async () => [],
  };
}

/** No traffic at all; a test overrides what it needs. */
export function emptyEvidence(overrides: Partial<EvidenceReader> = {}): EvidenceReader {
  return {
    distribution: async ({ window, bucketMs }) => ({
      window,
      bucketMs,
      startsMs: [],
      versions: [],
      lastBucketPartial: false,
      dataUpToMs: null,
      sampled: false,
    }),
    counts: async () => [],
    series: async () => ({ startsMs: [], versions: [] }),
    ticks: async () => [],
    workers: async () => [],
    samples: async () => [],
    versionTimes: async () => [],
    cohorts: async () => [],
    dataUpToMs: async () => null,
    unversionedShare01: async () => null,
    reportLagsMs: async () => [],
    arrivals: async () => [],
    served: async () => ({ rows: [], total: 0 }),
    servedByCohort: async () => [],
    errorTypes: async () => [],
    answeredBy: async () => [],
    failedMinutes: async () => [],
    workerCounts: async () => [],
    keptSinceMs: async () => null,
    ...overrides,
  };
}

export const actor = (name = 'ana') => ({ name, via: 'page' as const });

let operations = 0;
/** A fresh operation id. */
export function operationId(): string {
  operations += 1;
  return `op-test-${String(operations).padStart(6, '0')}`;
}
