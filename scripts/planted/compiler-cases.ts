import type { PlantedCase } from './planted-case.ts';

function compiles(gate: string, code: string, path: string, planted: string, clean: string): PlantedCase {
  return {
    gate: `types: ${gate}`,
    rule: code,
    planted: { [path]: `${planted}\n` },
    clean: { [path]: `${clean}\n` },
  };
}

const PLAIN = 'export const a = 1;';
const DOM = 'export const a = document.title;';
const NODE = 'export const a = process.pid;';

/** What exists in which layer, and the compiler flags that the code style rests on. */
export const COMPILER_CASES: readonly PlantedCase[] = [
  compiles('shared', 'TS2322', 'shared/lib/a.test.ts', "export const a: number = 'b';", PLAIN),
  compiles('shared (source alone)', 'TS2584', 'shared/lib/a.ts', DOM, PLAIN),
  compiles('shared (source alone)', 'TS2591', 'shared/lib/a.ts', NODE, PLAIN),
  compiles('engine', 'TS2584', 'electron/engine/live/a.ts', DOM, NODE),
  compiles('hosts', 'TS2584', 'electron/hosts/a.ts', DOM, NODE),
  compiles(
    'main',
    'TS2584',
    'electron/main/a.ts',
    DOM,
    "import { app } from 'electron';\nexport const a = app.name;",
  ),
  compiles('preload', 'TS2322', 'electron/preload/a.ts', 'export const a: number = document.title;', DOM),
  compiles('renderer', 'TS2322', 'renderer/parts/a.test.ts', "export const a: number = 'b';", PLAIN),
  compiles('renderer (source alone)', 'TS2591', 'renderer/parts/a.ts', NODE, DOM),
  compiles('e2e', 'TS2322', 'e2e/pages/a.ts', 'export const a: string = process.pid;', NODE),
  compiles('scripts', 'TS2584', 'scripts/a.ts', DOM, NODE),
  compiles('engine', 'TS1294', 'electron/engine/live/a.ts', 'export enum A {\n  B,\n}', PLAIN),
  compiles('engine', 'TS6133', 'electron/engine/live/a.ts', 'const b = 1;\nexport const a = 1;', PLAIN),
  compiles(
    'engine',
    'TS2322',
    'electron/engine/live/a.ts',
    'export const a = (list: number[]): number => list[0];',
    'export const a = (list: number[]): number | undefined => list[0];',
  ),
  compiles(
    'engine',
    'TS1484',
    'electron/engine/live/a.ts',
    "import { Lever } from '#shared/lib/lever.ts';\nexport type A = Lever;",
    "import type { Lever } from '#shared/lib/lever.ts';\nexport type A = Lever;",
  ),
  compiles(
    'engine',
    'TS2835',
    'electron/engine/live/a.ts',
    "export { it } from '../clock';",
    "export { it } from '../clock.ts';",
  ),
];
