import { posix } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

/** One import of a file, whatever its form: static, re-export, dynamic with a literal, `import('x').T`, require. */
export type ImportEdge = { readonly specifier: string; readonly typeOnly: boolean; readonly line: number };

/** Where a specifier leads: into the tree (path from the root) or to a package (its name; `node:x` stays as it is). */
export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'package'; readonly name: string };

/** package.json `imports`, as a reader of the tree sees them. */
const ALIASES = [
  ['#shared/', 'shared/'],
  ['#engine/', 'electron/engine/'],
  ['#renderer/', 'renderer/'],
] as const;

/** All imports of one file. Throws if the file does not parse: a file that cannot be read cannot be judged. */
export function importsOf(path: string, text: string): ImportEdge[] {
  const { module, program, errors } = parseSync(path, text);
  const fatal = errors.find((error) => error.severity === 'Error');
  if (fatal !== undefined) throw new Error(`${path} does not parse: ${fatal.message}`);

  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const edges: ImportEdge[] = [];
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const typeOnly = entries.length > 0 && entries.every((entry) => entry.isType);
    edges.push({ specifier: moduleRequest.value, typeOnly, line: lineAt(start) });
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType, start } of entries) {
      if (moduleRequest !== null)
        edges.push({ specifier: moduleRequest.value, typeOnly: isType, line: lineAt(start) });
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"`])(?<specifier>[^'"`$]+)\1$/.exec(
      text.slice(moduleRequest.start, moduleRequest.end),
    );
    const specifier = literal?.groups?.['specifier'];
    if (specifier !== undefined)
      edges.push({ specifier, typeOnly: false, line: lineAt(moduleRequest.start) });
  }
  new Visitor({
    TSImportType(node) {
      edges.push({ specifier: node.source.value, typeOnly: true, line: lineAt(node.start) });
    },
    CallExpression(node) {
      const [first] = node.arguments;
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'require') return;
      if (first?.type !== 'Literal' || typeof first.value !== 'string') return;
      edges.push({ specifier: first.value, typeOnly: false, line: lineAt(node.start) });
    },
  }).visit(program);
  return edges;
}

/** Resolves by name alone, without touching the disk: whether the file exists is the compiler's part. */
export function targetOf(importer: string, specifier: string): Target {
  if (specifier.startsWith('.'))
    return { kind: 'file', path: posix.join(posix.dirname(importer), specifier) };
  for (const [alias, folder] of ALIASES) {
    if (specifier.startsWith(alias)) return { kind: 'file', path: folder + specifier.slice(alias.length) };
  }
  if (specifier.startsWith('node:')) return { kind: 'package', name: specifier };
  const parts = specifier.split('/');
  return { kind: 'package', name: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') };
}
