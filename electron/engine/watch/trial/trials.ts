import type { KnownChange } from '#shared/domain/detection/kind.ts';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import type { SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { messageOf, within } from '../deps.ts';
import type { WatchDeps } from '../deps.ts';
import { templatesOf } from '../metric-signals.ts';
import { createMetricTicks } from '../metric-ticks.ts';
import type { MetricTicks } from '../metric-ticks.ts';
import { isSameShare, knownChanges } from './lever-changes.ts';
import type { ShownRow } from './ledger.ts';
import { LOOK_BACK_MS } from './ledger.ts';
import { createBeginning, feedsOf, TELEMETRY_FEED, type Subject } from './beginning.ts';
import { createTrial } from './trial.ts';
import type { Trial } from './trial.ts';
import type { SavedTrial, TrialFiles } from './trial-file.ts';

/** Time for the receiver to store what was reported of a tick before the tick is taken as over. */
const SETTLE_MS = 5_000;
/** A tick waits this long for a read of the lever that is younger than it, so that a ramp step is known before its data. */
const LEVER_PATIENCE_MS = 15_000;
/** Every look takes what became known of conversations this young, ... */
const RECENT_MS = 15 * 60_000;
/** ... and as often as this what became known of older ones. */
const FULL_LOOK_EVERY_MS = 60_000;
/** A clock that went back by more than this was put back. */
const PUT_BACK_MS = 60_000;
/** A look that has more to make up for goes on in the next one. */
const MAX_CHUNKS = 24;
const SAVE_EVERY_MS = 30_000;
const SAVE_EVERY_REAL_MS = 5_000;
/** After a longer gap (the engine was down, it was compared meanwhile) its past is read anew instead of judged in retrospect. */
const ALONE_GAP_MS = 6 * 3_600_000;

/** The trial of each prompt's candidate, kept up to date and on disk. */
export type Trials = {
  /** Feeds everything that became known by now; null where nothing is on trial. Never rejects. */
  look(prompt: WorkspacePrompt, subject: Subject, notBeforeMs: number | null): Promise<Trial | null>;
  /** Goes on with the trial of a version where there is one, whatever else has changed; null where there is none. Never rejects. */
  goOn(prompt: WorkspacePrompt, version: string): Promise<Trial | null>;
  of(promptId: string): Trial | null;
  /** On disk at once: after an alarm was told, and at the end. */
  save(promptId: string): Promise<void>;
  forget(promptId: string): void;
  saveAll(): Promise<void>;
};

type Kept = {
  trial: Trial | null;
  isLoaded: boolean;
  fullLookAtMs: number;
  savedAtMs: number;
  leverReadAtMs: number;
  leverRevision: string | null;
  /** Signals of metrics sources, each with its account of what it gave. */
  metrics: ReadonlyMap<SignalId, MetricTicks>;
  /** Changes whose tick is not over yet. */
  waiting: KnownChange[];
};

/** `compared`: a candidate against its control; `alone`: one version against its own past, each kept under a name of its own. */
export function createTrials(
  deps: WatchDeps,
  files: TrialFiles,
  mode: 'compared' | 'alone' = 'compared',
): Trials {
  const { clock } = deps;
  const isAlone = mode === 'alone';
  const { begin, nameOf, shareOf } = createBeginning(deps, isAlone);
  const kept = new Map<string, Kept>();

  function keptOf(promptId: string): Kept {
    const known = kept.get(promptId);
    if (known) return known;
    const never = Number.NEGATIVE_INFINITY;
    const fresh: Kept = {
      trial: null,
      isLoaded: false,
      fullLookAtMs: never,
      savedAtMs: never,
      leverReadAtMs: never,
      leverRevision: null,
      metrics: new Map(),
      waiting: [],
    };
    kept.set(promptId, fresh);
    return fresh;
  }

  async function load(prompt: WorkspacePrompt, state: Kept): Promise<void> {
    if (state.isLoaded) return;
    state.isLoaded = true;
    const saved = await files.load(nameOf(prompt.id));
    if (!saved) return;
    try {
      const { trial } = saved;
      state.trial = createTrial(trial.settings, trial.shares[0]?.share01 ?? null, trial);
      state.metrics = metricsFor(prompt, state.trial, saved.metrics);
    } catch (error) {
      await files.setAside(nameOf(prompt.id), messageOf(error));
    }
  }

  function metricsFor(prompt: WorkspacePrompt, trial: Trial, saved: SavedTrial['metrics']): Kept['metrics'] {
    const { candidate, control } = trial.settings;
    return new Map(
      SIGNAL_IDS.flatMap((signal) => {
        const templates = templatesOf(prompt, signal);
        if (!templates) return [];
        const about = { prompt, signal, templates, candidate, control };
        return [[signal, createMetricTicks(deps, about, saved[signal])]];
      }),
    );
  }

  /** Is the trial at hand still the one to go on with? */
  function isSame(
    trial: Trial,
    prompt: WorkspacePrompt,
    subject: Subject,
    notBeforeMs: number | null,
  ): boolean {
    const { settings } = trial;
    const isGap = clock.nowMs() - trial.fedToMs(TELEMETRY_FEED) > ALONE_GAP_MS;
    return (
      settings.candidate === subject.candidate &&
      (isAlone ? !isGap : settings.control === subject.control) &&
      settings.startedAtMs >= (notBeforeMs ?? 0) &&
      JSON.stringify(settings.cohorts) === JSON.stringify(prompt.cohorts) &&
      JSON.stringify(settings.feeds) === JSON.stringify(feedsOf(prompt)) &&
      settings.hasScoreSums === (templatesOf(prompt, 'csat') !== null)
    );
  }

  /** Changes of the lever that the trial does not know yet. */
  async function changesFor(prompt: WorkspacePrompt, trial: Trial, state: Kept): Promise<KnownChange[]> {
    const lever = deps.levers.last(prompt.id).state;
    if (!lever || lever.readAtMs <= state.leverReadAtMs) return [];
    const waiting = state.waiting.findLast(({ intendedShare01: share }) => share !== undefined);
    const shareBefore01 = waiting
      ? (waiting.intendedShare01 ?? null)
      : (trial.shares().at(-1)?.share01 ?? null);
    const shareNow01 = shareOf(lever, trial.settings.candidate);
    const isFirstRead = state.leverRevision === null;
    const isTouched = !isFirstRead && state.leverRevision !== lever.revision;
    // Before the first read of this run the last tick fed stands for the last read: what happened since is asked for.
    const lastReadAtMs = isFirstRead ? trial.fedToMs(TELEMETRY_FEED) : state.leverReadAtMs;
    state.leverReadAtMs = lever.readAtMs;
    state.leverRevision = lever.revision;
    if (!isFirstRead && !isTouched && isSameShare(shareBefore01, shareNow01)) return [];
    const window = { fromMs: lastReadAtMs, toMs: lever.readAtMs + 1 };
    const events = await within(clock, lever.source, () => deps.levers.events(prompt.id, window)).catch(
      (error: unknown) => {
        deps.log.warn(
          { prompt: prompt.id, reason: messageOf(error) },
          'events of the lever could not be read',
        );
        return [];
      },
    );
    return knownChanges({ events, state: lever, lastReadAtMs, shareBefore01, shareNow01 });
  }

  /** End of the newest tick that is over, and before which the lever was read. */
  function readyMs(prompt: WorkspacePrompt): number {
    const nowMs = clock.nowMs();
    const { state, error } = deps.levers.last(prompt.id);
    const overMs = nowMs - SETTLE_MS;
    const isWaiting = state !== null && error === null && state.readAtMs < overMs;
    const leverMs = isWaiting ? Math.max(state.readAtMs, nowMs - LEVER_PATIENCE_MS) : overMs;
    return Math.floor(Math.min(overMs, leverMs) / TICK_MS) * TICK_MS;
  }

  async function rowsOf(prompt: WorkspacePrompt, trial: Trial, fromMs: number, toMs: number) {
    const query = { prompt: prompt.traceName ?? prompt.id, window: { fromMs, toMs } };
    const rows = await within(clock, 'the telemetry store', () => deps.evidence.ticks(query));
    return rows.flatMap(({ version, ...row }): ShownRow[] => {
      if (row.bucketMs < fromMs || row.bucketMs >= toMs) return [];
      if (version === trial.settings.candidate) return [{ ...row, arm: 'candidate' }];
      return version === trial.settings.control ? [{ ...row, arm: 'control' }] : [];
    });
  }

  /** Shows the trial what the store has up to `untilMs`, as far back as is due. */
  async function showUntil(
    prompt: WorkspacePrompt,
    trial: Trial,
    untilMs: number,
    backMs: number,
  ): Promise<void> {
    const firstMs = Math.floor(trial.settings.startedAtMs / TICK_MS) * TICK_MS;
    const fromMs = Math.max(firstMs, untilMs - backMs);
    if (untilMs <= fromMs) return;
    const rows = await rowsOf(prompt, trial, fromMs, untilMs);
    // Never before the last tick: after a clock was put back, what comes is late news.
    const endMs = Math.max(untilMs, trial.fedToMs(TELEMETRY_FEED));
    trial.show(TELEMETRY_FEED, rows, { fromMs, toMs: untilMs }, endMs);
  }

  async function feedTelemetry(prompt: WorkspacePrompt, trial: Trial, state: Kept): Promise<void> {
    const endMs = readyMs(prompt);
    const isFullDue = clock.monotonicMs() - state.fullLookAtMs >= FULL_LOOK_EVERY_MS;
    const tickOf = ({ atMs }: KnownChange) => Math.floor(atMs / TICK_MS) * TICK_MS;
    if (endMs < trial.fedToMs(TELEMETRY_FEED) - PUT_BACK_MS) {
      await showUntil(prompt, trial, endMs, RECENT_MS);
      return;
    }
    for (let chunk = 0; chunk < MAX_CHUNKS; chunk += 1) {
      const fedMs = trial.fedToMs(TELEMETRY_FEED);
      while (state.waiting[0] && tickOf(state.waiting[0]) <= fedMs) {
        trial.note(state.waiting[0]);
        state.waiting.shift();
      }
      if (endMs <= fedMs) return;
      // What came before a change is fed before the change is noted; a long gap is made up for in parts.
      const changeMs = state.waiting[0] ? tickOf(state.waiting[0]) : endMs;
      const untilMs = Math.min(endMs, changeMs, fedMs + LOOK_BACK_MS);
      const isCatchingUp = untilMs - fedMs > RECENT_MS;
      // Before it is tried: a store too slow for the long look must not keep the short ones from happening.
      if (isFullDue) state.fullLookAtMs = clock.monotonicMs();
      await showUntil(prompt, trial, untilMs, isFullDue || isCatchingUp ? LOOK_BACK_MS : RECENT_MS);
    }
  }

  /** What metrics sources counted since the last look. One that fails or hangs holds up nothing but itself. */
  async function feedMetrics(
    prompt: WorkspacePrompt,
    trial: Trial,
    state: Kept,
    changes: readonly KnownChange[],
  ): Promise<void> {
    for (const [signal, ticks] of state.metrics) {
      for (const { atMs, intendedShare01: share } of changes) {
        if (share !== undefined) ticks.noteShareChange(atMs);
      }
      const news = await ticks.take();
      if (news.error !== null) {
        deps.log.info({ prompt: prompt.id, signal, reason: news.error }, 'a metrics source gave no counts');
      }
      trial.freeze(signal, news.isStale.candidate || (news.isStale.control && !isAlone));
      if (signal === 'csat') trial.feedScores(news.scores);
      else if (news.knownToMs !== null && news.increments.length > 0) {
        trial.feed(signal, news.increments, news.knownToMs);
      }
    }
  }

  async function save(promptId: string): Promise<void> {
    const state = kept.get(promptId);
    if (!state?.trial) return;
    state.savedAtMs = clock.monotonicMs();
    const metrics = Object.fromEntries([...state.metrics].map(([signal, ticks]) => [signal, ticks.state()]));
    await files.save(nameOf(promptId), { trial: state.trial.state(), metrics });
  }

  async function feed(prompt: WorkspacePrompt, state: Kept, trial: Trial): Promise<void> {
    const changes = await changesFor(prompt, trial, state);
    state.waiting = [...state.waiting, ...changes].toSorted((a, b) => a.atMs - b.atMs);
    await Promise.all([feedTelemetry(prompt, trial, state), feedMetrics(prompt, trial, state, changes)]);
  }

  async function saveWhenDue(promptId: string, state: Kept): Promise<void> {
    const everyMs = Math.max(SAVE_EVERY_MS, SAVE_EVERY_REAL_MS * clock.speed);
    if (clock.monotonicMs() - state.savedAtMs >= everyMs) await save(promptId);
  }

  const cannotFeed = (prompt: WorkspacePrompt, error: unknown) =>
    deps.log.warn({ prompt: prompt.id, reason: messageOf(error) }, 'the detector could not be fed');

  return {
    async look(prompt, subject, notBeforeMs) {
      const state = keptOf(prompt.id);
      const { candidate, shippedAtMs } = subject;
      if (candidate === null || shippedAtMs === null) return null;
      await load(prompt, state);
      try {
        if (!state.trial || !isSame(state.trial, prompt, subject, notBeforeMs)) {
          state.trial = await begin(prompt, { ...subject, candidate, shippedAtMs }, notBeforeMs);
          state.metrics = metricsFor(prompt, state.trial, {});
          state.leverRevision = null;
          state.waiting = [];
          state.leverReadAtMs = Number.NEGATIVE_INFINITY;
          state.fullLookAtMs = Number.NEGATIVE_INFINITY;
        }
        await feed(prompt, state, state.trial);
      } catch (error) {
        cannotFeed(prompt, error);
      }
      await saveWhenDue(prompt.id, state);
      return state.trial;
    },
    async goOn(prompt, version) {
      const state = keptOf(prompt.id);
      await load(prompt, state);
      if (state.trial?.settings.candidate !== version) return null;
      await feed(prompt, state, state.trial).catch((error: unknown) => cannotFeed(prompt, error));
      await saveWhenDue(prompt.id, state);
      return state.trial;
    },
    of: (promptId) => kept.get(promptId)?.trial ?? null,
    save,
    forget: (promptId) => void kept.delete(promptId),
    async saveAll() {
      await Promise.all([...kept.keys()].map(save));
    },
  };
}
