import {
  broken,
  fields,
  isFiniteNumber,
  objects,
  parsedLines,
  together,
  words,
  type CaseResult,
  type Fields,
} from './kind.ts';

/**
 * Reads the record of `oaieval --record_path`. Samples are known by their place alone: `lineIndex` is the case's 0-based line in
 * samples.jsonl. The exit code says nothing (it is 0 whatever the scores), so only the record counts.
 */
export function readOpenAiEvals(text: string, lineIndex: number): CaseResult {
  const lines = objects(parsedLines(text));
  if (!lines || lines.length === 0) return broken('the output is no record of OpenAI Evals');
  if (!lines.some((line) => 'final_report' in line)) return broken('the run did not finish: no final report');
  const mine = lines.filter(({ sample_id: id }) => typeof id === 'string' && id.endsWith(`.${lineIndex}`));
  const error = mine.find(({ type }) => type === 'error');
  if (error) return broken(words(fields(error['data'])?.['message'], 'the sample broke'));
  const verdicts = mine.filter(({ type }) => type === 'match' || type === 'metrics');
  if (verdicts.length === 0) return broken(`the record has no verdict on sample ${lineIndex}`);
  return together(verdicts.map(eventResult));
}

function eventResult(event: Fields): CaseResult {
  const data = fields(event['data']) ?? {};
  if (event['type'] === 'match') {
    if (typeof data['correct'] !== 'boolean') return broken('the match has no verdict');
    return data['correct']
      ? { verdict: 'pass', detail: 'the output has the expected text' }
      : { verdict: 'fail', detail: 'the output lacks the expected text' };
  }
  if (data['choice'] === '__invalid__') return broken('the answer of the judge could not be read');
  if (!isFiniteNumber(data['score'])) return broken('the sample has no score');
  return data['score'] >= 1
    ? { verdict: 'pass', detail: 'the judge says yes' }
    : { verdict: 'fail', detail: `the judge says ${words(data['choice'], 'no')}` };
}
