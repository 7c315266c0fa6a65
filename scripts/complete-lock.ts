// Adds to package-lock.json the packages for other systems that the registry in use did not have, so that `npm ci`
// takes the file. npm installs none of them on this system; where it does, it asks the registry and adds the digest.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK_FILE, lockSchema, missingPackages, type Lock } from './gates/lock-file.ts';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** What the name of a platform package says about where it runs: `@oxlint/binding-linux-x64-musl`. */
function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } {
  const words = name.split(/[/-]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.find((word) => PROCESSORS.includes(word));
  if (os === undefined || cpu === undefined) throw new Error(`${name} does not say which system it is for`);
  const last = words.at(-1) ?? '';
  if (last.startsWith('musl')) return { os: [os], cpu: [cpu], libc: ['musl'] };
  return last.startsWith('gnu') ? { os: [os], cpu: [cpu], libc: ['glibc'] } : { os: [os], cpu: [cpu] };
}

const file = join(import.meta.dirname, '..', LOCK_FILE);
// Changed as it was read: the schema's copy has its keys in another order.
const lock = JSON.parse(readFileSync(file, 'utf8')) as Lock;
const missing = missingPackages(lockSchema.parse(lock));
for (const { name, version, dev } of missing) {
  lock.packages[`node_modules/${name}`] = {
    version,
    ...(dev ? { dev } : {}),
    optional: true,
    ...platformOf(name),
  };
}
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).toSorted(([left], [right]) => left.localeCompare(right, 'en')),
);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(
  missing.length === 0 ? 'nothing is missing' : `added ${missing.length} packages for other systems`,
);
