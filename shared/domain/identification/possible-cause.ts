import type { Alarm, Onset, Suspect } from '#shared/model/detection.ts';

/** Whose conversations a change can have made worse. */
export type Reach =
  /** Conversations on the candidate only: its text, its ramp, its targeting, a model only it uses. */
  | { readonly kind: 'candidate' }
  | { readonly kind: 'control' }
  /** Everything this prompt serves, whatever the version: shared model, retrieval, code, provider. */
  | { readonly kind: 'prompt' }
  /** The candidate in one cohort (a targeting edit). */
  | { readonly kind: 'cohort'; readonly cohort: string }
  /** Some workers, both versions (a deploy that has reached part of the fleet). */
  | { readonly kind: 'workers'; readonly workers: readonly string[] }
  /** Another prompt, which reaches this one through what they share. Behind the same flag it moves with the candidate. */
  | { readonly kind: 'neighbour'; readonly promptId: string; readonly isOnSameFlag: boolean };

/** Something with a time stamp that may explain an alarm. */
export type PossibleCause = {
  readonly kind: Suspect['kind'];
  readonly atMs: number;
  /** A clause that can stand before "2 min before the complaints began": "v18 went from 5 % to 25 %". */
  readonly what: string;
  readonly by: string | null;
  readonly source: string;
  readonly reaches: Reach;
  /** The candidate's share before and after, where this is a step of its ramp; `from01` null = not known. */
  readonly share: { readonly from01: number | null; readonly to01: number } | null;
  /** Trouble that has ended: when. Null = a lasting change, or still going on. */
  readonly untilMs: number | null;
};

/** What is known when an alarm fires. */
export type Circumstances = {
  /** Basis `none`: declared by hand, and no comparison has told the versions apart so far; `atMs` is when it was declared. */
  readonly alarm: Pick<Alarm, 'atMs' | 'signal' | 'cohort'> & { readonly basis: Alarm['basis'] | 'none' };
  /** When it began, with its interval; null = not dated. */
  readonly onset: Onset | null;
  readonly candidate: string;
  readonly control: string;
  /** Did the control arm get worse than its own past too? Null = not known (or nobody runs it). */
  readonly bothArmsWorse: boolean | null;
  /** Cohorts in which it is worse beyond doubt; empty = everywhere, or cannot be told. */
  readonly affectedCohorts: readonly string[];
  /** Every cohort with traffic. */
  readonly cohorts: readonly string[];
  /** Workers that are worse than the others; empty = all alike, or not looked at. */
  readonly affectedWorkers: readonly string[];
  /** What could not be read, so that a change may be missing: "flags (503)". */
  readonly unread: readonly string[];
};
