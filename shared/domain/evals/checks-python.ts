import type { EvalAssertion } from '#shared/model/eval-case.ts';

/** A check as data for the Python files below; the judged ones are the runner's own. */
export type CheckData = Readonly<Record<string, string | number | boolean>>;

export function isJudged(assertion: EvalAssertion): boolean {
  return assertion.kind === 'rubric' || assertion.kind === 'like-gold';
}

export function checkData(assertions: readonly EvalAssertion[]): CheckData[] {
  return assertions.filter((assertion) => !isJudged(assertion)).map((assertion) => ({ ...assertion }));
}

/** What the desired output is judged against. */
export function judgedCriteria(assertion: EvalAssertion, gold: string): string | null {
  if (assertion.kind === 'rubric') return assertion.criteria;
  if (assertion.kind === 'like-gold') return `The answer says the same as this desired answer: ${gold}`;
  return null;
}

/** The checks in Python. The same text in every file: what a case says is data, never code. */
export const PYTHON_HOLDS = String.raw`def not_json(constant):
    raise ValueError(constant)


def holds(check, output):
    kind = check["kind"]
    if kind in ("contains", "not-contains"):
        found = (
            check["value"].lower() in output.lower()
            if check["ignoreCase"]
            else check["value"] in output
        )
        return found == (kind == "contains")
    if kind == "equals":
        return output == check["value"]
    if kind in ("regex", "not-regex"):
        return (re.search(check["pattern"], output) is not None) == (kind == "regex")
    if kind == "is-json":
        try:
            json.loads(output, parse_constant=not_json)
            return True
        except ValueError:
            return False
    if kind == "at-most-characters":
        # As JavaScript counts: the page and Promptfoo must say the same.
        return len(output.encode("utf-16-le", "surrogatepass")) // 2 <= check["characters"]
    if kind == "first-sentence-contains":
        return check["value"] in re.split(r"[.!?\n]", output)[0]
    raise ValueError("unknown check " + kind)
`;
