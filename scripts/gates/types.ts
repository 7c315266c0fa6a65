import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Gate } from './gate.ts';
import { runTool } from './run-tool.ts';

/**
 * One compiler run per layer, because the layers differ in what exists: DOM, Node, Electron or none of them.
 * The `.source` projects leave the tests out, whose runner brings Node's globals along and would hide a use of them.
 */
export const LAYER_PROJECTS = [
  'shared/tsconfig.source.json',
  'shared/tsconfig.json',
  'electron/engine/tsconfig.json',
  'electron/hosts/tsconfig.json',
  'electron/main/tsconfig.json',
  'electron/preload/tsconfig.json',
  'renderer/tsconfig.source.json',
  'renderer/tsconfig.json',
  'e2e/tsconfig.json',
  'scripts/tsconfig.json',
] as const;

function layerName(project: string): string {
  return project
    .replace('electron/', '')
    .replace('/tsconfig.source.json', ' (source alone)')
    .replace('/tsconfig.json', '');
}

/** A gate that compiles one layer without output. */
export function typesGate(project: string): Gate {
  return {
    name: `types: ${layerName(project)}`,
    judge: async (root) => {
      if (!existsSync(join(root, project))) return { ok: false, report: `${project} is missing` };
      const { code, output } = await runTool(root, 'tsc', ['-p', project, '--pretty', 'false']);
      // A layer whose folder is still empty has no input (TS18003); that is no type error.
      if (code !== 0 && output.includes('TS18003')) return { ok: true, note: 'no files' };
      return code === 0 ? { ok: true } : { ok: false, report: output };
    },
  };
}
