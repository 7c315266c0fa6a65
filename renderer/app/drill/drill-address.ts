import { hrefTo } from '../routes.ts';

/** Where the world of the drill under way is opened: the same page, which then talks to the drill's engine. */
export function participantsAddress(): string {
  return `${window.location.pathname}?drill#/board`;
}

/** Whether this window plays a drill, known before anything has come from an engine. */
export function isDrillWindow(): boolean {
  return new URLSearchParams(window.location.search).has('drill');
}

/** Out of the drill's world, back to the team's own: the debrief of that drill. */
export function debriefAddress(drillId: string): string {
  return `${window.location.pathname}${hrefTo('debrief', { drillId })}`;
}
