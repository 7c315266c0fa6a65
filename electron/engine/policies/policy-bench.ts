import { rmSync } from 'node:fs';
import type { Alarm } from '#shared/model/detection.ts';
import { promptPoliciesSchema, workspaceSchema, type WorkspacePrompt } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import { createFakeClock } from '../fake-clock.ts';
import { createIncidents } from '../incidents/create-incidents.ts';
import { createScriptedProvider } from '../incidents/scripted-provider.ts';
import {
  WORKSPACE,
  actor,
  emptyEvidence,
  leverDesk,
  operationId,
  quietLog,
  sourceDesk,
  temporaryFolder,
} from '../incidents/test-bench.ts';
import type { PolicyDesk, WorkspaceDesk } from '../ports.ts';
import type { Records } from '../records/kind.ts';
import { openRecords } from '../records/open-records.ts';
import { createPolicies } from './create-policies.ts';

type Policies = WorkspacePrompt['policies'];

/** A workspace file whose policies and candidate can be edited while the engine runs. */
function editableWorkspace(policies: Partial<Policies>) {
  let current = WORKSPACE;
  const edit = (change: Partial<WorkspacePrompt>) => {
    const prompts = current.prompts.map((prompt) =>
      prompt.id === 'support' ? { ...prompt, ...change } : prompt,
    );
    current = workspaceSchema.parse({ ...current, prompts });
  };
  const desk: WorkspaceDesk = {
    current: () => current,
    prompt: (id) => current.prompts.find((prompt) => prompt.id === id) ?? null,
    versions: async () => [],
    problems: () => [],
    path: null,
  };
  const setPolicies = (change: Partial<Policies>) =>
    edit({ policies: { ...promptPoliciesSchema.parse({}), ...change } });
  setPolicies(policies);
  return { desk, edit, setPolicies };
}

/** What outlives a crash: the disk, the flag server, the workspace file, and time. */
export function createWorld(policies: Partial<Policies>) {
  const clock = createFakeClock();
  return {
    clock,
    dataDir: temporaryFolder(),
    provider: createScriptedProvider(clock),
    workspace: editableWorkspace(policies),
  };
}
export type World = ReturnType<typeof createWorld>;

/**
 * One life of an engine in that world. `mortal` may wrap the record store, to let the life end at a write: a write that never
 * resolves is what the process sees of its own kill -9.
 */
export async function live(world: World, { mortal = (records: Records) => records, isStarted = true } = {}) {
  const { clock, provider, workspace } = world;
  const stored = await openRecords({ dataDir: world.dataDir, clock, log: quietLog });
  const records = mortal(stored);
  const changed: string[] = [];
  const base = {
    records,
    clock,
    workspace: workspace.desk,
    sources: sourceDesk({ flags: provider.instance }),
    log: quietLog,
  };
  const { incidents, rollbacks } = await createIncidents({
    ...base,
    levers: leverDesk(),
    evidence: emptyEvidence(),
    live: { publish: () => undefined },
    localOffsetMinutes: () => 0,
  });
  const policies = createPolicies({
    ...base,
    incidents,
    rollbacks,
    onChange: (promptId) => void changed.push(promptId),
  });
  await rollbacks.recover();
  if (isStarted) policies.start();
  const others: PolicyDesk[] = [];
  return {
    records: stored,
    incidents,
    rollbacks,
    policies,
    changed,
    /** The policies of another engine of the team, on the same record, beside this one. Not started. */
    another(engineId: string, change: Partial<Records> = {}): PolicyDesk {
      const itsRecords = { ...records, engineId, ...change };
      const onChange = () => undefined;
      const other = createPolicies({ ...base, records: itsRecords, incidents, rollbacks, onChange });
      others.push(other);
      return other;
    },
    /** The newest action, as the page sees it. */
    newest: () => policies.actions('support')[0] ?? null,
    async stop() {
      const stopped = Promise.all([...others, policies, rollbacks].map((desk) => desk.stop()));
      await clock.advance(20_000);
      await stopped;
      await stored.close();
    },
  };
}
export type Life = Awaited<ReturnType<typeof live>>;

export function endWorld({ dataDir }: World): void {
  rmSync(dataDir, { recursive: true });
}

/** Worlds with one life each; `end` ends all of them, the newest first. */
export function createBenches() {
  const cleanups: (() => Promise<void> | void)[] = [];
  return {
    async bench(policies: Partial<Policies>, options: { readonly isStarted?: boolean } = {}) {
      const world = createWorld(policies);
      cleanups.push(() => endWorld(world));
      const life = await live(world, options);
      cleanups.push(() => life.stop());
      return { world, life };
    },
    async end() {
      for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
    },
  };
}

export function alarm(clock: Pick<Clock, 'nowMs'>, change: Partial<Alarm> = {}): Alarm {
  return {
    atMs: clock.nowMs(),
    class: 'page',
    signal: 'complaints',
    cohort: 'all',
    basis: 'comparison',
    rule: 'one-at-page',
    sigma: 3.4,
    evidence: 1_800,
    alsoSignal: null,
    effect: null,
    onset: null,
    sentence: 'Complaints 4.1x on v18. Evidence 3.4 sigma anytime.',
    resolvedAtMs: null,
    ...change,
  };
}

/** A page and the incident it opened, as the watch loop hands them over. */
export async function page({ clock }: World, { incidents, policies }: Life, change: Partial<Alarm> = {}) {
  const raised = alarm(clock, change);
  const incident = await incidents.declare({
    operationId: operationId(),
    actor: actor('fusebox'),
    promptId: 'support',
    reason: raised.sentence,
    severity: null,
  });
  await policies.onAlarm({
    promptId: 'support',
    alarm: raised,
    candidate: 'v18',
    incidentId: incident.id,
  });
  return { incident, alarm: raised };
}

/** A WATCH, which opens no incident. */
export async function watch(
  { clock }: World,
  { policies }: Life,
  change: Partial<Alarm> = {},
  about: { readonly isFirst?: boolean; readonly isAlone?: boolean } = {},
) {
  const raised = alarm(clock, { class: 'watch', rule: 'one-at-watch', sigma: 2.2, ...change });
  await policies.onAlarm({
    promptId: 'support',
    alarm: raised,
    candidate: 'v18',
    incidentId: null,
    ...about,
  });
}
