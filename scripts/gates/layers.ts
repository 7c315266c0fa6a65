import { matchesGlob } from 'node:path';
import type { Gate } from './gate.ts';
import { verdictOf } from './gate.ts';
import { importsOf, targetOf, type ImportEdge } from './imports-of.ts';
import { LAYERS, type Layer } from './layer-rules.ts';
import { sourceFiles } from './source-files.ts';

/** The folder name at the place of the last `*` folder of the layer's own pattern, for `{own}` in its rules. */
function ownFolder(layer: Layer, path: string): string {
  const pattern = layer.files.find((glob) => matchesGlob(path, glob)) ?? '';
  const position = pattern.split('/').indexOf('*');
  return position === -1 ? '' : (path.split('/')[position] ?? '');
}

function matchesAny(path: string, globs: readonly string[], own: string): boolean {
  return globs.some((glob) => matchesGlob(path, glob.replaceAll('{own}', own)));
}

function packageAllowed(name: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) =>
    entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry,
  );
}

/** Why this import is not allowed, or undefined if it is. */
function fault(layer: Layer, path: string, edge: ImportEdge): string | undefined {
  const target = targetOf(path, edge.specifier);
  if (target.kind === 'package') {
    return packageAllowed(target.name, layer.packages)
      ? undefined
      : `${layer.name} may not import ${target.name}`;
  }
  const own = ownFolder(layer, path);
  if (edge.typeOnly && matchesAny(target.path, layer.mayImportTypes ?? [], own)) return undefined;
  const allowed = matchesAny(target.path, layer.mayImport, own);
  const taken = matchesAny(target.path, layer.neverImport ?? [], own);
  if (allowed && !taken) return undefined;
  const asType = matchesAny(target.path, layer.mayImportTypes ?? [], own) ? ', except as a type' : '';
  return `${layer.name} may not import ${target.path}${asType}`;
}

/** The table of layer-rules.ts holds for every import of every file. */
export const layersGate: Gate = {
  name: 'layers',
  judge: async (root) => {
    const findings: string[] = [];
    for (const { path, text } of sourceFiles(root)) {
      if (/\.config\.m?[jt]s$/.test(path)) continue;
      const layer = LAYERS.find(({ files }) => files.some((glob) => matchesGlob(path, glob)));
      if (layer === undefined) {
        findings.push(`${path}: belongs to no layer of scripts/gates/layer-rules.ts (layers)`);
        continue;
      }
      for (const edge of importsOf(path, text)) {
        const wrong = fault(layer, path, edge);
        if (wrong !== undefined) findings.push(`${path}:${edge.line}: ${wrong} (layers)`);
      }
    }
    return verdictOf(findings);
  },
};
