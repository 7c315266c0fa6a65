import type { KnownChange } from '#shared/domain/detection/kind.ts';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import { CANARY_IDS } from '#shared/model/detection.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import type { SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { messageOf, within } from '../deps.ts';
import type { WatchDeps } from '../deps.ts';
import type { Focus } from '../focus.ts';
import { templatesOf } from '../metric-signals.ts';
import { createMetricTicks } from '../metric-ticks.ts';
import type { MetricTicks } from '../metric-ticks.ts';
import { intendedShare01, isSameShare, knownChanges } from './lever-changes.ts';
import type { ShownRow } from './ledger.ts';
import { LOOK_BACK_MS } from './ledger.ts';
import { createTrial } from './trial.ts';
import type { Trial, TrialSettings } from './trial.ts';
import type { SavedTrial, TrialFiles } from './trial-file.ts';

export const TELEMETRY_FEED = 'telemetry';

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
/** Past figures of the control, on which the weaker test against history rests. */
const HISTORY_MS = 7 * 86_400_000;

/** The trial of each prompt's candidate, kept up to date and on disk. */
export type Trials = {
  /** Feeds everything that became known by now; null where nothing is on trial. Never rejects. */
  look(prompt: WorkspacePrompt, focus: Focus, notBeforeMs: number | null): Promise<Trial | null>;
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

export function createTrials(deps: WatchDeps, files: TrialFiles): Trials {
  const { clock } = deps;
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
    const saved = await files.load(prompt.id);
    if (!saved) return;
    try {
      const { trial } = saved;
      state.trial = createTrial(trial.settings, trial.shares[0]?.share01 ?? null, trial);
      state.metrics = metricsFor(prompt, state.trial, saved.metrics);
    } catch (error) {
      await files.setAside(prompt.id, messageOf(error));
    }
  }

  /** Rates of the control in the days before the launch. Missing figures only cost the test against history. */
  async function historyOf(
    prompt: WorkspacePrompt,
    control: string,
    startedAtMs: number,
  ): Promise<TrialSettings['history']> {
    const window = { fromMs: startedAtMs - HISTORY_MS, toMs: startedAtMs };
    const query = { prompt: prompt.traceName ?? prompt.id, window };
    const counts = await within(clock, 'the telemetry store', () => deps.evidence.counts(query)).catch(
      () => [],
    );
    const mine = counts.filter(({ version }) => version === control);
    const history: TrialSettings['history'] = {};
    for (const signal of SIGNAL_IDS) {
      if (signal === 'csat' || templatesOf(prompt, signal)) continue;
      let events = 0;
      let conversations = 0;
      for (const { readings } of mine) {
        const reading = readings[signal];
        if (reading.kind !== 'rate') continue;
        events += reading.events;
        conversations += reading.conversations;
      }
      if (events > 0) history[signal] = { rate01: events / conversations, events };
    }
    return history;
  }

  function feedsOf(prompt: WorkspacePrompt): TrialSettings['feeds'] {
    const received = SIGNAL_IDS.filter((signal) => templatesOf(prompt, signal) === null);
    const counted = SIGNAL_IDS.filter((signal) => signal !== 'csat' && templatesOf(prompt, signal) !== null);
    return [
      { name: TELEMETRY_FEED, streams: [...received, ...CANARY_IDS] },
      ...counted.map((signal) => ({ name: signal, streams: [signal] })),
    ];
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
  function isSame(trial: Trial, prompt: WorkspacePrompt, focus: Focus, notBeforeMs: number | null): boolean {
    const { settings } = trial;
    return (
      settings.candidate === focus.candidate &&
      settings.control === focus.control &&
      settings.startedAtMs >= (notBeforeMs ?? 0) &&
      JSON.stringify(settings.cohorts) === JSON.stringify(prompt.cohorts) &&
      JSON.stringify(settings.feeds) === JSON.stringify(feedsOf(prompt)) &&
      settings.hasScoreSums === (templatesOf(prompt, 'csat') !== null)
    );
  }

  async function begin(
    prompt: WorkspacePrompt,
    focus: Focus & { readonly candidate: string; readonly shippedAtMs: number },
    notBeforeMs: number | null,
  ): Promise<Trial> {
    const startedAtMs = Math.max(focus.shippedAtMs, notBeforeMs ?? 0);
    const lever = deps.levers.last(prompt.id).state;
    // Set before the launch and not touched since: then it was the share all along.
    const isOld = lever?.lastChangedAtMs != null && lever.lastChangedAtMs <= startedAtMs;
    const share01 = isOld ? intendedShare01(lever, focus.candidate) : null;
    const settings: TrialSettings = {
      promptId: prompt.id,
      candidate: focus.candidate,
      control: focus.control,
      startedAtMs,
      cohorts: [...prompt.cohorts],
      history: await historyOf(prompt, focus.control, startedAtMs),
      feeds: feedsOf(prompt),
      hasScoreSums: templatesOf(prompt, 'csat') !== null,
    };
    return createTrial(settings, share01);
  }

  /** Changes of the lever that the trial does not know yet. */
  async function changesFor(prompt: WorkspacePrompt, trial: Trial, state: Kept): Promise<KnownChange[]> {
    const lever = deps.levers.last(prompt.id).state;
    if (!lever || lever.readAtMs <= state.leverReadAtMs) return [];
    const waiting = state.waiting.findLast(({ intendedShare01: share }) => share !== undefined);
    const shareBefore01 = waiting
      ? (waiting.intendedShare01 ?? null)
      : (trial.shares().at(-1)?.share01 ?? null);
    const shareNow01 = intendedShare01(lever, trial.settings.candidate);
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
      trial.freeze(signal, news.isStale.candidate || news.isStale.control);
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
    await files.save(promptId, { trial: state.trial.state(), metrics });
  }

  return {
    async look(prompt, focus, notBeforeMs) {
      const state = keptOf(prompt.id);
      const { candidate, shippedAtMs } = focus;
      if (candidate === null || shippedAtMs === null) return null;
      await load(prompt, state);
      try {
        if (!state.trial || !isSame(state.trial, prompt, focus, notBeforeMs)) {
          state.trial = await begin(prompt, { ...focus, candidate, shippedAtMs }, notBeforeMs);
          state.metrics = metricsFor(prompt, state.trial, {});
          state.leverRevision = null;
          state.waiting = [];
          state.leverReadAtMs = Number.NEGATIVE_INFINITY;
          state.fullLookAtMs = Number.NEGATIVE_INFINITY;
        }
        const { trial } = state;
        const changes = await changesFor(prompt, trial, state);
        state.waiting = [...state.waiting, ...changes].toSorted((a, b) => a.atMs - b.atMs);
        await Promise.all([feedTelemetry(prompt, trial, state), feedMetrics(prompt, trial, state, changes)]);
      } catch (error) {
        deps.log.warn({ prompt: prompt.id, reason: messageOf(error) }, 'the detector could not be fed');
      }
      const everyMs = Math.max(SAVE_EVERY_MS, SAVE_EVERY_REAL_MS * clock.speed);
      if (clock.monotonicMs() - state.savedAtMs >= everyMs) await save(prompt.id);
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
