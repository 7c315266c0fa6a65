import type { Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus, PromptVersion } from '#shared/model/prompt.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { CommandError } from '../ports.ts';
import type { WatchDesk } from '../ports.ts';
import { createAlarmWatch, signalsFor, strongestWindow } from './alarms.ts';
import { cohortsOf, comparisonsOver, readCounts } from './comparisons.ts';
import { LONG_WINDOW_MS, messageOf, SHORT_WINDOW_MS, TICK_MS, TICK_REAL_MS, within } from './deps.ts';
import type { WatchDeps } from './deps.ts';
import { focusOf, incidentWindow, windowsOf } from './focus.ts';
import type { Focus, VersionTimes } from './focus.ts';
import { createMetricCache } from './metric-signals.ts';
import { readServing, statusOf } from './prompt-status.ts';
import { recoveryBand } from './recovery-band.ts';
import { seriesOf } from './series.ts';
import { readSparks } from './sparks.ts';

/** Facts that change slowly are read again only after this long (engine time), and never more often than this in real time. */
const SLOW_FACTS_MS = 15_000;
const SLOW_FACTS_REAL_MS = 4_000;
/** Incidents closed longer ago than the longest window cannot matter any more. */
const CLOSED_LOOK_BACK = 50;
const MAX_BUCKETS = 200;

type SlowFacts = {
  readonly readAtMs: number;
  readonly times: VersionTimes;
  readonly versions: PromptVersion[];
  readonly sparks: PromptStatus['sparks'];
  readonly unversioned01: number | null;
};

type Watched = {
  status: PromptStatus | null;
  published: string;
  slow: SlowFacts | null;
  /** The incident that was open at the last tick, and since when its evidence counts. */
  openIncidentId: string | null;
  evidenceFromMs: Map<string, number>;
  /** When the last incident about a version was closed: evidence from before was dealt with. */
  closedAtMs: Map<string, number>;
};

/**
 * The watch: every few seconds it compares each prompt's candidate with its control, signal by signal and cohort by cohort, raises the alarm
 * when the rule is met, feeds the open incident, and keeps the Board's rows. A source that fails or hangs costs only its own signal.
 */
export function createWatchDesk(deps: WatchDeps): WatchDesk {
  const { clock, workspace, incidents } = deps;
  const cache = createMetricCache(clock);
  const alarms = createAlarmWatch();
  const watched = new Map<string, Watched>();
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let ticking: Promise<void> | null = null;
  let hasReadClosed = false;

  function watchedOf(promptId: string): Watched {
    const known = watched.get(promptId);
    if (known) return known;
    const fresh: Watched = {
      status: null,
      published: '',
      slow: null,
      openIncidentId: null,
      evidenceFromMs: new Map(),
      closedAtMs: new Map(),
    };
    watched.set(promptId, fresh);
    return fresh;
  }

  function promptOf(promptId: string): WorkspacePrompt {
    const prompt = workspace.prompt(promptId);
    if (prompt) return prompt;
    throw new CommandError('NOT_FOUND', `There is no prompt ${promptId} in this workspace.`, {
      what: 'prompt',
      id: promptId,
    });
  }

  const nameOf = (prompt: WorkspacePrompt) => prompt.traceName ?? prompt.id;

  /** After a restart, and when an incident closes: from when on evidence against the same version counts anew. */
  async function readClosed(): Promise<void> {
    const closed = await incidents.list({ status: 'closed', limit: CLOSED_LOOK_BACK });
    for (const incident of closed) {
      if (incident.badVersion === null || incident.closedAtMs === null) continue;
      const { closedAtMs } = watchedOf(incident.promptId);
      const known = closedAtMs.get(incident.badVersion) ?? 0;
      closedAtMs.set(incident.badVersion, Math.max(known, incident.closedAtMs));
    }
  }

  async function timesOf(prompt: WorkspacePrompt): Promise<VersionTimes> {
    const times = within(clock, 'the telemetry store', () => deps.evidence.versionTimes(nameOf(prompt)));
    return times.catch(() => watched.get(prompt.id)?.slow?.times ?? []);
  }

  async function readSlow(
    prompt: WorkspacePrompt,
    incident: Incident | null,
    nowMs: number,
  ): Promise<SlowFacts> {
    const state = watchedOf(prompt.id);
    if (
      state.slow &&
      clock.monotonicMs() - state.slow.readAtMs < Math.max(SLOW_FACTS_MS, SLOW_FACTS_REAL_MS * clock.speed)
    )
      return state.slow;
    const times = await timesOf(prompt);
    const { control, candidate } = focusOf(prompt, times, incident, nowMs);
    const hour = { fromMs: nowMs - LONG_WINDOW_MS, toMs: nowMs };
    const [versions, sparks, unversioned01] = await Promise.all([
      workspace.versions(prompt.id).catch(() => state.slow?.versions ?? []),
      readSparks(deps, { prompt, control, candidate, nowMs }),
      within(clock, 'the telemetry store', () =>
        deps.evidence.unversionedShare01({ prompt: nameOf(prompt), window: hour }),
      ).catch(() => null),
    ]);
    state.slow = { readAtMs: clock.monotonicMs(), times, versions, sparks, unversioned01 };
    return state.slow;
  }

  /** From when on an open incident's evidence counts: where the alarm's window began, or, declared by hand, since the version shipped. */
  function evidenceFrom(state: Watched, incident: Incident, focus: Focus): number {
    const known = state.evidenceFromMs.get(incident.id);
    if (known !== undefined) return known;
    const alarmWindowMs = incident.signals[0]?.windowMs ?? SHORT_WINDOW_MS;
    return incident.trigger.kind === 'manual'
      ? (focus.shippedAtMs ?? incident.declaredAtMs - alarmWindowMs)
      : incident.declaredAtMs - alarmWindowMs;
  }

  function windowsFor(state: Watched, incident: Incident | null, focus: Focus, nowMs: number): Window[] {
    if (incident) return [incidentWindow(nowMs, evidenceFrom(state, incident, focus))];
    const closedAtMs = focus.candidate === null ? null : (state.closedAtMs.get(focus.candidate) ?? null);
    return windowsOf(nowMs, focus.shippedAtMs, closedAtMs);
  }

  /** Every signal and cohort over each window, longest window first. Empty without a candidate. */
  async function compareOver(
    prompt: WorkspacePrompt,
    focus: Focus,
    windows: readonly Window[],
    extraCohort: string | null,
    isAdHoc: boolean,
  ): Promise<{ byWindow: SignalComparison[][]; cohorts: string[] }> {
    const { candidate, control } = focus;
    const answers = await Promise.all(windows.map((window) => readCounts(deps, prompt, window)));
    const seen = cohortsOf(
      prompt,
      answers.flatMap(({ counts }) => counts),
    );
    const cohorts =
      extraCohort === null || extraCohort === 'all' || seen.includes(extraCohort)
        ? seen
        : [...seen, extraCohort];
    if (candidate === null) return { byWindow: [], cohorts };
    const byWindow = await Promise.all(
      windows.map((window, index) => {
        const windowName = isAdHoc ? `${window.fromMs}-${window.toMs}` : String(index);
        const answer = answers[index] ?? { counts: [], error: 'not read' };
        return comparisonsOver(
          deps,
          cache,
          { prompt, candidate, control, window, cohorts, windowName },
          answer,
        );
      }),
    );
    return { byWindow, cohorts };
  }

  async function raise(
    prompt: WorkspacePrompt,
    focus: Focus,
    all: readonly SignalComparison[],
    nowMs: number,
  ): Promise<void> {
    if (focus.candidate === null) return;
    const due = alarms.look(prompt.id, focus.candidate, all);
    if (!due) return;
    const incident = await incidents.alarm({
      promptId: prompt.id,
      trigger: due.trigger,
      badVersion: focus.candidate,
      badSha: focus.candidateSha,
      cohort: due.cohort,
      shippedAtMs: focus.shippedAtMs,
      signals: due.signals,
      alarm: {
        atMs: nowMs,
        class: 'page',
        signal: due.trigger.signal ?? 'complaints',
        cohort: due.cohort,
        basis: 'comparison',
        rule: 'one-at-page',
        sigma: due.trigger.sigma ?? 0,
        evidence: 0,
        alsoSignal: null,
        effect: null,
        onset: null,
        sentence: due.trigger.sentence,
        resolvedAtMs: null,
      },
      evidence: [],
      culprit: null,
    });
    watchedOf(prompt.id).evidenceFromMs.set(incident.id, nowMs - due.windowMs);
    alarms.forget(prompt.id);
    deps.log.info({ prompt: prompt.id, incident: incident.id, trigger: due.trigger.sentence }, 'alarm');
  }

  async function tickPrompt(prompt: WorkspacePrompt): Promise<void> {
    const nowMs = clock.nowMs();
    const state = watchedOf(prompt.id);
    const incident = incidents.openFor(prompt.id);
    if (state.openIncidentId !== null && state.openIncidentId !== incident?.id) await readClosed();
    state.openIncidentId = incident?.id ?? null;

    const [slow, serving] = await Promise.all([
      readSlow(prompt, incident, nowMs),
      readServing(deps, prompt, nowMs),
    ]);
    const focus = focusOf(prompt, slow.times, incident, nowMs);
    const windows = windowsFor(state, incident, focus, nowMs);
    const { byWindow, cohorts } = await compareOver(prompt, focus, windows, incident?.cohort ?? null, false);
    const shown = strongestWindow(byWindow);

    // Somebody may have declared or closed one while the sources answered.
    const openNow = incidents.openFor(prompt.id);
    if (openNow) {
      alarms.forget(prompt.id);
      if (openNow.id === incident?.id)
        await incidents.observe(openNow.id, {
          signals: signalsFor(shown, openNow.cohort),
          evidence: [],
          culprit: null,
        });
    } else if (!incident) {
      await raise(prompt, focus, byWindow.flat(), nowMs);
    }

    publish(
      state,
      statusOf(deps, {
        prompt,
        focus,
        versions: slow.versions,
        serving,
        signals: signalsFor(shown, 'all'),
        sparks: slow.sparks,
        cohorts,
        unversioned01: slow.unversioned01,
        incident: incidents.openFor(prompt.id),
      }),
    );
  }

  function publish(state: Watched, status: PromptStatus): void {
    state.status = status;
    const text = JSON.stringify(status);
    if (text === state.published) return;
    state.published = text;
    deps.live.publish({ entity: 'prompt', id: status.id, value: status });
  }

  async function tickAll(): Promise<void> {
    if (!hasReadClosed) {
      await readClosed();
      hasReadClosed = true;
    }
    const { prompts } = workspace.current();
    const present = new Set(prompts.map(({ id }) => id));
    for (const [id, state] of watched) {
      if (present.has(id)) continue;
      watched.delete(id);
      if (state.status) deps.live.publish({ entity: 'prompt', id, value: null });
    }
    const outcomes = await Promise.allSettled(prompts.map(tickPrompt));
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'fulfilled') return;
      deps.log.warn(
        { prompt: prompts[index]?.id, reason: messageOf(outcome.reason) },
        'a prompt could not be watched',
      );
    });
  }

  async function tick(): Promise<void> {
    ticking ??= tickAll().finally(() => {
      ticking = null;
    });
    return ticking;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await tick().catch((error: unknown) => deps.log.warn({ err: error }, 'the watch stumbled; it goes on'));
      const pauseMs = Math.max(TICK_MS, TICK_REAL_MS * clock.speed);
      await clock.sleep(pauseMs, stopping.signal).catch(() => undefined);
    }
  }

  return {
    prompts() {
      const order = workspace.current().prompts.map(({ id }) => watched.get(id)?.status ?? null);
      return order.filter((status) => status !== null);
    },

    async comparisons({ promptId, cohort, candidate, window }) {
      const prompt = promptOf(promptId);
      const nowMs = clock.nowMs();
      const incident = incidents.openFor(promptId);
      const focus = await focusFor(prompt, candidate, incident, nowMs);
      const windows = window ? [window] : windowsFor(watchedOf(promptId), incident, focus, nowMs);
      const { byWindow } = await compareOver(prompt, focus, windows, cohort, window !== null);
      return strongestWindow(byWindow).filter((each) => each.cohort === cohort);
    },

    async series({ promptId, signal, cohort, window, bucketMs, incident }) {
      const prompt = promptOf(promptId);
      const focus = await focusFor(prompt, null, incident ?? incidents.openFor(promptId), clock.nowMs());
      const width = Math.max(1000, Math.ceil((window.toMs - window.fromMs) / MAX_BUCKETS / 1000) * 1000);
      const { control, candidate } = focus;
      const query = {
        prompt,
        signal,
        cohort,
        window,
        bucketMs: bucketMs ?? width,
        control,
        candidate,
        incident,
      };
      return seriesOf(deps, query, (lines) => recoveryBand(deps, { ...query, toMs: window.toMs, lines }));
    },

    certainty({ promptId, signal, cohort }) {
      promptOf(promptId);
      return Promise.resolve({ signal, cohort, points: [] });
    },

    tick,
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort(new Error('the watch was stopped'));
      await Promise.allSettled([running, ticking]);
    },
  };

  /** The focus for a question from outside: a version asked for by name goes before the one under suspicion. */
  async function focusFor(
    prompt: WorkspacePrompt,
    asked: string | null,
    incident: Incident | null,
    nowMs: number,
  ): Promise<Focus> {
    const times = watched.get(prompt.id)?.slow?.times ?? (await timesOf(prompt));
    const focus = focusOf(prompt, times, incident, nowMs);
    if (asked === null || asked === focus.candidate) return focus;
    const seen = times.find(({ version }) => version === asked);
    return {
      ...focus,
      candidate: asked,
      candidateSha: seen?.sha ?? null,
      shippedAtMs: seen?.firstSeenMs ?? null,
    };
  }
}
