import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';

export type WorkspaceProblem = {
  readonly line: number | null;
  readonly path: string;
  readonly message: string;
  readonly fix: string;
};

export type Path = readonly (string | number)[];

export type ParsedYaml = {
  readonly value: unknown;
  readonly problems: readonly WorkspaceProblem[];
  /** 1-based line of the value at a path, or of the nearest thing above it that exists. */
  lineOf(path: Path): number | null;
  /** 1-based line of a key inside the map at a path. */
  lineOfKey(path: Path, key: string): number | null;
};

/** YAML with line numbers. Duplicate keys, bad indentation and tabs are problems with the line they stand on. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const lineAt = (offset: number | undefined) => (offset === undefined ? null : lines.linePos(offset).line);
  const problems = document.errors.map((error) => ({
    line: lineAt(error.pos[0]),
    path: '',
    message: `This is no valid YAML: ${firstLine(error.message)}`,
    fix: fixFor(error.code),
  }));
  const lineOf = (path: Path): number | null => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lineAt(node.range[0]);
    }
    return null;
  };
  return {
    value: document.errors.length === 0 ? (document.toJS({ maxAliasCount: 100 }) as unknown) : null,
    problems,
    lineOf,
    lineOfKey(path, key) {
      const node = path.length === 0 ? document.contents : document.getIn(path, true);
      if (!isMap(node)) return lineOf(path);
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
      return pair && isNode(pair.key) && pair.key.range ? lineAt(pair.key.range[0]) : lineOf(path);
    },
  };
}

const firstLine = (text: string) => text.split('\n', 1)[0] ?? text;

function fixFor(code: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'Write the key once.';
    case 'TAB_AS_INDENT':
      return 'Indent with spaces.';
    case 'BAD_INDENT':
    case 'MISSING_CHAR':
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'Check indentation, colons and quotes on this line and the one above.';
    default:
      return 'Check this line and the one above.';
  }
}

/** `prompts[0].flag.key`, as a person would write it; items with an id are named by it. */
export function pathText(path: Path, value: unknown): string {
  let text = '';
  let at = value;
  for (const part of path) {
    at = typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[part] : undefined;
    if (typeof part === 'number') {
      const id = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)['id'] : undefined;
      text += typeof id === 'string' ? `[${id}]` : `[${part}]`;
    } else text += text === '' ? part : `.${part}`;
  }
  return text;
}
