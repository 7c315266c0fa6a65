type Check = { readonly type: string; readonly value?: string; readonly threshold?: number };

type Graded = {
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
      try {
        JSON.parse(output);
        return true;
      } catch {
        return false;
      }
    default:
      throw new Error(`no check this runner knows: ${type}`);
  }
}
