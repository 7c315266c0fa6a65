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

/** Reads DeepEval's results file (`.latest_run_full.json`, `test_run_*.json`, or either wrapped in `testRunData`). */
export function readDeepEval(text: string, caseId: string): CaseResult {
  const outer = fields(parsed(text)?.value);
  const run = fields(outer?.['testRunData']) ?? outer;
  const cases = objects(run?.['testCases']);
  if (!run || !cases) {
    return broken(
      outer && 'testRunLink' in outer
        ? 'DeepEval sent the results to its own service; set DEEPEVAL_RESULTS_FOLDER to have them here'
        : 'the output is no result of DeepEval',
    );
  }
  const all = [...cases, ...(objects(run['conversationalTestCases']) ?? [])];
  if (all.length === 0) return broken('no tests were collected');
  const mine = all.filter(
    (entry) => entry['name'] === caseId || fields(entry['metadata'])?.['case_id'] === caseId,
  );
  if (mine.length === 0) {
    return broken(`the run has ${all.length} case(s), none of ${caseId}: are its goldens loaded?`);
  }
  return together(mine.map(caseResult));
}

function caseResult(entry: Fields): CaseResult {
  const metrics = objects(entry['metricsData']) ?? [];
  if (typeof entry['success'] !== 'boolean') return broken('the case has no verdict');
  if (metrics.length === 0) return broken('nothing was measured');
  const failed: string[] = [];
  for (const metric of metrics) {
    const name = words(metric['name'], 'a metric');
    if (metric['error'] != null) return broken(`${name}: ${words(metric['error'], 'it broke')}`);
    if (typeof metric['success'] !== 'boolean' || !isFiniteNumber(metric['score'])) {
      return broken(`${name} has no verdict`);
    }
    if (!metric['success']) failed.push(`${name}: ${words(metric['reason'], 'below its threshold')}`);
  }
  if (entry['success'] !== (failed.length === 0)) {
    return broken('the result contradicts itself: the case and its metrics differ');
  }
  return entry['success']
    ? { verdict: 'pass', detail: 'every metric passed' }
    : { verdict: 'fail', detail: failed.join('; ') };
}
