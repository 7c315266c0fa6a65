import type { DrillState } from '#shared/model/drill.ts';
import type { EngineClient } from './engine-client.ts';

/** One line while a drill is under way, so that nobody takes one world for the other; null without one. */
export function drillBesideLine(drill: Pick<DrillState, 'title' | 'phase'> | null): string | null {
  if (drill === null || drill.phase === 'failed') return null;
  return `A drill runs beside this ("${drill.title}"): this command is about the real world and touches nothing of the drill.`;
}

/** Null also where it cannot be asked: knowing of a drill must never hold up a rollback. */
export async function drillBeside(client: EngineClient): Promise<DrillState | null> {
  return client.drill.current().catch(() => null);
}
