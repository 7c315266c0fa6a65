import {
  PLAYBOOK_IDS,
  type ErrorType,
  type PlaybookId,
  type PlaybookSuggestion,
} from '#shared/model/wave2.ts';
import { PLAYBOOKS } from './playbooks.ts';

/** Words of error types and messages, tried in this order: "value too long" also says "validation" now and then. */
const SIGNS: readonly { readonly playbook: PlaybookId; readonly words: RegExp }[] = [
  {
    playbook: 'column',
    words:
      /too[\s_-]?long|truncat|max(imum)?[\s_-]?(length|size)|length[\s_-]?(limit|exceeded|error)|exceeds?[\s_-].{0,40}(length|characters)|right[\s_-]?truncation|\b22001\b|varchar/i,
  },
  {
    playbook: 'parser',
    words:
      /pars(e|er|ing)|json|yaml|xml|schema|decod|deserial|unmarshal|malformed|unexpected[\s_-]?(token|field|end|format)|invalid[\s_-]?(format|field|enum)|validation|^index[\s_-]?error|index out of|key[\s_-]?error/i,
  },
  {
    playbook: 'index',
    words:
      /search|\bindex|embedding|vector|elastic|opensearch|lucene|document[\s_-]?(missing|not[\s_-]?found|stale)/i,
  },
];

/** Which repair an error speaks for; null = it does not say. */
export function playbookOf({ type, sample }: Pick<ErrorType, 'type' | 'sample'>): PlaybookId | null {
  const byType = SIGNS.find(({ words }) => words.test(type));
  return (byType ?? SIGNS.find(({ words }) => words.test(sample)))?.playbook ?? null;
}

/**
 * Which playbooks the errors speak for, the strongest first, each with its reason. Errors since the flip count where there are any: those
 * are the ones that outlive the bad version. A suggestion, never a choice.
 */
export function suggestPlaybooks(errors: readonly ErrorType[]): PlaybookSuggestion[] {
  const hasLate = errors.some(({ sinceFlip }) => sinceFlip > 0);
  const spansOf = (error: ErrorType) => (hasLate ? error.sinceFlip : error.count);
  const total = errors.reduce((sum, error) => sum + spansOf(error), 0);
  return PLAYBOOK_IDS.flatMap((playbook) => {
    const mine = errors.filter((error) => spansOf(error) > 0 && playbookOf(error) === playbook);
    const spans = mine.reduce((sum, error) => sum + spansOf(error), 0);
    if (spans === 0) return [];
    const names = mine.map(({ type }) => type);
    const named =
      names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
    const when = hasLate ? 'since the flip' : 'in the bad window';
    const reason = `${spans} of ${total} failing spans ${when} say ${named}: ${PLAYBOOKS[playbook].title.toLowerCase()}.`;
    return [{ playbook, spans, reason }];
  }).toSorted((a, b) => b.spans - a.spans);
}
