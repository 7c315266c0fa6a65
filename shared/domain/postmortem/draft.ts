import { LOOP_STEPS, type Incident, type LoopStep } from '#shared/model/incident.ts';
import type { SectionId } from '#shared/model/postmortem.ts';
import { affectedCohorts, cohortLines } from './cohorts.ts';
import { inEffectAtMs, newestFlip, oneLine, shareBefore } from './note.ts';
import { moment, percent, span } from './words.ts';

/**
 * What the record can say about each section by itself, from facts only; empty where only a person knows. The same record gives the
 * same text. @param offsetMinutes minutes the local zone is east of UTC
 */
export function draftSections(incident: Incident, offsetMinutes: number): Record<SectionId, string> {
  return {
    summary: summary(incident, offsetMinutes),
    'impact-requests': requests(incident),
    'impact-segments': segments(incident),
    'impact-business': '',
    cause: suspicion(incident),
    contributing: '',
    'detection-method': method(incident),
    'missed-by-evals': '',
    'why-not-sooner': '',
    'went-well': stepLines(incident.steps, 'within').join('\n'),
    'went-badly': stepLines(incident.steps, 'over').join('\n'),
  };
}

/** Sections whose draft is a hint: closing asks for a person's own words. */
export const OWN_WORDS: readonly SectionId[] = ['cause', 'missed-by-evals', 'why-not-sooner'];

function summary(incident: Incident, offsetMinutes: number): string {
  const flip = newestFlip(incident.rollbacks);
  const bad = incident.badVersion ?? 'an unknown version';
  const began =
    incident.shippedAtMs === null ? 'at an unknown time' : moment(incident.shippedAtMs, offsetMinutes);
  const sentences = [
    `${incident.promptTitle} ${bad} shipped ${began}.`,
    `${capital(oneLine(incident.trigger.sentence))}, noticed ${moment(incident.declaredAtMs, offsetMinutes)} by ${incident.declaredBy}.`,
    flip === null
      ? 'Nothing was rolled back.'
      : `${flip.actor} put ${flip.toVersion} back, ${moment(flip.pressedAtMs, offsetMinutes)}` +
        `${inEffectAtMs(flip) === null ? '' : `, in effect after ${span((inEffectAtMs(flip) ?? 0) - flip.pressedAtMs)}`}.`,
    incident.verification === null
      ? 'The recovery was not checked.'
      : oneLine(incident.verification.sentence),
  ];
  return sentences.join(' ');
}

function requests(incident: Incident): string {
  const bad = incident.badVersion ?? 'the bad version';
  const count =
    incident.badConversations === null
      ? `Conversations on ${bad}: unknown.`
      : `${Math.round(incident.badConversations)} conversations ran on ${bad}, counted in the traces.`;
  const share = shareBefore(newestFlip(incident.rollbacks), incident.badVersion);
  return `${count} Share of traffic before the flip: ${share}.`;
}

function segments(incident: Incident): string {
  const cohorts = affectedCohorts(incident).join(', ');
  return [`Cohorts: ${cohorts === '' ? 'unknown' : cohorts}.`, ...cohortLines(incident)].join('\n');
}

function suspicion({ culprit, badVersion, goodVersion }: Incident): string {
  const between = `Between ${goodVersion} and ${badVersion ?? 'an unknown version'}.`;
  if (culprit === null) return between;
  const first = culprit.suspects
    .slice(0, 3)
    .map(
      ({ what, by, source, weight01, reason }) =>
        `${oneLine(what)} (${source}${by === null ? '' : `, by ${by}`}, weight ${percent(weight01)}): ${oneLine(reason)}`,
    );
  return [between, oneLine(culprit.sentence), ...first].join('\n');
}

const RULES: Record<NonNullable<Incident['alarm']>['rule'], string> = {
  'one-at-page': '3 sigma on one signal',
  'two-at-watch': '2 sigma on two signals',
  'one-at-watch': '2 sigma on one signal',
  split: 'the share seen was not the share intended',
};

function method({ alarm, trigger, declaredBy }: Incident): string {
  if (alarm !== null) {
    const against = alarm.basis === 'history' ? 'against earlier traffic' : 'against the control version';
    return `Alarm on ${alarm.signal}, ${RULES[alarm.rule]}, ${against}: ${oneLine(alarm.sentence)}`;
  }
  if (trigger.kind === 'manual') return `Declared by hand by ${declaredBy}: ${oneLine(trigger.sentence)}`;
  return `${capital(trigger.kind)} trigger: ${oneLine(trigger.sentence)}`;
}

/** The measured steps that kept their target, or did not. */
function stepLines(steps: readonly LoopStep[], which: 'within' | 'over'): string[] {
  return steps.flatMap((step) => {
    const tookMs = stepTookMs(step);
    if (tookMs === null || step.state !== 'done' || tookMs > step.targetMs !== (which === 'over')) return [];
    return [`${capital(titleOf(step))} took ${span(tookMs)}, target ${span(step.targetMs)}.`];
  });
}

/** Measured length of a step; null = it has no end or no beginning. */
export function stepTookMs({ startedAtMs, doneAtMs }: LoopStep): number | null {
  return startedAtMs === null || doneAtMs === null ? null : doneAtMs - startedAtMs;
}

export function titleOf({ id }: Pick<LoopStep, 'id'>): string {
  return LOOP_STEPS.find((step) => step.id === id)?.title ?? id;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
