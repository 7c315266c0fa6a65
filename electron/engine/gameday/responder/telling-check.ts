import { holds } from '#shared/domain/evals/content.ts';
import type { EvalAssertion } from '#shared/model/eval-case.ts';

/** Most words of good answers that are tried, longest first. */
const WORDS_TRIED = 40;

/**
 * A check of the text that every good answer seen meets and no bad one does, as a person finds one by reading them side by side; null = only
 * a judge could tell them apart, or there is nothing to read. Whether it holds for answers that were not seen is for the proof to say.
 */
export function tellingCheck(bad: readonly string[], good: readonly string[]): EvalAssertion | null {
  if (bad.length === 0 || good.length === 0) return null;
  const tells = (check: EvalAssertion) =>
    good.every((output) => holds(check, output) === true) &&
    bad.every((output) => holds(check, output) === false);
  return [...candidates(bad, good)].find(tells) ?? null;
}

/** From the most telling to the crudest. Bad answers show more of their ways than good ones: these are kept by chance, those all. */
function* candidates(bad: readonly string[], good: readonly string[]): Generator<EvalAssertion> {
  yield { kind: 'is-json' };
  const openings = [...new Set(bad.flatMap((output) => /^[\p{L}\p{N}]+/u.exec(output)?.[0] ?? []))];
  const pattern = String.raw`^(?:${openings.toSorted().join('|')})\b`;
  if (openings.length > 0 && pattern.length <= 500) yield { kind: 'not-regex', pattern };
  for (const word of sharedWords(good)) yield { kind: 'first-sentence-contains', value: word };
  for (const word of sharedWords(good)) yield { kind: 'contains', value: word, ignoreCase: false };
  const longest = Math.max(...good.map((output) => output.length));
  if (longest > 0) yield { kind: 'at-most-characters', characters: longest };
}

/** Words that stand in every good answer, longest first: short ones stand in anything. */
function sharedWords(good: readonly string[]): string[] {
  const [first = new Set<string>(), ...others] = good.map(
    (output) => new Set<string>(output.match(/[\p{L}\p{N}]{3,}/gu) ?? []),
  );
  return [...first]
    .filter((word) => others.every((words) => words.has(word)))
    .toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))
    .slice(0, WORDS_TRIED);
}
