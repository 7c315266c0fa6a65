import type { DrillEvent } from '#shared/model/drill.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { Scenario, WorldAction } from '#shared/model/scenario.ts';
import { isInEffect } from '../rollback/machine.ts';
import type { DrillObservation, ObservedIncident } from './observation.ts';

/** What served badly, as only the simulator knows it. */
export type DrillTruth = {
  readonly onsetMs: number | null;
  readonly badStartsMs: readonly number[];
  readonly badUntouched: number;
};

/** Everything a drill is scored from. Times are simulated epoch ms unless they say otherwise. */
export type DrillFacts = {
  readonly drillId: string;
  readonly seed: number;
  readonly outcome: 'finished' | 'aborted';
  readonly facilitator: string;
  readonly participants: readonly string[];
  /** Wall clock. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly beginMs: number;
  /** When the drill was stopped. */
  readonly endMs: number;
  readonly castPromptId: string | null;
  readonly scenario: Scenario;
  readonly truth: DrillTruth;
  readonly seen: DrillObservation;
  /** What people set going outside Fusebox. */
  readonly actions: readonly WorldAction[];
  readonly hintsGiven: number;
  /** The prompt of the drill has an eval suite in which a case can be proven. */
  readonly canProve: boolean;
  readonly events: readonly DrillEvent[];
};

/** The prompt the drill is about. */
export function promptOf(scenario: Scenario): string {
  return scenario.expected.page?.prompt ?? scenario.prompts[0]?.id ?? '';
}

/** The incident the drill is about: the first of its prompt after the onset, else the first one. */
export function mainIncident({ scenario, truth, seen }: DrillFacts): ObservedIncident | null {
  const ofPrompt = seen.incidents.filter(({ incident }) => incident.promptId === promptOf(scenario));
  const { onsetMs } = truth;
  return (
    ofPrompt.find(({ incident }) => onsetMs !== null && incident.declaredAtMs >= onsetMs) ??
    ofPrompt[0] ??
    null
  );
}

/** Flips of an incident that took effect: to a chosen version, or back. Holding a ramp is none. */
export function flipsOf(incident: Incident): Incident['rollbacks'] {
  return incident.rollbacks.filter(
    ({ operation, state }) => operation.kind !== 'set-share' && isInEffect(state),
  );
}

/** The advice that fits the scenario, where it is about a prompt's version at all. */
export function isRollbackRight({ expected, kind }: Scenario): boolean {
  if (kind === 'quiet' || isSoft({ expected, kind })) return false;
  return expected.advice === null ? kind !== 'not-the-prompt' : expected.advice.includes('roll-back');
}

/** A drift that shall hold the ramp and page nobody. */
export function isSoft({ expected, kind }: Pick<Scenario, 'expected' | 'kind'>): boolean {
  return kind !== 'quiet' && expected.page === null && expected.watch === true;
}
