import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const RENDERER = join(import.meta.dirname, '..');

/** Every key that the components in a folder listen to, with the action it belongs to. */
function keysIn(folder: string): { readonly keys: string; readonly action: string }[] {
  return globSync('**/*.tsx', { cwd: join(RENDERER, folder), exclude: (name) => name.endsWith('.test.tsx') })
    .concat(
      globSync('**/*.ts', { cwd: join(RENDERER, folder), exclude: (name) => name.endsWith('.test.ts') }),
    )
    .flatMap((file) => {
      const text = readFileSync(join(RENDERER, folder, file), 'utf8');
      const found = text.matchAll(/useAction\(\{\s*id: '([^']+)',(?:(?!run:)[\s\S])*?keys: '([^']+)'/g);
      return [...found].map(([, action = '', keys = '']) => ({ action, keys }));
    });
}

const everywhere = keysIn('app');
const views = globSync('*/', { cwd: join(RENDERER, 'views') });

it('reads the keys of the cockpit', () => {
  expect(everywhere).toContainEqual({ action: 'policy.veto', keys: 'v' });
  expect(keysIn('views/incident')).toContainEqual({ action: 'incident.roll-back', keys: 'r' });
});

// The first of two would take it, whatever the control of the other one says: a veto must not open a preview.
it.each(views)('no key means two things in %s', (view) => {
  const owners = new Map<string, string[]>();
  for (const { keys, action } of [...everywhere, ...keysIn(join('views', view))]) {
    owners.set(keys, [...(owners.get(keys) ?? []), action]);
  }
  expect([...owners].filter(([, actions]) => actions.length > 1)).toEqual([]);
});
