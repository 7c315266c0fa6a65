import { rmSync } from 'node:fs';
import type { LiveChange } from '#shared/model/live.ts';
import { createFakeClock } from '../fake-clock.ts';
import { createIncidents } from '../incidents/create-incidents.ts';
import { createScriptedProvider } from '../incidents/scripted-provider.ts';
import {
  actor,
  emptyEvidence,
  leverDesk,
  operationId,
  quietLog,
  sourceDesk,
  temporaryFolder,
  workspaceDesk,
} from '../incidents/test-bench.ts';
import { openRecords } from '../records/open-records.ts';
import { createAftermath } from './create-aftermath.ts';

/** A command of `name` on something. */
export function by<T>(input: T, name = 'ana'): T & { operationId: string; actor: ReturnType<typeof actor> } {
  return { ...input, operationId: operationId(), actor: actor(name) };
}

/** A disk, a flag server with a channel, and time; engines begin and end in it. */
export function createWorld() {
  const clock = createFakeClock();
  const dataDir = temporaryFolder();
  const provider = createScriptedProvider(clock);
  const published: LiveChange[] = [];
  const running: (() => Promise<void>)[] = [];

  async function start(engineId: string | null = null) {
    const records = { ...(await openRecords({ dataDir, clock, log: quietLog })), engineId };
    const deps = {
      records,
      clock,
      workspace: workspaceDesk(),
      sources: sourceDesk({ flags: provider.instance }),
      levers: leverDesk(),
      evidence: emptyEvidence(),
      live: { publish: (change: LiveChange) => void published.push(change) },
      log: quietLog,
      localOffsetMinutes: () => 120,
    };
    const made = await createIncidents(deps);
    const aftermath = createAftermath(deps, made.changes, made.incidents);
    await aftermath.notes.recover();
    const stop = async () => {
      const stopped = made.rollbacks.stop();
      await clock.advance(20_000);
      await stopped;
      await records.close();
    };
    running.push(stop);
    return { ...made, ...aftermath, records, stop };
  }

  return {
    clock,
    dataDir,
    provider,
    published,
    start,
    async end() {
      for (const stop of running.splice(0).toReversed()) await stop();
      rmSync(dataDir, { recursive: true });
    },
  };
}
export type World = ReturnType<typeof createWorld>;
export type Life = Awaited<ReturnType<World['start']>>;

/** An incident that was rolled back and then decided by hand: the response is over, the aftermath is owed. */
export async function rolledBack(
  { clock }: World,
  { incidents, rollbacks }: Life,
  { isDecided = true } = {},
): Promise<string> {
  const { id } = await incidents.declare(by({ promptId: 'support', reason: 'rude', severity: null }));
  await clock.advance(5_000);
  await rollbacks.press(
    by({
      promptId: 'support',
      incidentId: id,
      lever: 'flag' as const,
      toVersion: 'v17',
      revisionShown: null,
      reason: null,
      held: false,
      waitMs: 0,
    }),
  );
  await clock.advance(20_000);
  if (isDecided) await incidents.decide(by({ incidentId: id, outcome: 'roll-back' as const }));
  return id;
}

export const ITEM = {
  title: 'Check the greeting in CI',
  owner: 'ana',
  dueOn: '2026-05-12',
  state: 'open' as const,
  droppedBecause: null,
  ticketUrl: null,
  failureMode: 'complaints',
  suiteId: null,
};
