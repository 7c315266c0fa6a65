import { judgementOf, type JudgedFacts, type Judgement } from '#renderer/live/judgement.ts';
import type { Incident } from '#shared/model/incident.ts';

export type BoardSentence = {
  readonly tone: 'ok' | 'watch' | 'danger' | 'unknown';
  readonly text: string;
};

/**
 * The state of everything in one sentence, worst first. Calm is said only of prompts that could be judged: a prompt
 * without data is not well, it is unknown; one without a candidate is watched against its own past at most.
 */
export function boardSentence(
  prompts: readonly JudgedFacts[],
  openIncidents: readonly Pick<Incident, 'id'>[],
): BoardSentence {
  if (prompts.length === 0) return { tone: 'unknown', text: 'No prompt is configured yet.' };
  const judged = prompts.map(judgementOf);
  const amount = (judgement: Judgement) => judged.filter((each) => each === judgement).length;
  const open = openIncidents.length;
  if (open > 0) return { tone: 'danger', text: `${count(open, 'incident')} open: ${named(openIncidents)}.` };
  const paging = amount('worse');
  if (paging > 0) return { tone: 'danger', text: `${count(paging, 'prompt')} certainly worse than control.` };
  const ownPast = prompts.filter((prompt, index) => judged[index] === 'alone' && prompt.ownPast).length;
  const unjudged = unjudgedWords({
    blind: amount('blind'),
    unknown: amount('unknown'),
    ownPast,
    alone: amount('alone') - ownPast,
  });
  const rest = unjudged.map((words) => ` ${words}.`).join('');
  const watched = amount('maybe');
  if (watched > 0) return { tone: 'watch', text: `${count(watched, 'prompt')} worse, confirming.${rest}` };
  const good = amount('good');
  const isCalm = good > 0 && amount('unknown') === 0 && amount('blind') === 0;
  const onTrial = prompts.length - amount('alone');
  if (onTrial === 0) return { tone: 'ok', text: `No candidate on trial: ${unjudged.join(', ')}.` };
  return {
    tone: isCalm ? 'ok' : 'unknown',
    text: `No difference seen in ${good} of ${count(onTrial, 'prompt')} on trial.${rest}`,
  };
}

function unjudgedWords(amounts: {
  readonly blind: number;
  readonly unknown: number;
  readonly ownPast: number;
  readonly alone: number;
}): string[] {
  const { blind, unknown, ownPast, alone } = amounts;
  return [
    blind > 0 && `${count(blind, 'prompt')} still blind`,
    unknown > 0 && `${count(unknown, 'prompt')} cannot be judged: no data`,
    ownPast > 0 && `${count(ownPast, 'prompt')} watched against ${ownPast === 1 ? 'its' : 'their'} own past`,
    alone > 0 && `${count(alone, 'prompt')} with nothing to compare`,
  ].filter((words) => words !== false);
}

function count(amount: number, word: string): string {
  return `${amount} ${amount === 1 ? word : `${word}s`}`;
}

function named(incidents: readonly Pick<Incident, 'id'>[]): string {
  return incidents
    .slice(0, 3)
    .map((incident) => incident.id)
    .join(', ');
}
