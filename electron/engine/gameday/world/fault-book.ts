import { assertNever } from '#shared/lib/assert-never.ts';
import type { DrillFault } from '#shared/model/drill.ts';
import type { Fault, Scenario } from '#shared/model/scenario.ts';
import type { ActiveFault } from '#engine/fleet/effects.ts';
import type { Fleet } from '#engine/fleet/fleet.ts';

type Entry = { fault: DrillFault; active: ActiveFault | null };

/** The faults of a drill: planned by its scenario, put in by hand, withdrawn. */
export type FaultBook = {
  list(): readonly DrillFault[];
  /** Puts one in now. */
  inject(fault: Fault, atMs: number, by: DrillFault['by']): DrillFault;
  /** Null for an id that is none. */
  withdraw(faultId: string, atMs: number): DrillFault | null;
  /** Fixes when the scenario's faults come. */
  plan(onsetMs: number, beginMs: number): void;
  /** Puts in what is due; gives what was put in. */
  due(nowMs: number): DrillFault[];
  /** The kinds in force, with their faults. */
  active(): { readonly id: string; readonly active: ActiveFault }[];
};

const percent = (share01: number) => `${Math.round(share01 * 100)} %`;

/** A fault in a few words, for the facilitator. */
export function titleOf(fault: Fault): string {
  switch (fault.kind) {
    case 'bad-version':
      return `${fault.version} of ${fault.prompt} answers worse${fault.cohorts ? ` in ${fault.cohorts.join(', ')}` : ''}`;
    case 'stale-workers':
      return `${percent(fault.share01)} of the workers of ${fault.prompt} hear of no change`;
    case 'poisoned-queue':
      return `bad outputs of ${fault.prompt} lie in its queue`;
    case 'provider-outage':
      return `the model provider is in trouble (${fault.errorType})`;
    case 'upstream-data':
      return `${fault.prompt} is fed wrong data`;
    case 'model-change':
      return `the model behind ${fault.prompt} became ${fault.toModel}`;
    case 'stalled-recovery':
      return `after a flip of ${fault.prompt} ${percent(fault.remaining01)} of the excess stays`;
    case 'slow-telemetry':
      return `spans arrive ${fault.seconds} s later`;
    case 'missing-version':
      return `${percent(fault.share01)} of the spans of ${fault.prompt} name no version`;
    case 'lever-trouble':
      return `the lever of ${fault.prompt} ${{ 'hangs-after-applying': 'hangs after applying', refuses: 'refuses', unreadable: 'cannot be read' }[fault.how]}`;
    default:
      return assertNever(fault, 'fault');
  }
}

export function createFaultBook(scenario: Pick<Scenario, 'faults'>, fleet: Fleet): FaultBook {
  const entries: Entry[] = scenario.faults.map(({ fault }, index) => ({
    fault: {
      id: `fault-${index + 1}`,
      fault,
      title: titleOf(fault),
      state: 'planned',
      by: 'scenario',
      activeFromMs: null,
    },
    active: null,
  }));
  const dueAtMs = new Map<string, number>();

  function activate(entry: Entry, atMs: number): DrillFault {
    entry.active = { fault: entry.fault.fault, fromMs: atMs, untilMs: Number.POSITIVE_INFINITY };
    entry.fault = { ...entry.fault, state: 'active', activeFromMs: atMs };
    fleet.fault(entry.active);
    const { fault } = entry.fault;
    if (fault.kind === 'stale-workers') fleet.deafen(fault.prompt, fault.share01, atMs);
    return entry.fault;
  }

  return {
    list: () => entries.map(({ fault }) => fault),
    inject(fault, atMs, by) {
      const entry: Entry = {
        fault: {
          id: `fault-${entries.length + 1}`,
          fault,
          title: titleOf(fault),
          state: 'planned',
          by,
          activeFromMs: null,
        },
        active: null,
      };
      entries.push(entry);
      return activate(entry, atMs);
    },
    withdraw(faultId, atMs) {
      const entry = entries.find(({ fault }) => fault.id === faultId);
      if (!entry) return null;
      if (entry.active) {
        fleet.withdraw(entry.active, atMs);
        const { fault } = entry.active;
        if (fault.kind === 'stale-workers') fleet.restart(fault.prompt, atMs);
      }
      entry.fault = { ...entry.fault, state: 'withdrawn' };
      return entry.fault;
    },
    plan(onsetMs, beginMs) {
      for (const [index, { atMinutes }] of scenario.faults.entries())
        dueAtMs.set(`fault-${index + 1}`, Math.max(beginMs, onsetMs + (atMinutes ?? 0) * 60_000));
    },
    due(nowMs) {
      return entries.flatMap((entry) => {
        const atMs = dueAtMs.get(entry.fault.id);
        if (entry.fault.state !== 'planned' || atMs === undefined || atMs > nowMs) return [];
        return [activate(entry, atMs)];
      });
    },
    active: () =>
      entries.flatMap(({ fault, active }) =>
        active && fault.state === 'active' ? [{ id: fault.id, active }] : [],
      ),
  };
}
