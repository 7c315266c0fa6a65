import type {
  DrillReport,
  DrillSpeed,
  DrillState,
  DrillSummary,
  ScenarioProblem,
  ScenarioSummary,
} from '#shared/model/drill.ts';
import type { Fault, WorldAction } from '#shared/model/scenario.ts';
import type { Command } from '#engine/ports.ts';

type OfDrill = Command & { readonly drillId: string };

/**
 * The facilitator's commands, in the team's own engine. In the world of a drill the same procedures stand, and all but `act` are
 * refused there. Throws CommandError NOT_FOUND for a drill that is not under way, REFUSED for what cannot be done now.
 */
export type DrillDesk = {
  scenarios(): Promise<ScenarioSummary[]>;
  /** Files of the library that cannot be used, and why; the others can. */
  scenarioProblems(): Promise<ScenarioProblem[]>;
  /** Null: no drill is under way. As last looked at, at most a second old. */
  current(): DrillState | null;
  /** Answers as soon as the world begins to be built; the rest comes over the feed. */
  prepare(
    input: Command & {
      readonly scenarioId: string;
      readonly seed: number | null;
      readonly participants: readonly string[];
      readonly castPromptId: string | null;
    },
  ): Promise<DrillState>;
  begin(input: OfDrill): Promise<DrillState>;
  setSpeed(input: OfDrill & { readonly speed: DrillSpeed }): Promise<DrillState>;
  inject(input: OfDrill & { readonly fault: Fault }): Promise<DrillState>;
  withdraw(input: OfDrill & { readonly faultId: string }): Promise<DrillState>;
  /** `text` null: the scenario's next hint. */
  hint(input: OfDrill & { readonly text: string | null }): Promise<DrillState>;
  finish(input: OfDrill): Promise<DrillReport>;
  /** Null: it was aborted before it began, and there is nothing to report. */
  abort(input: OfDrill & { readonly reason: string }): Promise<DrillReport | null>;
  /** Newest first. */
  reports(limit: number): Promise<DrillSummary[]>;
  report(drillId: string): Promise<DrillReport>;
  record(
    input: Command & { readonly incidentId: string },
  ): Promise<{ scenario: ScenarioSummary; fileName: string; text: string }>;
  openBundle(input: Command & { readonly text: string }): Promise<ScenarioSummary>;
  act(input: Command & { readonly action: WorldAction }): Promise<{ endsAtMs: number }>;
};
