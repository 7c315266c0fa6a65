import type { DrillEvent, DrillFault, DrillMark } from '#shared/model/drill.ts';
import type { Change } from '#shared/model/evidence.ts';
import type { Fault, FaultOf, Scenario, WorldAction } from '#shared/model/scenario.ts';
import { CommandError } from '#engine/ports.ts';
import { seedOf } from '#engine/fleet/draws.ts';
import type { Fleet } from '#engine/fleet/fleet.ts';
import { createRandom } from '#engine/fleet/random.ts';
import { createActionBook, doneText, ENDS } from './actions.ts';
import { createFaultBook } from './fault-book.ts';

const MINUTE_MS = 60_000;
/** Where changes come from that no lever tells of. */
const CHANGES = 'drill-changes';

/** What happens in a world beyond its traffic: the onset, faults, what people do outside Fusebox; and the log of it. */
export type Story = {
  /** Fixes the beginning and draws the onset. A second call does nothing. */
  begin(nowMs: number): void;
  beginMs(): number | null;
  onsetMs(): number | null;
  /** Everything whose time has come. */
  fallDue(nowMs: number): void;
  faults(): readonly DrillFault[];
  inject(fault: Fault, nowMs: number): DrillFault;
  /** Throws CommandError NOT_FOUND. */
  withdraw(faultId: string, nowMs: number): void;
  /** Throws CommandError REFUSED while the same is under way. */
  act(action: WorldAction, by: string, nowMs: number): { readonly endsAtMs: number };
  actions(): DrillMark['actions'];
  leverTrouble(promptId: string): FaultOf<'lever-trouble'>['how'] | null;
  /** Changes of the scenario that have happened by now. */
  changesOf(promptId: string): readonly Change[];
  told(): readonly DrillEvent[];
  onChange(listener: () => void): void;
  markChanged(): void;
};

function kindOf(what: string): Change['kind'] {
  if (/^deploy/i.test(what)) return 'deploy';
  return /^model/i.test(what) ? 'model' : 'config';
}

/** Deterministic in the scenario, the seed and what is done when. */
export function createStory(options: {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly fleet: Fleet;
  readonly actor: string;
  readonly onEvent: (event: DrillEvent) => void;
}): Story {
  const { scenario, seed, fleet } = options;
  const faults = createFaultBook(scenario, fleet);
  const actions = createActionBook();
  const told: DrillEvent[] = [];
  const listeners: (() => void)[] = [];
  let onsetMs: number | null = null;
  let beginMs: number | null = null;
  let lastMs = 0;

  function tell(event: DrillEvent): void {
    told.push(event);
    options.onEvent(event);
  }
  const markChanged = () => {
    for (const listener of listeners) listener();
  };

  function ship(atMs: number): void {
    for (const { active } of faults.active()) {
      const { fault } = active;
      if (fault.kind !== 'bad-version') continue;
      const fixed = `${fault.version}.1`;
      fleet.ship(
        fault.prompt,
        fault.version,
        fixed,
        seedOf(seed, fault.prompt, fixed).toString(16).padStart(12, '0'),
        atMs,
      );
    }
  }

  function finish(action: WorldAction, atMs: number): void {
    if (action === 'ship-fixed-version') ship(atMs);
    for (const { active } of faults.active()) {
      const { fault } = active;
      if (!ENDS[action].includes(fault.kind)) continue;
      fleet.repair(active, atMs);
      if (fault.kind === 'stale-workers') fleet.restart(fault.prompt, atMs);
    }
    tell({ atMs, by: 'world', kind: 'action', who: 'world', text: doneText(action) });
    markChanged();
  }

  function fallDue(nowMs: number): void {
    lastMs = Math.max(lastMs, nowMs);
    for (const { title, activeFromMs } of faults.due(nowMs))
      tell({ atMs: activeFromMs ?? nowMs, by: 'world', kind: 'fault', who: 'world', text: title });
    for (const { action, atMs } of actions.due(nowMs)) finish(action, atMs);
  }

  return {
    begin(nowMs) {
      if (beginMs !== null) return;
      beginMs = nowMs;
      const [least, most] = scenario.onsetMinutes;
      const random = createRandom(seedOf(seed, scenario.id, 'onset'));
      onsetMs = beginMs + Math.round(random.between(least, most) * 60) * 1000;
      faults.plan(onsetMs, beginMs);
      tell({ atMs: beginMs, by: 'world', kind: 'begin', who: options.actor, text: scenario.title });
      fallDue(beginMs);
      markChanged();
    },
    beginMs: () => beginMs,
    onsetMs: () => onsetMs,
    fallDue,
    faults: () => faults.list(),
    inject(fault, nowMs) {
      const put = faults.inject(fault, nowMs, 'facilitator');
      tell({ atMs: nowMs, by: 'facilitator', kind: 'fault', who: options.actor, text: put.title });
      return put;
    },
    withdraw(faultId, nowMs) {
      const withdrawn = faults.withdraw(faultId, nowMs);
      if (!withdrawn)
        throw new CommandError('NOT_FOUND', `This drill has no fault ${faultId}.`, {
          what: 'fault',
          id: faultId,
        });
      tell({ atMs: nowMs, by: 'facilitator', kind: 'withdrawn', who: options.actor, text: withdrawn.title });
    },
    act(action, by, nowMs) {
      const { endsAtMs, title } = actions.begin(action, nowMs);
      tell({ atMs: nowMs, by: 'participant', kind: 'action', who: by, text: `began: ${title}` });
      markChanged();
      return { endsAtMs };
    },
    actions: () => actions.list(),
    leverTrouble(promptId) {
      for (const { active } of faults.active())
        if (active.fault.kind === 'lever-trouble' && active.fault.prompt === promptId)
          return active.fault.how;
      return null;
    },
    changesOf(promptId) {
      const fromMs = onsetMs;
      if (fromMs === null) return [];
      return scenario.changes
        .filter(({ prompt }) => prompt === promptId)
        .map(({ atMinutes, what, by }): Change => ({
          atMs: fromMs + atMinutes * MINUTE_MS,
          kind: kindOf(what),
          source: CHANGES,
          by,
          text: what,
        }))
        .filter(({ atMs }) => atMs <= lastMs);
    },
    told: () => told,
    onChange: (listener) => void listeners.push(listener),
    markChanged,
  };
}
