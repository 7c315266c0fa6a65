import type { DrillLook } from '#shared/domain/drill/observation.ts';
import type { WorldAction } from '#shared/model/scenario.ts';
import type { DrillWorld } from './kind.ts';

/** One look at a drill's world: through the public contract, and what its record says of ramps that were held. */
export async function lookAt({
  client,
  clock,
  holds,
}: Pick<DrillWorld, 'client' | 'clock' | 'holds'>): Promise<DrillLook> {
  const [prompts, incidents] = await Promise.all([
    client.prompt.list(),
    client.incident.list({ status: 'any', limit: 100 }),
  ]);
  const earlier: Record<string, readonly string[]> = {};
  for (const { id, status } of incidents) {
    if (status !== 'open') continue;
    earlier[id] = (await client.postmortem.earlier({ incidentId: id })).map((one) => one.id);
  }
  return { nowMs: clock.nowMs(), prompts, incidents, earlier, holds: holds() };
}

/** What people set going outside Fusebox, done or not. */
export function actedIn(world: Pick<DrillWorld, 'actions'>): WorldAction[] {
  return world
    .actions()
    .filter(({ busyUntilMs, doneAtMs }) => busyUntilMs !== null || doneAtMs !== null)
    .map(({ action }) => action);
}
