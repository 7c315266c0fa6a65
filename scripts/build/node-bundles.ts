import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build, type InlineConfig } from 'vite';

/** One bundle for a Node-side process. `source` is a path from the root, `output` one inside the build folder. */
export type NodeBundle = {
  readonly source: string;
  readonly output: string;
  /** What stays an import: every package (found in node_modules at run time), or `electron` alone. */
  readonly external: 'packages' | 'electron';
};

/**
 * A sandboxed preload can require `electron` and nothing else, and must be one CommonJS file. The other processes run
 * as modules and leave packages outside: native ones cannot be bundled, and one rule for all is the simpler one.
 */
export const NODE_BUNDLES: readonly NodeBundle[] = [
  { source: 'electron/main/main.ts', output: 'main/main.js', external: 'packages' },
  { source: 'electron/preload/preload.ts', output: 'preload/preload.cjs', external: 'electron' },
  { source: 'electron/hosts/desktop.ts', output: 'engine/desktop.js', external: 'packages' },
  { source: 'electron/hosts/web.ts', output: 'hosts/web.js', external: 'packages' },
  { source: 'electron/hosts/cli.ts', output: 'hosts/cli.js', external: 'packages' },
];

const BUILTIN = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));

function isPackage(specifier: string): boolean {
  return !/^[./#\0]/.test(specifier) && !/^[A-Za-z]:[\\/]/.test(specifier);
}

function settingsOf(root: string, into: string, bundle: NodeBundle): InlineConfig {
  const slash = bundle.output.lastIndexOf('/');
  return {
    configFile: false,
    root,
    logLevel: 'warn',
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      target: 'node24',
      outDir: join(into, bundle.output.slice(0, slash)),
      // Two bundles share a folder; the caller begins with an empty one.
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: join(root, bundle.source),
        external: (specifier) =>
          bundle.external === 'packages'
            ? isPackage(specifier)
            : specifier === 'electron' || BUILTIN.has(specifier),
        output: {
          format: bundle.external === 'electron' ? 'cjs' : 'es',
          entryFileNames: bundle.output.slice(slash + 1),
          codeSplitting: false,
        },
      },
    },
  };
}

/** Builds one bundle of the sources below `root` into the folder `into`; rejects with the bundler's error. */
export async function buildNodeBundle(root: string, into: string, bundle: NodeBundle): Promise<void> {
  await build(settingsOf(root, into, bundle));
}
