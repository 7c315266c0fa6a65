import {
  broken,
  fields,
  isFiniteNumber,
  objects,
  parsed,
  together,
  words,
  type CaseResult,
  type Fields,
} from './kind.ts';

/** Reads an Inspect log written with `--log-format json`. The exit code says nothing about scores, so only the log counts. */
export function readInspect(text: string, caseId: string): CaseResult {
  if (text.startsWith('PK')) return broken('the log is packed (.eval): run inspect with --log-format json');
  const log = fields(parsed(withoutBareNumbers(text))?.value);
  if (!log) return broken('the output is no log of Inspect');
  if (log['status'] !== 'success') {
    return broken(
      `the run ended as ${words(log['status'], 'unknown')}: ${words(fields(log['error'])?.['message'], 'no reason given')}`,
    );
  }
  if (log['invalidated'] === true) return broken('the log was invalidated');
  const scorers = objects(fields(log['results'])?.['scores']) ?? [];
  if (scorers.some(({ unscored_samples: count }) => isFiniteNumber(count) && count > 0)) {
    return broken('some samples were not scored: a grade could not be read');
  }
  const samples = objects(log['samples']);
  if (!samples || samples.length === 0) return broken('the log has no samples');
  const mine = samples.filter(({ id }) => String(id) === caseId);
  if (mine.length === 0) return broken(`the log has ${samples.length} sample(s), none of ${caseId}`);
  return together(mine.map(sampleResult));
}

function sampleResult(sample: Fields): CaseResult {
  if (sample['error'] != null) {
    return broken(words(fields(sample['error'])?.['message'], 'the sample broke'));
  }
  const scores = Object.values(fields(sample['scores']) ?? {}).map((score) => fields(score));
  if (scores.length === 0) return broken('the sample was not scored');
  const results = scores.map((score): CaseResult => {
    const value = gradeOf(score?.['value']);
    if (value === null) return broken('the sample was not scored');
    const why = words(score?.['explanation'], value >= 1 ? 'correct' : 'incorrect');
    return { verdict: value >= 1 ? 'pass' : 'fail', detail: why };
  });
  return together(results);
}

/** Inspect's own reading of a score: C is 1, P a half, I and N nothing. Null = no score. */
function gradeOf(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (isFiniteNumber(value)) return value;
  if (typeof value !== 'string') return null;
  switch (value.toLowerCase()) {
    case 'c':
    case 'yes':
    case 'true':
      return 1;
    case 'p':
      return 0.5;
    case 'i':
    case 'n':
    case 'no':
    case 'false':
      return 0;
    default:
      return null;
  }
}

/** Python writes NaN and Infinity bare, which is no JSON: outside of strings they become null. */
function withoutBareNumbers(text: string): string {
  return text.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g, (token) =>
    token.startsWith('"') ? token : 'null',
  );
}
