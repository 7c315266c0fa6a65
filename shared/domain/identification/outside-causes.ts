import {
  historyEvidence,
  historyRun,
  HISTORY_WATCH_LINE,
  createHistoryStream,
  stepRate,
} from '../detection/history-stream.ts';
import { RATIO_GRID } from '../detection/label-factor.ts';
import { sigmaOfTail, TAIL_AT_3_SIGMA } from '../detection/normal.ts';
import { limitedRate } from '../detection/own-past.ts';
import { fisherExact } from '../detection/rates.ts';
import type { PossibleCause, Reach } from './possible-cause.ts';
import { clock, percent } from './words.ts';

const MINUTE_MS = 60_000;
/** A model seen this soon after the first one of its version was there from the beginning. */
const FROM_THE_BEGINNING_MS = MINUTE_MS;
/** So few turns are a trial of somebody's, no change. */
const MIN_TURNS = 10;
/** Workers take a change up one after the other. */
const TAKEN_UP_MS = 10 * MINUTE_MS;
/** What is normal ends this long before the trouble that is looked into. */
const CALM_MS = 10 * MINUTE_MS;
const MIN_CALM_TURNS = 200;
/** A version with fewer turns since says nothing about itself. */
const MIN_TURNS_SINCE = 50;
/** Trouble is over when its last bad minute lies this far back. */
const OVER_MS = 10 * MINUTE_MS;

/** Who of the versions is there: `control` null = nothing runs beside the candidate. */
export type Versions = { readonly candidate: string; readonly control: string | null };

/** Turns that one model answered on one version. */
type Answered = {
  readonly version: string;
  readonly model: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly turns: number;
};

/**
 * A model that began to answer where another one had answered before: nobody here need have changed anything. On every version that is there
 * it reaches all of them, on one alone only that one.
 */
export function modelCauses(answered: readonly Answered[], versions: Versions): PossibleCause[] {
  const here = present(versions).filter((version) => answered.some((row) => row.version === version));
  const begun = here.flatMap((version) => begunOn(answered.filter((row) => row.version === version)));
  const byModel = Map.groupBy(begun, ({ row }) => row.model);
  return [...byModel.values()].flatMap((changes): PossibleCause[] => {
    const [first, ...others] = changes.toSorted((a, b) => a.row.firstSeenMs - b.row.firstSeenMs);
    if (!first) return [];
    const together = [first, ...others].filter(
      ({ row }) => row.firstSeenMs - first.row.firstSeenMs <= TAKEN_UP_MS,
    );
    const isEverywhere = here.every((version) => together.some(({ row }) => row.version === version));
    const { row, before } = first;
    const isReplaced = before.lastSeenMs <= row.firstSeenMs + TAKEN_UP_MS;
    const was = isReplaced
      ? `as ${before.model} until ${clock(before.lastSeenMs)}`
      : `beside ${before.model}`;
    return [
      {
        ...bare('model', row.firstSeenMs, `the model began to answer as ${row.model} (${was})`),
        reaches: isEverywhere ? { kind: 'prompt' } : reachOf(row.version, versions),
      },
    ];
  });
}

function begunOn(rows: readonly Answered[]): { readonly row: Answered; readonly before: Answered }[] {
  const inOrder = rows.toSorted((a, b) => a.firstSeenMs - b.firstSeenMs);
  const [first] = inOrder;
  if (!first) return [];
  return inOrder.flatMap((row) => {
    if (row.firstSeenMs <= first.firstSeenMs + FROM_THE_BEGINNING_MS || row.turns < MIN_TURNS) return [];
    const earlier = inOrder.filter((other) => other.firstSeenMs < row.firstSeenMs);
    const before = earlier.toSorted((a, b) => b.turns - a.turns)[0];
    return before ? [{ row, before }] : [];
  });
}

/** A minute of one version: its turns, and those that failed, by error type. */
type FailedMinute = {
  readonly startMs: number;
  readonly version: string;
  readonly turns: number;
  readonly failed: Readonly<Record<string, number>>;
};

/** Does an error type mean that the provider is in trouble? `listed`: numbers stand for themselves, words for every type that has them in it. */
export function isProviderError(type: string, listed: readonly string[]): boolean {
  const lower = type.toLowerCase();
  return listed.some((each) => {
    const entry = each.toLowerCase();
    return /^\d+$/.test(entry) ? lower === entry : lower.includes(entry);
  });
}

/**
 * Errors of the model's provider that rose: by the same change detector that watches a version against its history, at its line of one false alarm a
 * month. Where every version that is there shows it, it lies outside all of them; on one alone it is something about that one.
 */
export function providerCauses(
  minutes: readonly FailedMinute[],
  input: {
    readonly versions: Versions;
    readonly listed: readonly string[];
    /** The earliest time at which the trouble may have begun. */
    readonly earliestMs: number;
    readonly nowMs: number;
  },
): PossibleCause[] {
  const { versions, earliestMs } = input;
  const looked = present(versions).flatMap((version) => {
    const rows = minutes.filter((row) => row.version === version);
    const since = rows.filter(({ startMs }) => startMs >= earliestMs - CALM_MS);
    const turns = since.reduce((sum, row) => sum + row.turns, 0);
    return turns < MIN_TURNS_SINCE ? [] : [{ version, trouble: troubleOn(rows, since, input) }];
  });
  const troubled = looked.flatMap(({ version, trouble }) => (trouble ? [{ version, ...trouble }] : []));
  const [worst] = troubled.toSorted((a, b) => b.now01 - a.now01);
  if (!worst) return [];
  const isEverywhere = troubled.length === looked.length;
  const types = [...new Set(troubled.flatMap((each) => each.types))].slice(0, 3).join(', ');
  const where = troubled.map(({ version }) => version).join(' and ');
  const what = `errors of the provider (${types}) rose from ${percent(worst.before01)} to ${percent(worst.now01)} of turns on ${where}`;
  const fromMs = Math.min(...troubled.map((each) => each.fromMs));
  const ends = troubled.map(({ untilMs }) => untilMs);
  const untilMs = ends.includes(null) ? null : Math.max(...ends.map((each) => each ?? 0));
  return [
    {
      // On one version alone it is no outage: something about that version.
      ...bare(isEverywhere ? 'provider' : 'other', fromMs, what),
      untilMs,
      reaches: isEverywhere ? { kind: 'prompt' } : reachOf(worst.version, versions),
    },
  ];
}

type Trouble = {
  readonly fromMs: number;
  readonly untilMs: number | null;
  readonly before01: number;
  readonly now01: number;
  readonly types: readonly string[];
};

function troubleOn(
  rows: readonly FailedMinute[],
  since: readonly FailedMinute[],
  { listed, nowMs }: { readonly listed: readonly string[]; readonly nowMs: number },
): Trouble | null {
  const failed = (row: FailedMinute) =>
    Object.entries(row.failed).reduce(
      (sum, [type, count]) => (isProviderError(type, listed) ? sum + count : sum),
      0,
    );
  const firstMs = since[0]?.startMs ?? 0;
  const calm = rows.filter(({ startMs }) => startMs < firstMs);
  const calmTurns = calm.reduce((sum, row) => sum + row.turns, 0);
  if (calmTurns < MIN_CALM_TURNS) return null;
  const calmFailed = calm.reduce((sum, row) => sum + failed(row), 0);
  const rate01 = limitedRate(calmFailed, calmTurns);
  const stream = createHistoryStream(RATIO_GRID.length);
  let most = 0;
  for (const row of since) {
    const minute = { startMs: row.startMs, endMs: row.startMs + MINUTE_MS };
    stepRate(stream, row.turns, failed(row), rate01, minute);
    most = Math.max(most, historyEvidence(stream));
  }
  if (most < HISTORY_WATCH_LINE) return null;
  const isBad = (row: FailedMinute) => failed(row) > 3 * rate01 * row.turns && failed(row) > 0;
  const bad = since.filter(isBad);
  const [firstBad, lastBad] = [bad[0], bad.at(-1)];
  if (!firstBad || !lastBad) return null;
  const fromMs = historyRun(stream, 'rate').onset?.aboutMs ?? firstBad.startMs;
  const turns = bad.reduce((sum, row) => sum + row.turns, 0);
  const counted = new Map<string, number>();
  for (const [type, count] of bad.flatMap((row) => Object.entries(row.failed))) {
    if (isProviderError(type, listed)) counted.set(type, (counted.get(type) ?? 0) + count);
  }
  const isOver = lastBad.startMs < nowMs - OVER_MS;
  return {
    fromMs,
    untilMs: isOver ? lastBad.startMs + MINUTE_MS : null,
    before01: calmFailed / calmTurns,
    now01: bad.reduce((sum, row) => sum + failed(row), 0) / turns,
    types: [...counted].toSorted(([, a], [, b]) => b - a).map(([type]) => type),
  };
}

/** An incident is explained anew every minute, and the figures of its first half hour are the ones that people act on. */
const LOOKS = 30;

type WorkerRate = { readonly worker: string; readonly conversations: number; readonly events: number };

/**
 * Workers that are worse than the rest on the same version, and without which that version is as good as `usual01`. Exact test of each against the
 * others, at three sigma shared among them all and among the looks at one incident. Empty where the harm is spread.
 */
export function worseWorkers(counts: readonly WorkerRate[], usual01: number): WorkerRate[] {
  if (counts.length < 3) return [];
  const all = totalOf(counts);
  const line = sigmaOfTail(TAIL_AT_3_SIGMA / (counts.length * LOOKS));
  const worse = counts.filter((one) => {
    const rest = { conversations: all.conversations - one.conversations, events: all.events - one.events };
    if (one.events < 3 || rest.conversations === 0) return false;
    const isLarge = one.events / one.conversations >= 2 * (rest.events / rest.conversations);
    return isLarge && fisherExact(one, rest).sigma >= line;
  });
  if (worse.length === 0 || worse.length > counts.length / 2) return [];
  const others = totalOf(counts.filter((one) => !worse.includes(one)));
  return others.conversations > 0 && others.events <= 1.5 * usual01 * others.conversations + 3 ? worse : [];
}

/** Those workers as a suspect, dated like the harm itself: when they fell behind is not known better. */
export function workerCause(
  worse: readonly WorkerRate[],
  counts: readonly WorkerRate[],
  about: { readonly version: string; readonly atMs: number },
): PossibleCause[] {
  if (worse.length === 0) return [];
  const names = new Set(worse.map(({ worker }) => worker));
  const [bad, rest] = [totalOf(worse), totalOf(counts.filter(({ worker }) => !names.has(worker)))];
  const rate = ({ events, conversations }: Omit<WorkerRate, 'worker'>) =>
    percent(conversations > 0 ? events / conversations : 0);
  const what = `${worse.length} of ${counts.length} workers differ from the rest on ${about.version} (${rate(bad)} against ${rate(rest)})`;
  return [
    {
      ...bare('deploy', about.atMs, what),
      reaches: { kind: 'workers', workers: [...names] },
    },
  ];
}

function totalOf(counts: readonly WorkerRate[]): Omit<WorkerRate, 'worker'> {
  return counts.reduce(
    (sum, one) => ({ conversations: sum.conversations + one.conversations, events: sum.events + one.events }),
    { conversations: 0, events: 0 },
  );
}

const present = ({ candidate, control }: Versions) => (control === null ? [candidate] : [control, candidate]);

const reachOf = (version: string, { candidate }: Versions): Reach =>
  version === candidate ? { kind: 'candidate' } : { kind: 'control' };

function bare(kind: PossibleCause['kind'], atMs: number, what: string): PossibleCause {
  return {
    kind,
    atMs,
    what,
    by: null,
    source: 'telemetry',
    reaches: { kind: 'prompt' },
    share: null,
    untilMs: null,
  };
}
