import type { DrillEvent, DrillMark, DrillPhase, DrillSpeed, DrillState } from '#shared/model/drill.ts';
import type { DrillObserver } from '#shared/domain/drill/observation.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { Scenario } from '#shared/model/scenario.ts';
import type { DrillWorld } from '../kind.ts';

/** The newest events that the facilitator's page is sent. */
const EVENTS_SHOWN = 200;

/** A drill as the desk holds it. */
export type UnderWay = {
  readonly drillId: string;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly facilitator: string;
  readonly participants: readonly string[];
  readonly castPromptId: string | null;
  /** Wall clock, epoch ms. */
  readonly startedAtMs: number;
  phase: DrillPhase;
  detail: string;
  /** Null until it has been built. */
  world: DrillWorld | null;
  speed: DrillSpeed;
  /** Simulated, epoch ms. */
  beginMs: number | null;
  endsMs: number | null;
  /** Its clock was stopped at its end, once. */
  isTimeOver: boolean;
  /** Watches from the beginning on. */
  observer: DrillObserver | null;
  readonly hints: { readonly text: string; givenAtMs: number | null }[];
  /** What the facilitator did, oldest first. */
  readonly done: DrillEvent[];
  /** As last looked at. */
  seen: { readonly events: readonly DrillEvent[]; readonly incidents: readonly Incident[] };
};

/** Can people still play in it? */
export function isPlayed(drill: UnderWay): boolean {
  return drill.phase === 'briefing' || drill.phase === 'running';
}

/** Writes down what the facilitator did. */
export function noteOf(drill: UnderWay, who: string, kind: DrillEvent['kind'], text: string): void {
  const atMs = drill.world?.clock.nowMs() ?? drill.startedAtMs;
  drill.done.push({ atMs, by: 'facilitator', kind, who, text });
}

/** Everything that happened so far, oldest first. Of what the facilitator did the desk knows more than the world: who it was. */
export function eventsOf({ seen, done }: Pick<UnderWay, 'seen' | 'done'>): DrillEvent[] {
  const ofWorld = seen.events.filter(({ by }) => by !== 'facilitator');
  return [...ofWorld, ...done].toSorted((a, b) => a.atMs - b.atMs);
}

/** What the participants are told; never what is wrong, nor when. */
export function markOf({
  drillId,
  phase,
  facilitator,
  hints,
  scenario: { title, brief },
}: UnderWay): Omit<DrillMark, 'actions' | 'speed'> {
  const given = hints.filter(({ givenAtMs }) => givenAtMs !== null).map(({ text }) => text);
  return { drillId, title, brief, phase, facilitator, hints: given };
}

/** What the facilitator's page shows. */
export function stateOf(drill: UnderWay): DrillState {
  const { world, seen, scenario } = drill;
  const truth = world?.truth();
  return {
    drillId: drill.drillId,
    scenarioId: scenario.id,
    title: scenario.title,
    seed: drill.seed,
    phase: drill.phase,
    detail: drill.detail,
    speed: drill.speed,
    facilitator: drill.facilitator,
    participants: [...drill.participants],
    brief: scenario.brief,
    purpose: scenario.purpose,
    nowMs: world?.clock.nowMs() ?? drill.startedAtMs,
    beginMs: drill.beginMs,
    endsMs: drill.endsMs,
    onsetMs: truth?.onsetMs ?? null,
    faults: [...(world?.faults() ?? [])],
    hints: drill.hints.map((hint) => ({ ...hint })),
    prompts: scenario.prompts.map(({ id, versions, cohorts }) => ({
      id,
      versions: versions.map((version) => version.id),
      cohorts: cohorts.map((cohort) => cohort.name),
    })),
    incidents: seen.incidents.map(({ id, promptId, status, steps, verification }) => ({
      id,
      promptId,
      status,
      step: steps.find(({ state }) => state === 'active')?.id ?? null,
      steps,
      verdict: verification?.verdict ?? null,
    })),
    badConversations: truth?.badStartsMs.length ?? 0,
    events: eventsOf(drill).slice(-EVENTS_SHOWN),
  };
}
