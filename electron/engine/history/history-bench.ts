import type { Incident } from '#shared/model/incident.ts';
import { createFakeClock } from '../fake-clock.ts';
import { quietLog, workspaceDesk } from '../incidents/test-bench.ts';
import type { IncidentRecord, RecordEntry } from '../records/kind.ts';
import { openRecords } from '../records/open-records.ts';
import { createHistoryDesk } from './history-desk.ts';

/** An incident for the tests here: what history reads of one. Times in ms from the alarm; absent = the step was not reached. */
export type Told = {
  readonly id: string;
  readonly declaredAtMs: number;
  readonly promptId?: string;
  readonly status?: 'open' | 'closed';
  readonly trigger?: Incident['trigger']['kind'];
  readonly signal?: Incident['trigger']['signal'];
  readonly severity?: Incident['severity'];
  readonly lever?: 'flag' | 'registry' | 'config';
  readonly detectMs?: number;
  readonly rollbackMs?: number;
  readonly recoverMs?: number;
};

function step(id: string, startedAtMs: number | null, doneAtMs: number | null) {
  const state = doneAtMs === null ? 'waiting' : 'done';
  return { id, targetMs: 0, state, startedAtMs, doneAtMs, note: null };
}

function incidentOf(told: Told): Incident {
  const { declaredAtMs: atMs, detectMs, rollbackMs, recoverMs } = told;
  const after = (ms: number | undefined) => (ms === undefined ? null : atMs + ms);
  const shippedAtMs = detectMs === undefined ? null : atMs - detectMs;
  return {
    id: told.id,
    promptId: told.promptId ?? 'support',
    promptTitle: (told.promptId ?? 'support').toUpperCase(),
    severity: told.severity ?? 'P2',
    status: told.status ?? 'closed',
    trigger: { kind: told.trigger ?? 'incident', signal: told.signal ?? null, sentence: '' },
    shippedAtMs,
    declaredAtMs: atMs,
    closedAtMs: told.status === 'open' ? null : atMs + 3_600_000,
    steps: [
      step('detect', shippedAtMs ?? atMs, atMs),
      step('rollback', after(rollbackMs), after(rollbackMs)),
      step('verify', after(rollbackMs), after(recoverMs)),
    ],
    rollbacks:
      rollbackMs === undefined
        ? []
        : [{ state: 'in-effect', operation: { kind: 'serve-control' }, lever: told.lever ?? 'flag' }],
    waivers: [],
    decision: { recorded: null },
    badConversations: null,
  } as unknown as Incident;
}

/** A history desk on a real record file, with incidents that tests tell it. */
export async function historyBench(dataDir: string) {
  const clock = createFakeClock();
  const records = await openRecords({ dataDir, clock, log: quietLog });
  const told = new Map<string, Told>();
  const desk = createHistoryDesk({
    records,
    incidents: {
      get: async (id) => {
        const one = told.get(id);
        if (!one) throw new Error(`nobody told of ${id}`);
        return incidentOf(one);
      },
    },
    workspace: workspaceDesk(),
    clock,
    log: quietLog,
  });
  return {
    clock,
    records,
    desk,
    /** Writes the incidents as the engine does, one transaction for all. */
    async tell(...stories: readonly Told[]): Promise<void> {
      for (const story of stories) told.set(story.id, story);
      const entries = stories.map(
        ({ id, declaredAtMs, promptId = 'support', status = 'closed' }): RecordEntry => ({
          kind: 'incident',
          value: { id, declaredAtMs, promptId, status } as IncidentRecord,
        }),
      );
      await records.write(entries);
    },
    async close(): Promise<void> {
      await desk.stop();
      await records.close();
    },
  };
}

export const NO_FILTER = {
  fromMs: null,
  toMs: null,
  promptId: null,
  team: null,
  trigger: null,
  lever: null,
  severity: null,
};

/** Median and 90th percentile as their definitions have them, to hold the SQL against. */
export function byDefinition(values: readonly number[]): { medianMs: number; p90Ms: number; meanMs: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (rank: number) => sorted[rank - 1] ?? Number.NaN;
  const n = sorted.length;
  return {
    medianMs: n % 2 === 1 ? at((n + 1) / 2) : (at(n / 2) + at(n / 2 + 1)) / 2,
    p90Ms: at(Math.ceil(Math.round(n * 9) / 10)),
    meanMs: sorted.reduce((sum, value) => sum + value, 0) / n,
  };
}
