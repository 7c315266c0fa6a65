import type { Increment, KnownChange } from './kind.ts';
import { SPLIT_LINE, createSplitCheck } from './split.ts';
import type { SplitCheckState } from './split.ts';

/** Workers take a step of the ramp up one after the other; so long after it nothing is counted. */
const SETTLING_MS = 60_000;

export type SavedSplit = {
  readonly intended01: number | null;
  readonly fromMs: number;
  readonly check: SplitCheckState | null;
  readonly isTold: boolean;
};

/** Is the share seen the one the flag is set to? Per ramp period, told once in each. */
type SplitWatch = {
  take(increment: Increment): void;
  /** A step of the ramp begins a new period. True where it does. */
  change(change: KnownChange): boolean;
  /** All increments of the tick are in. Answers once per period, when the shares are certain to differ. */
  settle(): { readonly evidence: number; readonly intended01: number; readonly observed01: number } | null;
  intended01(): number | null;
  save(): SavedSplit;
};

export function createSplitWatch(start: SavedSplit): SplitWatch {
  let { intended01, fromMs, isTold } = start;
  let check = intended01 === null ? null : createSplitCheck({ intended01 }, start.check ?? undefined);
  let candidate = 0;
  let control = 0;
  return {
    take({ arm, bucketMs, conversations }) {
      if (bucketMs < fromMs) return;
      if (arm === 'candidate') candidate += conversations;
      else control += conversations;
    },
    change({ atMs, intendedShare01 }) {
      if (intendedShare01 === undefined || intendedShare01 === intended01) return false;
      intended01 = intendedShare01;
      check = intended01 === null ? null : createSplitCheck({ intended01 });
      fromMs = atMs + SETTLING_MS;
      isTold = false;
      candidate = 0;
      control = 0;
      return true;
    },
    settle() {
      if (!check || candidate + control === 0) return null;
      const evidence = check.add(candidate, control);
      candidate = 0;
      control = 0;
      const observed01 = check.observed01();
      if (isTold || evidence < SPLIT_LINE || intended01 === null || observed01 === null) return null;
      isTold = true;
      return { evidence, intended01, observed01 };
    },
    intended01: () => intended01,
    save: () => ({ intended01, fromMs, check: check?.state() ?? null, isTold }),
  };
}

/** The period that launch begins. */
export function firstSplit(intended01: number | null, startedAtMs: number): SavedSplit {
  return { intended01, fromMs: startedAtMs + SETTLING_MS, check: null, isTold: false };
}
