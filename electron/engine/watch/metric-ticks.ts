import { z } from 'zod';
import type { ArmId, Increment } from '#shared/domain/detection/kind.ts';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { MetricsQuery } from '../connectors/kind.ts';
import { messageOf, within } from './deps.ts';
import type { WatchDeps } from './deps.ts';
import { freshnessOf } from './metric-freshness.ts';
import type { Freshness } from './metric-freshness.ts';
import type { Counted, MetricLedger, ScoreStep } from './metric-ledger.ts';
import { beginLedger, metricLedgerSchema, moveAnchor, takeRates, takeScores } from './metric-ledger.ts';
import { metricsReaderOf } from './metric-signals.ts';
import type { MetricTemplates } from './metric-signals.ts';

/** Stands for the one cohort of a signal whose templates know none. */
const NO_COHORT = '(none)';
const MINUTE_MS = 60_000;
/**
 * Counts are asked for from an anchor this far back, up to twice as far. The longer the window, the less weighs what the source
 * extrapolates at its ends: at most scrape interval / REACH_MS, 3 % at one scrape a minute, alike in both arms.
 */
const REACH_MS = 30 * MINUTE_MS;
/** An account with a longer gap is begun anew: what was counted meanwhile is left out. */
const MAX_GAP_MS = 2 * 3_600_000;
/** Reports that are still to come of conversations from before a change of the share; they would count under the new one. */
const REPORTS_SETTLE_MS = 15 * MINUTE_MS;
/** Between two looks, and how long a caller waits for one. Real time. */
const LOOK_EVERY_MS = 15_000;
const WAIT_MS = 400;

export const metricTicksStateSchema = z.object({
  ledgers: z.record(z.string(), metricLedgerSchema),
  settledAtMs: z.number(),
});
export type MetricTicksState = z.infer<typeof metricTicksStateSchema>;

/** csat of one minute from sums alone: for the fallback test, because single scores are not known. */
export type ScoreMinute = ScoreStep & {
  readonly endMs: number;
  readonly cohort: string;
  readonly arm: ArmId;
};

export type MetricNews = {
  /** End of the newest minute that both arms are known for; null = none yet. */
  readonly knownToMs: number | null;
  /** Of a rate, in order of time. `conversations` are units of this signal only. Each bears the last bucket of its minute. */
  readonly increments: readonly Increment[];
  /** Of csat, in order of time. */
  readonly scores: readonly ScoreMinute[];
  /**
   * No new samples for minutes, in any cohort: nothing is learned of either arm until they are back, and what was counted meanwhile is
   * left out. Cohorts that are stale while others go on are left out alone.
   */
  readonly isStale: Readonly<Record<ArmId, boolean>>;
  /** Why the source could not be asked, in plain words; else null. */
  readonly error: string | null;
};

/**
 * What a signal from a metrics source adds to the detector, minute by minute. Metrics systems know when something was counted, not which
 * conversation it belongs to: all of it is by report time, and `conversations` and `events` of one minute are of different conversations.
 * That is sound while the share stands still, because lag is the same in both arms. Where the share changes, what follows is left
 * out until old reports are in.
 */
export type MetricTicks = {
  /** What became known since the last call. Looks in the background, waits for it no longer than 400 ms, never rejects. */
  take(): Promise<MetricNews>;
  /** The share of the candidate changed: to be called before the next `take`. */
  noteShareChange(atMs: number): void;
  /** Of what was taken. Plain JSON. */
  state(): MetricTicksState;
};

type ByArm<T> = Readonly<Record<ArmId, T>>;
/** What was counted after `fromMs`. */
type Step = {
  readonly fromMs: number;
  readonly increments: readonly Increment[];
  readonly scores: readonly ScoreMinute[];
};
type Look = { readonly ledgers: Readonly<Record<string, MetricLedger>>; readonly steps: readonly Step[] };
/** The cohorts that a signal's templates can tell apart: those of the workspace, or none. */
export function metricCohorts(prompt: WorkspacePrompt, templates: MetricTemplates): readonly string[] {
  const { events, conversations, sum, count, sumSquares } = templates as Record<string, string | undefined>;
  const written = [events, conversations, sum, count, sumSquares].filter((each) => each !== undefined);
  const areSplit = written.every((template) => /\$(?:\{cohort\}|cohort\b)/.test(template));
  return areSplit ? prompt.cohorts : [];
}

export function createMetricTicks(
  deps: Pick<WatchDeps, 'clock' | 'sources'>,
  about: {
    readonly prompt: WorkspacePrompt;
    readonly signal: SignalId;
    readonly templates: MetricTemplates;
    readonly candidate: string;
    readonly control: string;
  },
  saved?: MetricTicksState,
): MetricTicks {
  const { clock } = deps;
  const { prompt, signal, templates } = about;
  const known = metricCohorts(prompt, templates);
  const cohorts = known.length > 0 ? known : [NO_COHORT];

  let taken: Readonly<Record<string, MetricLedger>> = saved?.ledgers ?? {};
  let settledAtMs = saved?.settledAtMs ?? Number.NEGATIVE_INFINITY;
  /** Looks that were not taken yet, oldest first. */
  let ahead: Look[] = [];
  let pending: Promise<void> | null = null;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let isStale: ByArm<boolean> = { candidate: false, control: false };
  let error: string | null = null;

  function queryOf(arm: ArmId, cohort: string, fromMs: number, toMs: number): MetricsQuery {
    return {
      signal,
      templates,
      prompt: prompt.traceName ?? prompt.id,
      version: about[arm],
      cohort: cohort === NO_COHORT ? 'all' : cohort,
      window: { fromMs, toMs },
      bucketMs: toMs - fromMs,
    };
  }

  function ask<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return deps.sources.observe(templates.source, () => within(clock, templates.source, call));
  }

  async function inBothArms<T>(call: (arm: ArmId) => Promise<T>): Promise<ByArm<T>> {
    const [candidate, control] = await Promise.all([call('candidate'), call('control')]);
    return { candidate, control };
  }

  function countedFrom(cohort: string, fromMs: number, toMs: number): Promise<ByArm<Counted>> {
    const reader = metricsReaderOf(deps, templates.source);
    return inBothArms(async (arm) => {
      const answer = await ask((abort) => reader.instant(queryOf(arm, cohort, fromMs, toMs), abort));
      return answer.buckets[0] ?? { numerator: null, denominator: null, sumSquares: null };
    });
  }

  async function askFreshness(
    cohort: string,
    ledger: MetricLedger | undefined,
    nowMs: number,
  ): Promise<Freshness | null> {
    const reader = metricsReaderOf(deps, templates.source);
    const newest = await inBothArms((arm) =>
      ask((abort) => reader.newest(queryOf(arm, cohort, nowMs - MINUTE_MS, nowMs), abort)),
    );
    return freshnessOf(newest, ledger?.isBorn ?? null, nowMs);
  }

  async function takeMinute(
    cohort: string,
    before: MetricLedger | undefined,
    isBorn: ByArm<boolean>,
    minuteMs: number,
  ): Promise<{ readonly ledger: MetricLedger; readonly step: Step | null }> {
    const reachMs = minuteMs - REACH_MS;
    if (!before || before.isBroken || minuteMs - before.givenToMs > MAX_GAP_MS) {
      const counted = await countedFrom(cohort, reachMs, minuteMs);
      return { ledger: beginLedger(reachMs, minuteMs, counted, isBorn), step: null };
    }
    const ledger: MetricLedger = { ...before, isBorn };
    if (minuteMs <= ledger.givenToMs) return { ledger, step: null };
    const counted = await countedFrom(cohort, ledger.anchorMs, minuteMs);
    const { ledger: next, step } = stepOf(cohort, ledger, minuteMs, counted);
    if (ledger.anchorMs > reachMs - REACH_MS) return { ledger: next, step };
    const recounted = await countedFrom(cohort, reachMs, minuteMs);
    return { ledger: moveAnchor(next, reachMs, counted, recounted), step };
  }

  function stepOf(
    cohort: string,
    ledger: MetricLedger,
    endMs: number,
    counted: ByArm<Counted>,
  ): { readonly ledger: MetricLedger; readonly step: Step } {
    const arms: readonly ArmId[] = ['candidate', 'control'];
    const fromMs = ledger.givenToMs;
    if (signal === 'csat') {
      const { ledger: next, steps } = takeScores(ledger, endMs, counted);
      const scores = steps ? arms.map((arm) => ({ ...steps[arm], endMs, cohort, arm })) : [];
      const given = scores.filter(({ ratings }) => ratings > 0);
      return { ledger: next, step: { fromMs, increments: [], scores: given } };
    }
    const { ledger: next, steps } = takeRates(ledger, endMs, counted);
    const increments = (steps ? arms : []).flatMap((arm): Increment[] => {
      const { conversations = 0, events = 0 } = steps?.[arm] ?? {};
      if (conversations === 0) return [];
      const bucketMs = endMs - TICK_MS;
      return [
        { cohort, arm, bucketMs, conversations, events: events > 0 ? { [signal]: events } : {}, ratings: [] },
      ];
    });
    return { ledger: next, step: { fromMs, increments, scores: [] } };
  }

  async function look(): Promise<void> {
    const nowMs = clock.nowMs();
    const from = ahead.at(-1)?.ledgers ?? taken;
    const there: { readonly cohort: string; readonly freshness: Freshness }[] = [];
    for (const cohort of cohorts) {
      const freshness = await askFreshness(cohort, from[cohort], nowMs);
      if (freshness) there.push({ cohort, freshness });
    }
    const everywhere = (arm: ArmId) =>
      there.length > 0 && there.every(({ freshness }) => freshness.isStale[arm]);
    const fresh = there.filter(({ freshness }) => !freshness.isStale.candidate && !freshness.isStale.control);
    // A minute is over when every counter has a sample from after its end.
    const sampledToMs = Math.min(...fresh.map(({ freshness }) => freshness.sampledToMs));
    const minuteMs = Math.floor(sampledToMs / MINUTE_MS) * MINUTE_MS;
    const ledgers: Record<string, MetricLedger> = {};
    for (const { cohort } of there) {
      const ledger = from[cohort];
      if (ledger) ledgers[cohort] = { ...ledger, isBroken: true };
    }
    const steps: Step[] = [];
    for (const { cohort, freshness } of fresh) {
      const { ledger, step } = await takeMinute(cohort, from[cohort], freshness.isBorn, minuteMs);
      ledgers[cohort] = ledger;
      if (step) steps.push(step);
    }
    isStale = { candidate: everywhere('candidate'), control: everywhere('control') };
    ahead.push({ ledgers, steps });
  }

  async function lookOnce(): Promise<void> {
    try {
      await look();
      error = null;
    } catch (failure) {
      error = messageOf(failure);
    } finally {
      lookedAtMs = clock.monotonicMs();
      pending = null;
    }
  }

  return {
    async take() {
      if (pending === null && clock.monotonicMs() - lookedAtMs >= LOOK_EVERY_MS) pending = lookOnce();
      if (pending) {
        const patience = clock.deadline(WAIT_MS);
        await Promise.race([
          pending,
          new Promise<void>((resolve) => patience.addEventListener('abort', () => resolve(), { once: true })),
        ]);
      }
      // Whatever spans a change of the share, or came while old reports were due, is left out.
      const news = ahead.flatMap(({ steps }) => steps).filter(({ fromMs }) => fromMs >= settledAtMs);
      taken = ahead.at(-1)?.ledgers ?? taken;
      ahead = [];
      const givenTo = Object.values(taken).map(({ givenToMs }) => givenToMs);
      return {
        knownToMs: givenTo.length > 0 ? Math.max(...givenTo) : null,
        increments: news.flatMap(({ increments }) => increments),
        scores: news.flatMap(({ scores }) => scores),
        isStale,
        error,
      };
    },
    noteShareChange(atMs) {
      settledAtMs = Math.max(settledAtMs, atMs + REPORTS_SETTLE_MS);
    },
    state: () => ({ ledgers: { ...taken }, settledAtMs: Math.max(settledAtMs, 0) }),
  };
}
