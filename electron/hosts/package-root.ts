import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type PackageRoot = {
  readonly path: string;
  readonly version: string;
  /** The built page, or null before `npm run build`. */
  readonly pageDir: string | null;
  readonly demonstrationPath: string;
  /** The folder of the scenario library. */
  readonly scenariosPath: string;
};

/** The folder that holds package.json, seen from the source tree, from dist/ and from inside the packaged app alike. */
export function findPackageRoot(from: string = import.meta.dirname): PackageRoot {
  for (let path = from; ; path = dirname(path)) {
    const manifest = join(path, 'package.json');
    if (existsSync(manifest)) {
      const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
      if (name === 'fusebox') {
        const pageDir = join(path, 'dist', 'renderer');
        return {
          path,
          version: String(version),
          pageDir: existsSync(join(pageDir, 'index.html')) ? pageDir : null,
          demonstrationPath: join(path, 'assets', 'demonstration', 'fusebox.yaml'),
          scenariosPath: join(path, 'assets', 'scenarios'),
        };
      }
    }
    if (dirname(path) === path) throw new Error(`No Fusebox package above ${from}`);
  }
}
