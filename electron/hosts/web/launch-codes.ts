import { randomBytes } from 'node:crypto';
import type { Clock } from '#engine/clock.ts';

/** How long a launch code opens the door; a browser needs a second or two. */
export const LAUNCH_CODE_LIFE_MS = 60_000;
/** More unused codes than this at once: the oldest goes. */
const MAX_CODES = 16;

/** Single-use codes that a page exchanges for the token; they travel in a URL fragment, the token never does. */
export type LaunchCodes = {
  issue(): string;
  /** True exactly once per code, within its life. */
  redeem(code: string): boolean;
};

/** `clock.deadline` measures real time: a demonstration at 10x does not shorten a code's life. */
export function createLaunchCodes(clock: Pick<Clock, 'deadline'>): LaunchCodes {
  const codes = new Map<string, AbortSignal>();
  return {
    issue() {
      for (const [code, life] of codes) if (life.aborted) codes.delete(code);
      const oldest = codes.keys().next();
      if (codes.size >= MAX_CODES && !oldest.done) codes.delete(oldest.value);
      const code = randomBytes(24).toString('base64url');
      codes.set(code, clock.deadline(LAUNCH_CODE_LIFE_MS));
      return code;
    },
    redeem(code) {
      const life = codes.get(code);
      codes.delete(code);
      return life !== undefined && !life.aborted;
    },
  };
}
