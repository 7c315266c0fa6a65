import type { EngineDrill } from '../kind.ts';
import type { DrillHouse } from './drill-desk.ts';
import { refuse, unknown } from './refusals.ts';

/**
 * drill.* in the world of a drill: `act` alone. Whoever asks here is a participant, so everything that would tell of the drill itself
 * is empty or refused.
 */
export function createWorldSideDesk(drill: Pick<EngineDrill, 'act'>): DrillHouse {
  const elsewhere = async (): Promise<never> => {
    throw refuse(
      'This is the world of a drill.',
      'Drills are run from the Game day screen of your own workspace.',
    );
  };
  return {
    scenarios: async () => [],
    scenarioProblems: async () => [],
    current: () => null,
    prepare: elsewhere,
    begin: elsewhere,
    setSpeed: elsewhere,
    inject: elsewhere,
    withdraw: elsewhere,
    hint: elsewhere,
    finish: elsewhere,
    abort: elsewhere,
    reports: async () => [],
    report: async (drillId) => {
      throw unknown('drill', drillId, 'Reports of drills are kept in your own workspace.');
    },
    record: elsewhere,
    openBundle: elsewhere,
    router: () => null,
    onOver: () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
    act: async ({ action, actor }) => drill.act(action, actor.name),
  };
}
