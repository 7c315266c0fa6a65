import type { PlantedCase } from './planted-case.ts';
import { packageJson } from './planted-tree.ts';

function suppression(rule: string, planted: string, clean: string): PlantedCase {
  return {
    gate: 'suppressions',
    rule,
    planted: { 'shared/lib/a.ts': `${planted}\nexport const a = 1;\n` },
    clean: { 'shared/lib/a.ts': `${clean}\nexport const a = 1;\n` },
  };
}

const lines = (count: number): string => '// one more line\n'.repeat(count - 1) + 'export const a = 1;\n';

const lock = (packages: Readonly<Record<string, unknown>>): string => JSON.stringify({ packages });
const DUCK = {
  version: '1.0.0',
  integrity: 'sha512-x',
  optionalDependencies: { 'duck-darwin-arm64': '1.0.0' },
};
const DARWIN = { version: '1.0.0', optional: true, os: ['darwin'] };

/** The gates that look at text: form, length, suppressions, documents, and what nothing uses. */
export const TEXT_CASES: readonly PlantedCase[] = [
  {
    gate: 'format',
    rule: 'shared/lib/a.ts',
    planted: { 'shared/lib/a.ts': 'export const a = "double quotes"\n' },
    clean: { 'shared/lib/a.ts': "export const a = 'single quotes';\n" },
  },
  {
    gate: 'file length',
    rule: '(file-length)',
    planted: { 'shared/lib/a.ts': lines(501) },
    clean: { 'shared/lib/a.ts': lines(500) },
  },
  {
    gate: 'file length',
    rule: 'renderer/parts/a.css: 301 lines',
    planted: { 'renderer/parts/a.css': '/* one more line */\n'.repeat(301) },
    clean: { 'renderer/parts/a.css': '/* one more line */\n'.repeat(300) },
  },
  suppression(
    'a reason must follow after " -- "',
    '// oxlint-disable-next-line no-console',
    '// oxlint-disable-next-line no-console -- the command line prints its answer',
  ),
  suppression(
    'name the rule that is switched off',
    '/* eslint-disable */',
    '/* eslint-disable no-console -- the command line prints its answer */',
  ),
  suppression(
    'a reason must follow on the same line',
    '// @ts-expect-error',
    '// @ts-expect-error the published types lack this option',
  ),
  suppression('hides errors for ever', '// @ts-nocheck because of reasons', '// Nothing to hide.'),
  {
    gate: 'readme paths',
    rule: 'shared/lib/gone.ts does not exist',
    planted: { 'shared/README.md': 'See [the lever](lib/gone.ts).\n' },
    clean: { 'shared/README.md': 'See [the lever](lib/lever.ts).\n' },
  },
  {
    gate: 'readme paths',
    rule: 'shared/lib/gone.ts does not exist',
    planted: { 'README.md': 'The lever is `shared/lib/gone.ts`.\n' },
    clean: { 'README.md': 'The lever is `shared/lib/lever.ts`, its kin `shared/*/lever.ts`.\n' },
  },
  {
    gate: 'knip',
    rule: 'Unused files',
    planted: { 'shared/lib/nobody.ts': 'export const a = 1;\n' },
    clean: {},
  },
  {
    gate: 'knip',
    rule: 'Unused exports',
    planted: {
      'electron/hosts/cli.ts': "export { used } from './part.ts';\n",
      'electron/hosts/part.ts': 'export const used = 1;\nexport const spare = 2;\n',
    },
    clean: {
      'electron/hosts/cli.ts': "export { used } from './part.ts';\n",
      'electron/hosts/part.ts': 'export const used = 1;\n',
    },
  },
  {
    gate: 'knip',
    rule: 'Unlisted dependencies',
    planted: { 'electron/hosts/cli.ts': "export { default as it } from 'undici-types';\n" },
    clean: { 'electron/hosts/cli.ts': "export { join as it } from 'node:path';\n" },
  },
  {
    gate: 'knip',
    rule: 'Unused dependencies',
    planted: { 'package.json': packageJson({ dependencies: { zod: '4.6.7' } }) },
    clean: { 'package.json': packageJson({}) },
  },
  {
    gate: 'lock file',
    rule: 'duck-darwin-arm64@1.0.0 is not in package-lock.json',
    planted: { 'package-lock.json': lock({ 'node_modules/duck': DUCK }) },
    clean: {
      'package-lock.json': lock({ 'node_modules/duck': DUCK, 'node_modules/duck-darwin-arm64': DARWIN }),
    },
  },
  {
    gate: 'lock file',
    rule: 'node_modules/duck has no integrity',
    planted: { 'package-lock.json': lock({ 'node_modules/duck': { version: '1.0.0' } }) },
    clean: {
      'package-lock.json': lock({ 'node_modules/duck': { version: '1.0.0', integrity: 'sha512-x' } }),
    },
  },
  {
    gate: 'lock file',
    rule: 'comes from git+ssh://git@example.org/duck.git',
    planted: {
      'package-lock.json': lock({
        'node_modules/duck': { ...DARWIN, resolved: 'git+ssh://git@example.org/duck.git' },
      }),
    },
    clean: { 'package-lock.json': lock({ 'node_modules/duck': DARWIN }) },
  },
];
