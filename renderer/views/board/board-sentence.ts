import { judgementOf, type Judgement } from '#renderer/live/judgement.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';

export type BoardSentence = {
  readonly tone: 'ok' | 'watch' | 'danger' | 'unknown';
  readonly text: string;
};

type PromptFacts = Pick<PromptStatus, 'signals'>;

/**
 * The state of everything in one sentence, worst first. Calm is said only of prompts that could be judged: a prompt
 * without data is not well, it is unknown.
 */
export function boardSentence(
  prompts: readonly PromptFacts[],
  openIncidents: readonly Pick<Incident, 'id'>[],
): BoardSentence {
  if (prompts.length === 0) return { tone: 'unknown', text: 'No prompt is configured yet.' };
  const judged = prompts.map(judgementOf);
  const amount = (judgement: Judgement) => judged.filter((each) => each === judgement).length;
  const open = openIncidents.length;
  if (open > 0) return { tone: 'danger', text: `${count(open, 'incident')} open: ${named(openIncidents)}.` };
  const paging = amount('worse');
  if (paging > 0) return { tone: 'danger', text: `${count(paging, 'prompt')} certainly worse than control.` };
  const watched = amount('maybe');
  const unknown = amount('unknown');
  const rest = unknown === 0 ? '' : ` ${count(unknown, 'prompt')} cannot be judged: no data.`;
  if (watched > 0)
    return { tone: 'watch', text: `${count(watched, 'prompt')} worse at 2 σ, confirming.${rest}` };
  const good = amount('good');
  if (good === 0)
    return { tone: 'unknown', text: `None of ${prompts.length} prompts can be judged: no data.` };
  return {
    tone: unknown === 0 ? 'ok' : 'unknown',
    text: `${good} of ${prompts.length} prompts as good as their control.${rest}`,
  };
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
