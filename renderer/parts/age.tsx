import { ageState, ageWords } from './age-words.ts';
import './age.css';

export type AgeProps = {
  /** When the figure was true; null = never. */
  readonly atMs: number | null;
  /** The engine's clock (useNowMs): the age then ticks by itself. */
  readonly nowMs: number;
  /** Refresh interval of the source; null = no marking. */
  readonly intervalMs?: number | null;
  /** In front: "data", "read". */
  readonly what?: string;
  /** Ends in "ago". */
  readonly isAgo?: boolean;
};

const MARKS = { fresh: '', marked: 'stale, ', greyed: 'old, ', never: '' } as const;

/** The age of a figure, ticking; marked past twice its interval and greyed past five times. */
export function Age({ atMs, nowMs, intervalMs = null, what, isAgo = false }: AgeProps) {
  const ageMs = atMs === null ? null : nowMs - atMs;
  const state = ageState(ageMs, intervalMs);
  return (
    <span
      className="fb-age fb-num"
      data-age={state}
      title={atMs === null ? undefined : new Date(atMs).toISOString()}
    >
      {what !== undefined && `${what} `}
      {MARKS[state]}
      {ageMs === null ? 'never' : ageWords(ageMs)}
      {isAgo && ageMs !== null && ' ago'}
    </span>
  );
}
