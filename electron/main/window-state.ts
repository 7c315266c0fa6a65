import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type WindowState, windowStateSchema } from '#shared/model/desktop.ts';

export type Area = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** The incident view's design size. */
const DEFAULT_SIZE = { width: 1440, height: 900 };
export const MINIMUM_SIZE = { width: 960, height: 600 };
/** So much of the window must lie on one screen that its title bar can be grabbed. */
const VISIBLE_PX = 80;

/**
 * Where to open: as left, as far as the screens that are there now allow. A window whose screen is gone comes to the
 * middle of the first one; one that is too large shrinks.
 * @param displays work areas, the primary one first
 */
export function placeWindow(saved: WindowState | null, displays: readonly Area[]): WindowState {
  const first = displays[0] ?? { x: 0, y: 0, ...DEFAULT_SIZE };
  const home = saved === null ? undefined : displays.find((area) => isGrabbable(saved, area));
  const area = home ?? first;
  const wanted = saved ?? DEFAULT_SIZE;
  const width = Math.min(Math.max(wanted.width, MINIMUM_SIZE.width), area.width);
  const height = Math.min(Math.max(wanted.height, MINIMUM_SIZE.height), area.height);
  const isMaximized = saved?.isMaximized ?? false;
  if (saved !== null && home !== undefined) {
    const x = Math.min(saved.x, area.x + area.width - VISIBLE_PX);
    return { x, y: Math.max(saved.y, area.y), width, height, isMaximized };
  }
  const x = Math.round(area.x + (area.width - width) / 2);
  const y = Math.round(area.y + (area.height - height) / 2);
  return { x, y, width, height, isMaximized };
}

function isGrabbable(window: Area, area: Area): boolean {
  const overlapX = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  return overlapX >= VISIBLE_PX && window.y >= area.y - 1 && window.y <= area.y + area.height - VISIBLE_PX;
}

/** What was kept, or null: no file, an old or damaged one. */
export function readWindowState(path: string): WindowState | null {
  try {
    return windowStateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Keeps the window's place; failing to is not worth a word. */
export function writeWindowState(path: string, state: WindowState): void {
  try {
    writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {
    // A full disk costs the window its place and nothing else.
  }
}
