import { z } from 'zod';
import { createDetector } from '#shared/domain/detection/detector.ts';
import type {
  ArmId,
  ControlHistory,
  Detector,
  DetectorSettings,
  Increment,
  KnownChange,
} from '#shared/domain/detection/kind.ts';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { PastHour } from '#shared/domain/detection/own-past.ts';
import type { Alarm, CertaintySeries, EvidenceReading, StreamId } from '#shared/model/detection.ts';
import { alarmSchema, STREAM_IDS, streamIdSchema } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { ArmReading, MeanCounts, SignalId } from '#shared/model/signal.ts';
import { certaintyStateSchema, createCertaintyLog } from './certainty-log.ts';
import { crossAlarms } from './cross-alarms.ts';
import type { ScoreMinute } from '../metric-ticks.ts';
import type { ShownRow } from './ledger.ts';
import { createLedger, ledgerStateSchema } from './ledger.ts';
import { createScoreWatch, scoreWatchStateSchema } from './score-watch.ts';
import type { Totals } from './totals.ts';
import { createTotals, totalsStateSchema } from './totals.ts';

const rate = z.object({ rate01: z.number(), events: z.number().nullable() });
const rateStreams = STREAM_IDS.filter((stream) => stream !== 'csat');

/** What is on trial: one candidate against one control, since its launch or since an earlier incident about it was closed; or one alone. */
export const trialSettingsSchema = z.object({
  promptId: z.string(),
  candidate: z.string(),
  control: z.string(),
  startedAtMs: z.number(),
  cohorts: z.array(z.string()),
  history: z.partialRecord(z.enum(rateStreams), rate),
  /** Streams that share their conversations are one feed; a rate of a metrics source is one of its own. */
  feeds: z.array(z.object({ name: z.string(), streams: z.array(streamIdSchema) })),
  /** csat comes from a metrics source, without single scores. */
  hasScoreSums: z.boolean(),
  /** Nothing runs beside it: the candidate is the version that is served, judged against its own past; `control` is what served before. */
  isAlone: z.boolean().optional(),
});
export type TrialSettings = z.infer<typeof trialSettingsSchema>;

const feedStateSchema = z.object({
  fedToMs: z.number(),
  ledger: ledgerStateSchema,
  totals: totalsStateSchema,
  detector: z.looseObject({ format: z.literal(1) }),
});
export const trialStateSchema = z.object({
  format: z.literal(1),
  settings: trialSettingsSchema,
  shares: z.array(z.object({ atMs: z.number(), share01: z.number().nullable() })),
  changes: z.array(z.string()),
  told: z.array(z.string()),
  crossed: z.array(alarmSchema),
  certainty: certaintyStateSchema,
  feeds: z.record(z.string(), feedStateSchema),
  scores: scoreWatchStateSchema.nullable(),
});
export type TrialState = z.infer<typeof trialStateSchema>;

type Feed = {
  readonly name: string;
  readonly detector: Detector;
  readonly ledger: ReturnType<typeof createLedger>;
  readonly totals: Totals;
  fedToMs: number;
};

/** A candidate under watch: its detectors, what they were fed, and how sure they were over the last hours. */
export type Trial = {
  readonly settings: TrialSettings;
  /** What the flag was seen set to, oldest first: the candidate's share, null = not known. Never empty. */
  shares(): readonly { readonly atMs: number; readonly share01: number | null }[];
  /** End of the last tick fed; the launch before the first. */
  fedToMs(feed: string): number;
  /**
   * What the source of a feed shows now of a window: fed as the difference to what was fed before, each fresh bucket as the tick it is,
   * everything late in the tick that ends at `endMs`.
   */
  show(feed: string, rows: readonly ShownRow[], window: Window, endMs: number): void;
  /** Increments of a source that keeps its own account of what it gave. */
  feed(feed: string, increments: readonly Increment[], endMs: number): void;
  /** csat from a metrics source, by minutes. */
  feedScores(scores: readonly ScoreMinute[]): void;
  /** Once per change, before the data that follow it. */
  note(change: KnownChange): void;
  freeze(signal: StreamId, isFrozen: boolean): void;
  readings(): EvidenceReading[];
  /** What the own past of a version watched alone shows; null where it is compared, or nothing is known. */
  past(signal: SignalId): ArmReading | null;
  /** The control against its own history, where it runs beside the candidate. */
  controlHistory(): ControlHistory[];
  /** Every alarm of this period, oldest first. */
  alarms(): Alarm[];
  /** Those not marked as told. */
  untold(): Alarm[];
  markTold(alarm: Alarm): void;
  notices(): readonly { readonly atMs: number; readonly sentence: string }[];
  totals(feed: string): Totals | null;
  /** csat given since launch, wherever it comes from. */
  ratings(arm: ArmId, cohort: string): MeanCounts;
  certainty(signal: StreamId, cohort: string, window: Window): CertaintySeries;
  state(): TrialState;
};

/** Readings are taken per tick for the last hours only: a replay of days draws no chart of them. */
const CHARTED_MS = 3 * 3_600_000;

/** Tells alarms of one period apart. */
export const alarmName = ({ atMs, class: kind, signal, cohort, basis }: Alarm) =>
  `${atMs}/${kind}/${signal}/${cohort}/${basis}`;

/** Throws where a saved state cannot be taken up again. `past`: of a version that is watched alone, where nothing was saved. */
export function createTrial(
  settings: TrialSettings,
  share01: number | null,
  saved?: TrialState,
  past: readonly PastHour[] = [],
): Trial {
  const feeds = new Map(
    settings.feeds.map(({ name, streams }): [string, Feed] => {
      const before = saved?.feeds[name];
      const detectorSettings: DetectorSettings = {
        startedAtMs: settings.startedAtMs,
        cohorts: settings.cohorts,
        streams,
        history: settings.history,
        intendedShare01: share01,
        candidateName: settings.candidate,
        ...(settings.isAlone ? { ownPast: past } : {}),
      };
      return [
        name,
        {
          name,
          detector: createDetector(detectorSettings, before?.detector),
          ledger: createLedger(before?.ledger),
          totals: createTotals(before?.totals),
          fedToMs: before?.fedToMs ?? Math.floor(settings.startedAtMs / TICK_MS) * TICK_MS,
        },
      ];
    }),
  );
  const certainty = createCertaintyLog(saved?.certainty);
  const noted = new Set(saved?.changes);
  const crossed: Alarm[] = [...(saved?.crossed ?? [])];
  const shares = saved ? [...saved.shares] : [{ atMs: settings.startedAtMs, share01 }];
  const told = new Set(saved?.told);

  const scoreWatch = settings.hasScoreSums ? createScoreWatch(settings, saved?.scores ?? undefined) : null;

  const all = () => [...feeds.values()];
  const readings = () => [
    ...all().flatMap(({ detector }) => detector.readings()),
    ...(scoreWatch?.readings() ?? []),
  ];
  const alarms = () =>
    [
      ...all().flatMap(({ detector }) => detector.alarms()),
      ...(scoreWatch?.alarms() ?? []),
      ...crossed,
    ].toSorted((a, b) => a.atMs - b.atMs);

  function feedOf(name: string): Feed {
    const feed = feeds.get(name);
    if (!feed) throw new RangeError(`no feed ${name} in this trial`);
    return feed;
  }

  function tick(feed: Feed, endMs: number, increments: readonly Increment[], uptoMs: number): void {
    feed.totals.add(increments);
    feed.detector.tick(endMs, increments);
    if (endMs < uptoMs - CHARTED_MS) return;
    const now = readings();
    certainty.add(endMs, now);
    if (feeds.size + Number(settings.hasScoreSums) > 1) crossed.push(...crossAlarms(endMs, now, crossed));
  }

  function feedTicks(feed: Feed, increments: readonly Increment[], endMs: number): void {
    const ticks = Map.groupBy(increments, ({ bucketMs }) =>
      bucketMs >= feed.fedToMs ? Math.min(endMs, bucketMs + TICK_MS) : endMs,
    );
    for (const [tickEndMs, news] of [...ticks].toSorted(([a], [b]) => a - b)) {
      tick(feed, tickEndMs, news, endMs);
    }
    feed.fedToMs = Math.max(feed.fedToMs, endMs);
  }

  return {
    settings,
    shares: () => shares,
    fedToMs: (name) => feedOf(name).fedToMs,
    show(name, rows, window, endMs) {
      const feed = feedOf(name);
      feedTicks(feed, feed.ledger.take(rows, window, endMs), endMs);
    },
    feed(name, increments, endMs) {
      feedTicks(feedOf(name), increments, endMs);
    },
    feedScores: (scores) => scoreWatch?.add(scores),
    note(change) {
      if (change.intendedShare01 !== undefined) {
        shares.push({ atMs: change.atMs, share01: change.intendedShare01 });
      }
      const name = `${change.atMs}/${change.what}`;
      if (noted.has(name)) return;
      noted.add(name);
      for (const { detector } of feeds.values()) detector.noteChange(change);
    },
    freeze(signal, isFrozen) {
      for (const { detector } of feeds.values()) detector.setFrozen(signal, isFrozen);
      if (signal === 'csat') scoreWatch?.setFrozen(isFrozen);
    },
    readings,
    past(signal) {
      const feed = all().find(({ name }) =>
        settings.feeds.some((each) => each.name === name && each.streams.includes(signal)),
      );
      const sums = feed?.detector.past(signal) ?? null;
      if (!sums || sums.units === 0) return null;
      if (signal !== 'csat') return { kind: 'rate', conversations: sums.units, events: sums.events };
      return { kind: 'mean', ratings: sums.units, sum: 100 * sums.events, sumSquares: 10_000 * sums.squares };
    },
    controlHistory: () => all().flatMap(({ detector }) => detector.controlHistory()),
    alarms,
    untold: () => alarms().filter((alarm) => !told.has(alarmName(alarm))),
    markTold: (alarm) => void told.add(alarmName(alarm)),
    notices: () =>
      all()
        .flatMap(({ detector }) => detector.notices())
        .toSorted((a, b) => a.atMs - b.atMs),
    totals: (name) => feeds.get(name)?.totals ?? null,
    ratings(arm, cohort) {
      if (scoreWatch) return scoreWatch.sums(arm, cohort);
      return all().reduce(
        (sum, { totals }) => {
          const reading = totals.reading(arm, 'csat', cohort);
          return reading.kind === 'mean' && reading.ratings > 0 ? reading : sum;
        },
        { ratings: 0, sum: 0, sumSquares: 0 },
      );
    },
    certainty: (signal, cohort, window) => certainty.series(signal, cohort, window),
    state: () => ({
      format: 1,
      settings,
      shares,
      changes: [...noted],
      told: [...told],
      crossed,
      scores: scoreWatch?.state() ?? null,
      certainty: certainty.state(),
      feeds: Object.fromEntries(
        all().map(({ name, detector, ledger, totals, fedToMs }) => [
          name,
          { fedToMs, ledger: ledger.state(), totals: [...totals.state()], detector: detector.state() },
        ]),
      ),
    }),
  };
}
