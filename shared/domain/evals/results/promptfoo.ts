import {
  broken,
  fields,
  isFiniteNumber,
  objects,
  parsed,
  parsedLines,
  together,
  words,
  type CaseResult,
  type Fields,
} from './kind.ts';

/** Reads Promptfoo's `-o out.json` (version 3) or `out.jsonl`. Cases are told apart by `metadata.case_id`. */
export function readPromptfoo(text: string, caseId: string): CaseResult {
  const results = resultsOf(text);
  if (typeof results === 'string') return broken(results);
  const mine = results.filter((result) => caseIdOf(result) === caseId);
  if (mine.length === 0) {
    return broken(`the run has ${results.length} result(s), none of ${caseId}: is its file among the tests?`);
  }
  return together(mine.map(caseResult));
}

function resultsOf(text: string): Fields[] | string {
  const whole = parsed(text);
  const outer = fields(whole?.value);
  if (outer && 'results' in outer) {
    const inner = fields(outer['results']);
    if (inner?.['version'] !== 3) return 'the output is not of Promptfoo version 3';
    return objects(inner['results']) ?? 'the output has no list of results';
  }
  const lines = objects(parsedLines(text));
  if (!lines || lines.length === 0 || !lines.every((line) => 'success' in line)) {
    return 'the output is no result of Promptfoo';
  }
  return lines;
}

function caseIdOf(result: Fields): unknown {
  const inTest = fields(fields(result['testCase'])?.['metadata'])?.['case_id'];
  return inTest ?? fields(result['metadata'])?.['case_id'];
}

function caseResult(result: Fields): CaseResult {
  const { success, score, failureReason } = result;
  const grading = fields(result['gradingResult']);
  if (failureReason === 2 || grading === null) {
    return broken(words(result['error'], 'the provider or a check broke'));
  }
  if (typeof success !== 'boolean' || !isFiniteNumber(score)) return broken('the result has no verdict');
  if (typeof grading['pass'] !== 'boolean' || grading['pass'] !== success) {
    return broken('the result contradicts itself: success and grade differ');
  }
  const components = objects(grading['componentResults']) ?? [];
  if (components.length === 0) return broken('nothing was checked');
  if (!components.every((component) => isFiniteNumber(component['score']))) {
    return broken('a check has no score');
  }
  return success
    ? { verdict: 'pass', detail: words(grading['reason'], 'all checks passed') }
    : { verdict: 'fail', detail: words(result['error'], words(grading['reason'], 'a check failed')) };
}
