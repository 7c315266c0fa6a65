import { z } from 'zod';
import { nearest } from './nearest.ts';
import { pathText } from './positions.ts';
import type { ParsedYaml, Path, WorkspaceProblem } from './positions.ts';

type Issue = z.core.$ZodIssue;
type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Turns what zod found wrong into lines a person can act on: line, place, what is wrong, what to write instead. */
export function explain(
  issues: readonly Issue[],
  context: {
    readonly schema: z.ZodType;
    readonly yaml: ParsedYaml;
    readonly value: unknown;
    readonly at?: Path;
  },
): WorkspaceProblem[] {
  const root = context.at ?? [];
  return issues.flatMap((issue) => {
    const local = issue.path as Path;
    const path = [...root, ...local];
    if (issue.code === 'unrecognized_keys') {
      const allowed = keysAt(context.schema, local);
      return issue.keys.map((key) => {
        const meant = nearest(key, allowed);
        return {
          line: context.yaml.lineOfKey(path, key),
          path: pathText([...path, key], context.value),
          message: `"${key}" is not known here.`,
          fix:
            meant === null
              ? allowed.length > 0
                ? `Write one of: ${allowed.join(', ')}.`
                : 'Take it out.'
              : `Write "${meant}" instead.`,
        };
      });
    }
    const found = at(context.value, path);
    if (issue.code === 'invalid_union') {
      if (typeof found !== 'object' && isSecretReference(keysAt(context.schema, local)))
        return [secretProblem(context.yaml.lineOf(path), path, context.value, found)];
      const inner = likeliestBranch(issue);
      if (inner)
        return explain(
          inner.map((one) => ({ ...one, path: [...issue.path, ...one.path] })),
          context,
        );
    }
    const { message, fix } = wordsFor(issue, found, path);
    return [{ line: context.yaml.lineOf(path), path: pathText(path, context.value), message, fix }];
  });
}

const isSecretReference = (keys: readonly string[]) =>
  keys.length === 2 && keys.includes('env') && keys.includes('keychain');

/** What stands where a secret is only to be named is most probably the secret itself: it is not repeated here. */
function secretProblem(line: number | null, path: Path, whole: unknown, found: unknown): WorkspaceProblem {
  const name = String(path.at(-1));
  const how = `Write ${name}: { env: NAME_OF_THE_VARIABLE } or ${name}: { keychain: name }`;
  return {
    line,
    path: pathText(path, whole),
    message:
      found === undefined || found === null
        ? `"${name}" is missing.`
        : `"${name}" must say where the secret comes from, and holds something else.`,
    fix:
      found === undefined || found === null ? `${how}.` : `${how}; renew a secret that stood in this file.`,
  };
}

/** The branch of a union the person most probably meant: the one with the least wrong in it. */
function likeliestBranch(issue: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] | null {
  const branches = issue.errors.filter((branch) => branch.length > 0);
  const weight = (branch: readonly Issue[]) =>
    branch.length + branch.filter((one) => one.code === 'invalid_value').length;
  return branches.toSorted((a, b) => weight(a) - weight(b))[0] ?? null;
}

function wordsFor(issue: Issue, value: unknown, path: Path): { message: string; fix: string } {
  const name = String(path.at(-1) ?? 'the file');
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined || value === null
        ? { message: `"${name}" is missing.`, fix: `Write ${name}: ${exampleOf(issue.expected)}.` }
        : {
            message: `"${name}" must be ${nameOf(issue.expected)}, and is ${shown(value)}.`,
            fix: `Write ${name}: ${exampleOf(issue.expected)}.`,
          };
    case 'invalid_value': {
      const allowed = issue.values.map((one) => String(one));
      if (value === undefined)
        return { message: `"${name}" is missing.`, fix: `Write one of: ${allowed.join(', ')}.` };
      const meant = typeof value === 'string' ? nearest(value, allowed) : null;
      return {
        message: `"${name}" cannot be ${shown(value)}.`,
        fix: `Write ${allowed.length === 1 ? `${name}: ${allowed[0]}` : `one of: ${allowed.join(', ')}`}${meant !== null && allowed.length > 1 ? ` (did you mean "${meant}"?)` : ''}.`,
      };
    }
    case 'invalid_format':
      return {
        message: `"${name}" is ${shown(value)}, which has the wrong form.`,
        fix:
          issue.format === 'url'
            ? 'Write a whole address, such as https://wiki.example.com/runbook.'
            : issue.format === 'datetime'
              ? 'Write a date and time with its zone, such as 2026-05-09T14:00:00Z.'
              : `Write only: ${issue.message.replace(/^Invalid [^:]*:?\s*/, '') || 'what the pattern allows'}.`,
      };
    case 'too_small':
      return {
        message: `"${name}" is ${shown(value)}, which is too little.`,
        fix: `Write at least ${String(issue.minimum)}${issue.origin === 'string' ? ' character' : ''}.`,
      };
    case 'too_big':
      return {
        message: `"${name}" is ${shown(value)}, which is too much.`,
        fix: `Write at most ${String(issue.maximum)}.`,
      };
    case 'custom':
      return { message: `"${name}" ${issue.message}.`, fix: 'Correct it.' };
    default:
      return { message: `"${name}": ${issue.message}.`, fix: 'Correct it.' };
  }
}

/** Keys that may stand in the map at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let level: JsonSchema[];
  try {
    level = [z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' })];
  } catch {
    return [];
  }
  for (const part of path)
    level = branches(level).flatMap((one) => {
      const next =
        typeof part === 'number'
          ? (one.items as JsonSchema | undefined)
          : (one.properties?.[part] ?? one.additionalProperties);
      return typeof next === 'object' && next !== null ? [next] : [];
    });
  return [...new Set(branches(level).flatMap((one) => Object.keys(one.properties ?? {})))];
}

const branches = (level: readonly JsonSchema[]): JsonSchema[] =>
  level.flatMap((one) => [
    one,
    ...branches([...(one.anyOf ?? []), ...(one.oneOf ?? []), ...(one.allOf ?? [])] as JsonSchema[]),
  ]);

function at(value: unknown, path: Path): unknown {
  let found = value;
  for (const part of path)
    found =
      typeof found === 'object' && found !== null
        ? (found as Record<string | number, unknown>)[part]
        : undefined;
  return found;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return typeof value === 'string' ? `"${value.slice(0, 60)}"` : String(value);
}

const NAMES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};
const EXAMPLES: Record<string, string> = {
  string: 'some text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true (or false)',
  array: '[…]',
  object: '{ … }',
  record: '{ … }',
};
const nameOf = (expected: string) => NAMES[expected] ?? `a ${expected}`;
const exampleOf = (expected: string) => EXAMPLES[expected] ?? `a ${expected}`;
