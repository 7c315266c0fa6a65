import { assertNever } from '#shared/lib/assert-never.ts';
import { createStreamVerification, type StreamVerification } from '../verification/stream-verification.ts';
import type { StreamVerificationInput } from '../verification/kind.ts';
import { createControlRates } from './control-rates.ts';
import { flipInput, sinceFlip } from './flip.ts';
import type { BacktestVerification, CountRow, Recording, StreamEvent } from './kind.ts';
import { createTrial, type Trial } from './trial.ts';

/** The last rollback: null input where no candidate ran before it. */
type Flip = {
  readonly atMs: number;
  readonly to: string;
  readonly input: StreamVerificationInput | null;
  readonly verification: StreamVerification | null;
  /** Until the share goes up again. */
  isFollowed: boolean;
};

export type Replay = {
  /** In the order of their launches. */
  readonly trials: readonly Trial[];
  readonly verification: BacktestVerification | null;
  readonly warnings: readonly string[];
};

/**
 * The recording through the product's own code, tick by tick, in the order in which things became known. A version that first runs as
 * candidate begins a trial of its own; rows of the control go to every trial.
 */
export function replay(recording: Recording): Replay {
  const { rows, events, options, streams, endMs } = recording;
  const trials: Trial[] = [];
  const byVersion = new Map<string, Trial>();
  const control = createControlRates(options);
  const warnings: string[] = [];
  let ramp: Extract<StreamEvent, { kind: 'ramp' }> | null = null;
  let lastCandidateMs = -Infinity;
  let flip: Flip | null = null;
  let index = 0;

  function intendedAtLaunch(): number | null {
    if (trials.length === 0) return ramp?.share01 ?? options.intendedShare01;
    // A share set for the candidate before says nothing about this one.
    return ramp && ramp.atMs > lastCandidateMs ? ramp.share01 : null;
  }

  function launch(version: string, startedAtMs: number): void {
    // From here on nobody intends a share for the candidates before.
    for (const one of trials)
      one.noteChange({ atMs: startedAtMs, what: `launch of ${version}`, intendedShare01: null });
    const trial = createTrial(version, {
      startedAtMs,
      cohorts: options.cohorts,
      streams,
      history: control.history(),
      intendedShare01: intendedAtLaunch(),
    });
    trials.push(trial);
    byVersion.set(version, trial);
  }

  function launchNew(tick: readonly CountRow[]): void {
    const found = new Map<string, number>();
    for (const row of tick) {
      if (row.arm !== 'candidate' || byVersion.has(row.version) || isSlice(row)) continue;
      if (row.conversations === 0) continue;
      found.set(row.version, Math.min(row.bucketMs, found.get(row.version) ?? Infinity));
    }
    if (found.size === 0) return;
    const versions = [...found].toSorted(([a, aMs], [b, bMs]) => aMs - bMs || (a < b ? -1 : 1));
    for (const [version, startedAtMs] of versions) launch(version, startedAtMs);
  }

  /** After a rollback: those who had the bad version, on the good one now. They are no candidate. */
  function isSlice(row: CountRow): boolean {
    if (!flip?.isFollowed) return false;
    return row.arm === 'candidate' && row.version === flip.to && flip.input?.badVersion !== flip.to;
  }

  function rollBack(atMs: number, stated: string | null): void {
    const to = stated ?? control.version() ?? 'control';
    const trial = trials.findLast(({ version }) => version !== to) ?? trials.at(-1);
    const input = trial
      ? flipInput({ trial, to, flipAtMs: atMs, known: rows.slice(0, index), history: control.history() })
      : null;
    for (const one of trials) {
      if (one === trial) one.end(atMs, `rollback to ${to}`);
      else one.noteChange({ atMs, what: `rollback to ${to}` });
    }
    if (!trial) warnings.push(`a rollback to ${to} before any candidate ran: nothing to verify`);
    flip = { atMs, to, input, verification: input && createStreamVerification(input), isFollowed: true };
  }

  function handle(event: StreamEvent): void {
    const { atMs } = event;
    switch (event.kind) {
      case 'ramp': {
        ramp = event;
        if (flip?.isFollowed && event.share01 > 0) {
          // The candidate is back on purpose: from here on this is a rollout again, and a trial of its own.
          flip.isFollowed = false;
          if (flip.input) byVersion.delete(flip.input.badVersion);
          return;
        }
        const latest = trials.at(-1);
        for (const trial of trials) {
          const intendedShare01 = trial === latest && !flip?.isFollowed ? event.share01 : null;
          trial.noteChange({ atMs, what: `ramp to ${percent(event.share01)}`, intendedShare01 });
        }
        return;
      }
      case 'rollback':
        rollBack(atMs, event.to);
        return;
      case 'change':
        for (const trial of trials) trial.noteChange({ atMs, what: event.what });
        return;
      default:
        assertNever(event);
    }
  }

  function pass(tickEndMs: number, tick: readonly CountRow[]): void {
    for (const { version, atMs } of control.newVersions(tick)) {
      for (const trial of trials) trial.noteChange({ atMs, what: `${version} is the control` });
    }
    launchNew(tick);
    for (const row of tick) {
      control.take(row);
      if (row.arm === 'candidate') lastCandidateMs = Math.max(lastCandidateMs, row.bucketMs);
    }
    for (const trial of trials) trial.tick(tickEndMs, rowsOf(trial, tick));
    if (flip?.isFollowed && flip.verification && flip.input) {
      const { input } = flip;
      flip.verification.tick(
        tickEndMs,
        tick.map((row) => sinceFlip(row, input)).filter((increment) => increment !== null),
      );
    }
  }

  function rowsOf(trial: Trial, tick: readonly CountRow[]): readonly CountRow[] {
    const isOwn = (row: CountRow) =>
      row.arm === 'control' || (byVersion.get(row.version) === trial && !isSlice(row));
    return tick.every(isOwn) ? tick : tick.filter(isOwn);
  }

  let next = 0;
  while (index < rows.length) {
    const tickEndMs = rows[index]?.tickEndMs ?? 0;
    for (let event = events[next]; event && event.atMs < tickEndMs; event = events[next]) {
      handle(event);
      next += 1;
    }
    let end = index + 1;
    while (end < rows.length && rows[end]?.tickEndMs === tickEndMs) end += 1;
    const tick = rows.slice(index, end);
    pass(tickEndMs, tick);
    index = end;
  }
  for (const event of events.slice(next)) handle(event);
  return { trials, verification: verificationOf(flip, endMs), warnings };
}

function verificationOf(flip: Flip | null, endMs: number): BacktestVerification | null {
  if (!flip) return null;
  const { verification, input, to, atMs, isFollowed } = flip;
  if (!verification || !input) {
    return {
      verdict: 'cannot-tell',
      at: endMs,
      to,
      from: null,
      flippedAt: atMs,
      detail: 'No candidate ran before the rollback.',
      signals: [],
    };
  }
  // Time went on after the last tick with counts.
  if (isFollowed) verification.tick(endMs, []);
  const { verdict, atMs: sinceMs, detail, signals } = verification.result();
  return {
    verdict,
    at: sinceMs ?? endMs,
    to,
    from: input.badVersion,
    flippedAt: atMs,
    detail,
    signals: signals.map((signal) => ({ ...signal, sentence: signal.sentence() })),
  };
}

function percent(share01: number): string {
  return `${Number((share01 * 100).toFixed(2))} %`;
}
