import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where Fusebox keeps its data unless `--data` or FUSEBOX_DATA says otherwise: the system's place for such data. */
export function defaultDataDir(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  const { FUSEBOX_DATA, LOCALAPPDATA, XDG_DATA_HOME } = env;
  if (FUSEBOX_DATA) return FUSEBOX_DATA;
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Fusebox', 'data');
  if (platform === 'win32') {
    return join(LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Fusebox', 'data');
  }
  // The specification says: a relative path is invalid and to be ignored.
  const base = XDG_DATA_HOME?.startsWith('/') ? XDG_DATA_HOME : join(home, '.local', 'share');
  return join(base, 'fusebox');
}
