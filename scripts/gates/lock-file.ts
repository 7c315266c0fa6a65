import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Gate } from './gate.ts';
import { verdictOf } from './gate.ts';

export const LOCK_FILE = 'package-lock.json';

const lockedPackage = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  dev: z.boolean().optional(),
  optional: z.boolean().optional(),
  resolved: z.string().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
export const lockSchema = z.looseObject({ packages: z.record(z.string(), lockedPackage) });
export type Lock = z.infer<typeof lockSchema>;

/** A package for another system that a locked package names and the lock file lacks. */
export type MissingPackage = { readonly name: string; readonly version: string; readonly dev: boolean };

/**
 * npm leaves an optional package out of the lock file when the registry it asked does not have it (a mirror that holds
 * some systems only), and then `npm ci` refuses the file as out of step with package.json.
 */
export function missingPackages({ packages }: Lock): MissingPackage[] {
  const present = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
  return Object.values(packages).flatMap(({ dev = false, optionalDependencies = {} }) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !present.has(name))
      .map(([name, version]) => ({ name, version, dev })),
  );
}

/** The lock file serves every system, and nothing in it comes from outside of a registry. */
export const lockFileGate: Gate = {
  name: 'lock file',
  judge: async (root) => {
    if (!existsSync(join(root, LOCK_FILE)))
      return { ok: false, report: `${LOCK_FILE} is missing (lock-file)` };
    const lock = lockSchema.parse(JSON.parse(readFileSync(join(root, LOCK_FILE), 'utf8')));
    const missing = missingPackages(lock).map(
      ({ name, version }) =>
        `${name}@${version} is not in ${LOCK_FILE}; run \`npm run lock:complete\` (lock-file)`,
    );
    const foreign = Object.entries(lock.packages).flatMap(([path, { integrity, optional, resolved }]) => {
      if (resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')) {
        return [`${path} comes from ${resolved}, which is no package registry (lock-file)`];
      }
      // Packages for other systems may stand without a digest: see scripts/complete-lock.ts.
      return path === '' || integrity !== undefined || optional === true
        ? []
        : [`${path} has no integrity (lock-file)`];
    });
    return verdictOf([...missing, ...foreign]);
  },
};
