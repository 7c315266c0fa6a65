import { holds } from '#shared/domain/evals/content.ts';
import type { EvalAssertion } from '#shared/model/eval-case.ts';

/** Most words of good answers that are tried, longest first. */
const WORDS_TRIED = 40;

/** What is read is never clean: a complaint comes minutes after its answer, and a low rating may have other reasons. */
const MOST01 = 0.75;
/** So much commoner among the bad answers is the way in which a bad one begins. */
const TELLING_TIMES = 3;

/**
 * A check of the text that most good answers seen meet and most bad ones do not, as a person finds one by reading them side by side; null = only
 * a judge could tell them apart, or there is nothing to read. Whether it holds for every answer is for the proof to say: `refused` are checks that did
 * not, and of their kinds no other is tried.
 */
export function tellingCheck(
  bad: readonly string[],
  good: readonly string[],
  refused: readonly EvalAssertion[] = [],
): EvalAssertion | null {
  if (bad.length === 0 || good.length === 0) return null;
  const share01 = (outputs: readonly string[], check: EvalAssertion, wanted: boolean) =>
    outputs.filter((output) => holds(check, output) === wanted).length / outputs.length;
  const tells = (check: EvalAssertion) =>
    refused.every(({ kind }) => kind !== check.kind) &&
    share01(good, check, true) >= MOST01 &&
    share01(bad, check, false) >= MOST01;
  return [...candidates(bad, good)].find(tells) ?? null;
}

/** From the most telling to the crudest. Bad answers show more of their ways than good ones: these are kept by chance, those all. */
function* candidates(bad: readonly string[], good: readonly string[]): Generator<EvalAssertion> {
  yield { kind: 'is-json' };
  const openings = tellingOpenings(bad, good);
  const pattern = String.raw`^(?:${openings.join('|')})\b`;
  if (openings.length > 0 && pattern.length <= 500) yield { kind: 'not-regex', pattern };
  for (const word of sharedWords(good)) yield { kind: 'first-sentence-contains', value: word };
  for (const word of sharedWords(good)) yield { kind: 'contains', value: word, ignoreCase: false };
  const longest = Math.max(...good.map((output) => output.length));
  if (longest > 0) yield { kind: 'at-most-characters', characters: longest };
}

/** First words of bad answers that good ones seldom begin with, in order. */
function tellingOpenings(bad: readonly string[], good: readonly string[]): string[] {
  const opening = (output: string) => /^[\p{L}\p{N}]+/u.exec(output)?.[0] ?? '';
  const share01 = (outputs: readonly string[], word: string) =>
    outputs.filter((output) => opening(output) === word).length / outputs.length;
  return [...new Set(bad.map(opening))]
    .filter((word) => word !== '' && share01(bad, word) > TELLING_TIMES * share01(good, word))
    .toSorted();
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
