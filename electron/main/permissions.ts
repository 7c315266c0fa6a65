import type { Session } from 'electron';
import { isOwnPage } from './navigation-policy.ts';

/** All that the page needs of the browser; of some 45 kinds, everything else is refused. */
const ALLOWED: ReadonlySet<string> = new Set(['notifications', 'clipboard-sanitized-write']);

export function isPermitted(permission: string, address: string): boolean {
  return ALLOWED.has(permission) && isOwnPage(address);
}

/** Both handlers are needed: Electron approves everything that no handler refuses. */
export function restrictPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    answer(isPermitted(permission, details.requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => isPermitted(permission, origin));
  session.setDevicePermissionHandler(() => false);
}
