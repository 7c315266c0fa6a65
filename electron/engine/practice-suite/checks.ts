export type Check = { readonly type: string; readonly value?: string; readonly threshold?: number };

export type Graded = {
  readonly pass: boolean;
  readonly score: number;
  readonly reason: string;
  readonly assertion: Check;
};

/** Promptfoo's checks that need no judge. Throws on any other: a check that is not known must not pass. */
export function grade(check: Check, output: string): Graded {
  const isNegated = check.type.startsWith('not-');
  const type = isNegated ? check.type.slice(4) : check.type;
  const value = check.value ?? '';
  const holds = outcome(type, value, output) !== isNegated;
  return {
    pass: holds,
    score: holds ? 1 : 0,
    reason: holds ? 'Assertion passed' : `The output does not meet ${check.type} "${value}"`,
    assertion: check,
  };
}

function outcome(type: string, value: string, output: string): boolean {
  switch (type) {
    case 'contains':
      return output.includes(value);
    case 'icontains':
      return output.toLowerCase().includes(value.toLowerCase());
    case 'equals':
      return output === value;
    case 'regex':
      return new RegExp(value).test(output);
    case 'is-json':
      return isJson(output);
    case 'javascript':
      return scriptHolds(value, output);
    case 'similar':
    case 'llm-rubric':
      throw new Error(`"${type}" needs a model as a judge, and there is none here: use a check of the text`);
    default:
      throw new Error(`no check this runner knows: ${type}`);
  }
}

function isJson(output: string): boolean {
  try {
    JSON.parse(output);
    return true;
  } catch {
    return false;
  }
}

/** The two scripts that Fusebox writes for Promptfoo, read and never run. */
function scriptHolds(script: string, output: string): boolean {
  const most = /^output\.length <= (\d+)$/.exec(script)?.[1];
  if (most !== undefined) return output.length <= Number(most);
  const first = /^output\.split\(\/\[\.!\?\\n\]\/\)\[0\]\.includes\(("[^"]*")\)$/.exec(script)?.[1];
  if (first !== undefined) {
    return (output.split(/[.!?\n]/)[0] ?? '').includes(String(JSON.parse(first)));
  }
  throw new Error('no script this runner knows: it runs none of a checkout');
}
