/** What `fusebox` says to the script that called it; documented in --help. */
export const EXIT = {
  done: 0,
  /** Something failed before anything was written. */
  failed: 1,
  usage: 2,
  /** A write went out and nobody can say yet whether it is in effect: look at the flag. */
  unknown: 3,
  /** The provider or Fusebox refused; nothing was changed by us. */
  refused: 4,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
