import { owesPostmortem } from '../postmortem/closing.ts';
import type { EvalOutcome, IncidentFacts, ResponseTimes } from '#shared/model/history.ts';
import type { Incident, LoopStepId } from '#shared/model/incident.ts';

const DAY_MS = 24 * 3_600_000;
/** 1970-01-05, the first Monday of the epoch. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
const WEEK_MS = 7 * DAY_MS;

/** Monday 00:00 UTC of the week `atMs` lies in. */
export function weekStart(atMs: number): number {
  return FIRST_MONDAY_MS + Math.floor((atMs - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS;
}

/** The next week's first moment. */
export function nextWeek(weekStartMs: number): number {
  return weekStartMs + WEEK_MS;
}

type TimedIncident = Pick<Incident, 'steps' | 'shippedAtMs' | 'declaredAtMs'>;

/**
 * The measured times of an incident in ms. A time is null where an end of it is not known, never zero: a time to detect
 * needs the moment the bad version shipped.
 */
export function responseTimes(incident: TimedIncident): ResponseTimes {
  const { steps, shippedAtMs, declaredAtMs } = incident;
  const doneAt = (id: LoopStepId) =>
    steps.find((step) => step.id === id && step.state === 'done')?.doneAtMs ?? null;
  const tookMs = (id: LoopStepId) =>
    span(steps.find((step) => step.id === id)?.startedAtMs ?? null, doneAt(id));
  return {
    detect: shippedAtMs === null ? null : tookMs('detect'),
    identify: tookMs('identify'),
    decide: tookMs('decide'),
    rollback: tookMs('rollback'),
    verify: tookMs('verify'),
    note: tookMs('note'),
    eval: tookMs('eval'),
    'time-to-rollback': span(declaredAtMs, doneAt('rollback')),
    'time-to-recover': span(declaredAtMs, doneAt('verify')),
    total: span(shippedAtMs, doneAt('verify')),
  };
}

/** A correction by hand may put an end before its beginning: that is no time at all. */
function span(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null ? null : Math.max(0, toMs - fromMs);
}

/**
 * What history keeps of an incident. `prompt` is how the workspace knows it now (null = no longer there). Which earlier
 * incident it repeats is looked up where the facts are stored.
 */
export function incidentFacts(
  incident: Incident,
  prompt: { readonly owner?: string | undefined; readonly service: string } | null,
): Omit<IncidentFacts, 'recurrenceOf'> {
  const flips = incident.rollbacks.filter(
    ({ state, operation }) =>
      (state === 'in-effect' || state === 'seen-in-traffic') &&
      (operation.kind === 'serve-control' || operation.kind === 'point-label'),
  );
  return {
    incidentId: incident.id,
    promptId: incident.promptId,
    promptTitle: incident.promptTitle,
    team: prompt?.owner ?? null,
    service: prompt?.service ?? null,
    trigger: incident.trigger.kind,
    signal: incident.trigger.signal,
    lever: flips.at(-1)?.lever ?? null,
    severity: incident.severity,
    status: incident.status,
    declaredAtMs: incident.declaredAtMs,
    closedAtMs: incident.closedAtMs,
    weekStartMs: weekStart(incident.declaredAtMs),
    times: responseTimes(incident),
    // Drills are played elsewhere and open no incident here yet.
    isDrill: false,
    hasEvalCase: incident.steps.some(({ id, state }) => id === 'eval' && state === 'done'),
    evalOutcome: evalOutcome(incident, flips.length > 0),
    hasWaiver: incident.waivers.length > 0,
    badConversations: incident.badConversations,
  };
}

/** While the incident is open, only a proven case is an outcome. */
function evalOutcome(
  { steps, waivers, status, decision }: Incident,
  wasFlipped: boolean,
): EvalOutcome | null {
  if (steps.some(({ id, state }) => id === 'eval' && state === 'done')) return 'proven';
  if (status === 'open') return null;
  if (waivers.some(({ blocker }) => blocker === 'eval-case' || blocker === 'eval-gate')) return 'waived';
  return owesPostmortem({ wasFlipped, decided: decision.recorded }) ? 'missing' : 'not-owed';
}
