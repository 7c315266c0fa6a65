import type { PlantedCase } from './planted-case.ts';

/** A case whose planted and clean text are one file each, at the same path. */
function lint(rule: string, path: string, planted: string, clean: string): PlantedCase {
  return { gate: 'lint', rule, planted: { [path]: `${planted}\n` }, clean: { [path]: `${clean}\n` } };
}

const ASYNC = 'export async function send(): Promise<void> {}';
const LEVER = "export type Lever = 'flag' | 'registry';";

/** One case for each rule that .oxlintrc.json names, and for each of its import rules per layer. */
export const LINT_CASES: readonly PlantedCase[] = [
  lint('eslint(no-debugger)', 'shared/lib/a.ts', 'debugger;\nexport const a = 1;', 'export const a = 1;'),
  lint('eslint(no-eval)', 'shared/lib/a.ts', "export const a: unknown = eval('1');", 'export const a = 1;'),
  lint(
    'eslint(no-console)',
    'electron/engine/live/a.ts',
    'export function a(): void {\n  console.log(1);\n}',
    'export function a(): void {}',
  ),
  lint(
    'eslint(no-console)',
    'renderer/parts/a.ts',
    'export function a(): void {\n  console.log(1);\n}',
    'export function a(): void {}',
  ),
  lint('eslint(no-var)', 'shared/lib/a.ts', 'export var a = 1;', 'export const a = 1;'),
  lint(
    'eslint(prefer-const)',
    'shared/lib/a.ts',
    'let a = 1;\nexport const b = a;',
    'const a = 1;\nexport const b = a;',
  ),
  lint(
    'eslint(eqeqeq)',
    'shared/lib/a.ts',
    'export const same = (a: number, b: number): boolean => a == b;',
    'export const same = (a: number, b: number): boolean => a === b;',
  ),
  lint(
    'eslint(no-warning-comments)',
    'shared/lib/a.ts',
    '// TODO: later\nexport const a = 1;',
    '// Enough for now.\nexport const a = 1;',
  ),
  lint(
    'eslint(max-lines)',
    'shared/lib/a.ts',
    Array.from({ length: 501 }, (_, index) => `export const a${index} = ${index};`).join('\n'),
    'export const a = 1;',
  ),
  lint(
    'typescript(no-explicit-any)',
    'shared/lib/a.ts',
    'export const a = (b: any): unknown => b;',
    'export const a = (b: unknown): unknown => b;',
  ),
  lint(
    'typescript(consistent-type-definitions)',
    'shared/lib/a.ts',
    'export interface A {\n  b: string;\n}',
    'export type A = {\n  b: string;\n};',
  ),
  lint(
    'typescript(consistent-type-imports)',
    'shared/lib/a.ts',
    "import { Lever } from './lever.ts';\nexport const a = (lever: Lever): Lever => lever;",
    "import type { Lever } from './lever.ts';\nexport const a = (lever: Lever): Lever => lever;",
  ),
  lint(
    'typescript(ban-ts-comment)',
    'shared/lib/a.ts',
    '// @ts-ignore because it is quicker this way\nexport const a: number = 1;',
    'export const a: number = 1;',
  ),
  lint(
    'typescript(no-non-null-assertion)',
    'shared/lib/a.ts',
    'export const first = (a: number[]): number => a[0]!;',
    'export const first = (a: number[]): number | undefined => a[0];',
  ),
  lint(
    'typescript(no-floating-promises)',
    'electron/engine/live/a.ts',
    `${ASYNC}\nexport function a(): void {\n  send();\n}`,
    `${ASYNC}\nexport async function a(): Promise<void> {\n  await send();\n}`,
  ),
  lint(
    'typescript(no-misused-promises)',
    'electron/engine/live/a.ts',
    `${ASYNC}\nexport function a(list: string[]): void {\n  list.forEach(send);\n}`,
    `${ASYNC}\nexport async function a(list: string[]): Promise<void> {\n  await Promise.all(list.map(send));\n}`,
  ),
  lint(
    'typescript(await-thenable)',
    'electron/engine/live/a.ts',
    'export async function a(b: number): Promise<number> {\n  return await b;\n}',
    'export async function a(b: Promise<number>): Promise<number> {\n  return await b;\n}',
  ),
  lint(
    'typescript(switch-exhaustiveness-check)',
    'shared/lib/a.ts',
    `${LEVER}\nexport function a(lever: Lever): void {\n  switch (lever) {\n    case 'flag':\n      break;\n  }\n}`,
    `${LEVER}\nexport function a(lever: Lever): void {\n  switch (lever) {\n    case 'flag':\n    case 'registry':\n      break;\n  }\n}`,
  ),
  lint(
    'typescript(no-unnecessary-type-assertion)',
    'shared/lib/a.ts',
    'export const a = (b: string): string => b as string;',
    'export const a = (b: string): string => b;',
  ),
  lint(
    'typescript(only-throw-error)',
    'shared/lib/a.ts',
    "export function a(): never {\n  throw 'no';\n}",
    "export function a(): never {\n  throw new Error('no');\n}",
  ),
  lint(
    'typescript(prefer-promise-reject-errors)',
    'electron/engine/live/a.ts',
    "export const a = async (): Promise<never> => Promise.reject('no');",
    "export const a = async (): Promise<never> => Promise.reject(new Error('no'));",
  ),
  {
    gate: 'lint',
    rule: 'import(no-cycle)',
    planted: {
      'shared/lib/a.ts': "import { b } from './b.ts';\nexport const a = (): number => b();\n",
      'shared/lib/b.ts': "import { a } from './a.ts';\nexport const b = (): number => a();\n",
    },
    clean: {
      'shared/lib/a.ts': "import { b } from './b.ts';\nexport const a = (): number => b();\n",
      'shared/lib/b.ts': 'export const b = (): number => 1;\n',
    },
  },
  {
    // The same through package.json imports, which is how modules reach each other.
    gate: 'lint',
    rule: 'import(no-cycle)',
    planted: {
      'shared/lib/a.ts': "import { b } from '#shared/model/b.ts';\nexport const a = (): number => b();\n",
      'shared/model/b.ts': "import { a } from '#shared/lib/a.ts';\nexport const b = (): number => a();\n",
    },
    clean: {
      'shared/lib/a.ts': 'export const a = (): number => 1;\n',
      'shared/model/b.ts': "import { a } from '#shared/lib/a.ts';\nexport const b = (): number => a();\n",
    },
  },
  lint(
    'import(no-default-export)',
    'shared/lib/a.ts',
    'const a = 1;\nexport default a;',
    'export const a = 1;',
  ),
  lint(
    'import(no-self-import)',
    'shared/lib/a.ts',
    "import { b } from './a.ts';\nexport const a = 1;\nexport { b };",
    'export const a = 1;',
  ),
  lint(
    'import(no-unassigned-import)',
    'shared/lib/a.ts',
    "import './lever.ts';\nexport const a = 1;",
    'export const a = 1;',
  ),
  {
    gate: 'lint',
    rule: 'unicorn(filename-case)',
    planted: { 'shared/lib/someThing.ts': 'export const a = 1;\n' },
    clean: { 'shared/lib/some-thing.ts': 'export const a = 1;\n' },
  },
  lint(
    'unicorn(prefer-node-protocol)',
    'electron/engine/live/a.ts',
    "import { join } from 'path';\nexport const a = join('b', 'c');",
    "import { join } from 'node:path';\nexport const a = join('b', 'c');",
  ),
  lint(
    'react-hooks(rules-of-hooks)',
    'renderer/parts/a.tsx',
    "import { useState } from 'react';\nexport function A({ on }: { on: boolean }) {\n  if (on) useState(1);\n  return null;\n}",
    "import { useState } from 'react';\nexport function A() {\n  const [on] = useState(1);\n  return on;\n}",
  ),
  lint(
    'react-hooks(exhaustive-deps)',
    'renderer/parts/a.tsx',
    "import { useEffect } from 'react';\nexport function A({ say }: { say: () => void }) {\n  useEffect(() => say(), []);\n  return null;\n}",
    "import { useEffect } from 'react';\nexport function A({ say }: { say: () => void }) {\n  useEffect(() => say(), [say]);\n  return null;\n}",
  ),
  lint(
    'react(no-danger)',
    'renderer/parts/a.tsx',
    'export function A({ text }: { text: string }) {\n  return <p dangerouslySetInnerHTML={{ __html: text }} />;\n}',
    'export function A({ text }: { text: string }) {\n  return <p>{text}</p>;\n}',
  ),
  lint(
    'vitest(no-focused-tests)',
    'shared/lib/a.test.ts',
    "import { expect, it } from 'vitest';\nit.only('adds', () => expect(1).toBe(1));",
    "import { expect, it } from 'vitest';\nit('adds', () => expect(1).toBe(1));",
  ),
  lint(
    'vitest(no-disabled-tests)',
    'shared/lib/a.test.ts',
    "import { expect, it } from 'vitest';\nit.skip('adds', () => expect(1).toBe(1));",
    "import { expect, it } from 'vitest';\nit('adds', () => expect(1).toBe(1));",
  ),
  lint(
    'vitest(valid-expect)',
    'shared/lib/a.test.ts',
    "import { expect, it } from 'vitest';\nit('adds', () => {\n  expect(1);\n});",
    "import { expect, it } from 'vitest';\nit('adds', () => expect(1, 'one').toBe(1));",
  ),
  lint(
    'vitest(expect-expect)',
    'shared/lib/a.test.ts',
    "import { it } from 'vitest';\nit('adds', () => {});",
    "import { expect, it } from 'vitest';\nit('adds', () => expect(1).toBe(1));",
  ),
  lint(
    'Unused oxlint-disable directive',
    'shared/lib/a.ts',
    '// oxlint-disable-next-line no-console -- there was a console here once\nexport const a = 1;',
    'export const a = 1;',
  ),
];

/** A forbidden import, beside an allowed one at the same place. */
function imports(path: string, forbidden: string, allowed: string): PlantedCase {
  const text = (statement: string): string => `${statement}\nexport const used: unknown = it;`;
  return lint('eslint(no-restricted-imports)', path, text(forbidden), text(allowed));
}

const FROM_LIB = "import { lever as it } from '#shared/lib/lever.ts';";

/** The import rules that the linter can hold; the rest is in the layers gate. */
export const LINT_IMPORT_CASES: readonly PlantedCase[] = [
  imports(
    'electron/engine/live/deep/a.ts',
    "import { it } from '../../clock.ts';",
    "import { it } from '#engine/clock.ts';",
  ),
  imports('shared/model/a.ts', "import { join as it } from 'node:path';", FROM_LIB),
  imports('shared/model/a.ts', "import { useState as it } from 'react';", FROM_LIB),
  imports('shared/domain/a.ts', "import { z as it } from 'zod';", FROM_LIB),
  imports('electron/engine/live/a.ts', "import { app as it } from 'electron';", FROM_LIB),
  lint(
    'eslint(no-restricted-imports)',
    'electron/engine/live/a.ts',
    "import type { App } from 'electron';\nexport type Used = App;",
    "import type { Lever } from '#shared/lib/lever.ts';\nexport type Used = Lever;",
  ),
  imports('electron/hosts/a.ts', "import { app as it } from 'electron';", FROM_LIB),
  imports('electron/main/a.ts', "import { it } from '#engine/clock.ts';", FROM_LIB),
  imports('electron/preload/a.ts', "import { it } from '#engine/clock.ts';", FROM_LIB),
  imports('renderer/live/a.ts', "import { join as it } from 'node:path';", FROM_LIB),
  imports('renderer/live/a.ts', "import { app as it } from 'electron';", FROM_LIB),
  imports('renderer/live/a.ts', "import { it } from '#engine/clock.ts';", FROM_LIB),
  imports('renderer/live/a.ts', "import { contract as it } from '#shared/contract/contract.ts';", FROM_LIB),
  imports('renderer/views/board/a.ts', "import { LineChart as it } from 'recharts';", FROM_LIB),
  imports(
    'e2e/journeys/a.ts',
    "import { it } from '#engine/clock.ts';",
    "import { it } from '#shared/model/flag.ts';",
  ),
];
