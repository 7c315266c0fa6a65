import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LAYER_PROJECTS } from '../gates/types.ts';
import type { Files } from './planted-case.ts';

const SETTINGS = [
  '.oxlintrc.json',
  '.oxfmtrc.json',
  'knip.jsonc',
  'tsconfig.base.json',
  'tsconfig.json',
  ...LAYER_PROJECTS,
];

/** The package.json of a planted tree, with `more` in it. */
export function packageJson(more: Readonly<Record<string, unknown>>): string {
  const imports = {
    '#shared/*': './shared/*',
    '#engine/*': './electron/engine/*',
    '#renderer/*': './renderer/*',
  };
  return JSON.stringify({ name: 'planted', private: true, type: 'module', imports, ...more });
}

/** What the planted files may import: one small file at each place that they name. */
const SURROUNDINGS: Files = {
  'package.json': packageJson({}),
  'shared/lib/lever.ts': "export type Lever = 'flag' | 'registry';\nexport const lever: Lever = 'flag';\n",
  'shared/model/flag.ts': 'export const it = 1;\n',
  'electron/engine/clock.ts': 'export const it = 1;\n',
  // An entry, so that none of these is unused.
  'electron/hosts/web.ts': [
    "export { it as clock } from '#engine/clock.ts';",
    "export { lever } from '#shared/lib/lever.ts';",
    "export { it as flag } from '#shared/model/flag.ts';",
    '',
  ].join('\n'),
};

/** A tree with the project's own settings and packages, in a temporary folder. */
export type PlantedTree = {
  readonly root: string;
  /** Puts the files into a fresh tree; returns the way to take them out again. */
  readonly plant: (files: Files) => () => void;
  readonly remove: () => void;
};

function write(root: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Copies the settings of the project at `project` into a new temporary tree; its packages are linked, not copied. */
export function plantedTree(project: string): PlantedTree {
  const root = mkdtempSync(join(tmpdir(), 'fusebox-planted-'));
  for (const path of SETTINGS) cpSync(join(project, path), join(root, path));
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'), 'dir');
  write(root, SURROUNDINGS);
  return {
    root,
    plant: (files) => {
      write(root, files);
      return () => {
        for (const path of Object.keys(files)) rmSync(join(root, path));
        const under = Object.fromEntries(Object.entries(SURROUNDINGS).filter(([path]) => path in files));
        write(root, under);
      };
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
