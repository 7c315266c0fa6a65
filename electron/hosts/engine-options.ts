import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Capabilities } from '#shared/model/live.ts';
import type { EngineOptions } from '#engine/app.ts';
import { createClock } from '#engine/clock.ts';
import { findPackageRoot } from './package-root.ts';

/** What a person or main chooses; everything else follows. */
export type HostSettings = {
  readonly dataDir: string;
  /** The workspace file; null opens the built-in demonstration. */
  readonly workspacePath: string | null;
};

const CAPABILITIES: Record<EngineOptions['host'], Capabilities> = {
  desktop: {
    notifications: true,
    secureStorage: false,
    openPath: false,
    updates: false,
    openExternal: 'host',
    printPdf: true,
  },
  web: {
    notifications: false,
    secureStorage: false,
    openPath: false,
    updates: false,
    openExternal: 'link',
    printPdf: false,
  },
  cli: {
    notifications: false,
    secureStorage: false,
    openPath: false,
    updates: false,
    openExternal: 'link',
    printPdf: false,
  },
};

/** The name that goes into the record: FUSEBOX_ACTOR, else the account's. */
function actorName(env: NodeJS.ProcessEnv): string {
  const { FUSEBOX_ACTOR } = env;
  if (FUSEBOX_ACTOR) return FUSEBOX_ACTOR.slice(0, 80);
  try {
    return userInfo().username;
  } catch {
    // An account without an entry (containers with a bare uid).
    return 'unknown';
  }
}

/** The engine's surroundings in the real world, the same for every host. */
export function engineOptions(settings: HostSettings, host: EngineOptions['host']): EngineOptions {
  const root = findPackageRoot();
  return {
    clock: createClock(),
    dataDir: resolve(settings.dataDir),
    fetch: globalThis.fetch,
    workspacePath: settings.workspacePath === null ? null : resolve(settings.workspacePath),
    demonstrationPath: root.demonstrationPath,
    scenariosPath: root.scenariosPath,
    host,
    capabilities: CAPABILITIES[host],
    actor: actorName(process.env),
    env: process.env,
    version: root.version,
  };
}
