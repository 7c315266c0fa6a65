import type { Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus, PromptVersion } from '#shared/model/prompt.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { CommandError } from '../ports.ts';
import type { WatchDesk } from '../ports.ts';
import { signalsFor, strongestWindow } from './alarms.ts';
import { LONG_WINDOW_MS, messageOf, TICK_MS, TICK_REAL_MS, within } from './deps.ts';
import type { WatchDeps } from './deps.ts';
import { examine } from './examine.ts';
import { focusOf, incidentWindow, windowsOf } from './focus.ts';
import type { Focus, VersionTimes } from './focus.ts';
import { createMetricCache } from './metric-signals.ts';
import { createOnTrial, shownFocus } from './on-trial.ts';
import { readServing, statusOf } from './prompt-status.ts';
import { recoveryBand } from './recovery-band.ts';
import { seriesOf } from './series.ts';
import { readSparks } from './sparks.ts';
import { createTeller } from './telling.ts';
import type { Trial } from './trial/trial.ts';

/** Facts that change slowly are read again only after this long (engine time), and never more often than this in real time. */
const SLOW_FACTS_MS = 15_000;
const SLOW_FACTS_REAL_MS = 4_000;
/** As many of the last closed incidents tell from when on evidence against a version counts anew. */
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
  /** The incident that was open at the last tick. */
  openIncidentId: string | null;
  /** When the last incident about a version was closed: evidence from before was dealt with. */
  closedAtMs: Map<string, number>;
};

/**
 * The watch: every few seconds it feeds each prompt's detector what became known, raises its alarms, feeds the open incident, and keeps the
 * Board's rows. A source that fails or hangs costs only its own signal.
 */
export function createWatchDesk(deps: WatchDeps): WatchDesk {
  const { clock, workspace, incidents } = deps;
  const cache = createMetricCache(clock);
  const trials = createOnTrial(deps);
  const teller = createTeller(deps, trials);
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

  function windowsFor(incident: Incident | null, focus: Focus, trial: Trial | null, nowMs: number): Window[] {
    // What is watched alone began long ago: the last hour tells how it is.
    const startedAtMs = trial?.settings.isAlone ? null : (trial?.settings.startedAtMs ?? focus.shippedAtMs);
    if (!incident) return windowsOf(nowMs, startedAtMs);
    const fromMs = incident.alarm?.onset?.earliestMs ?? startedAtMs ?? incident.declaredAtMs - LONG_WINDOW_MS;
    return [incidentWindow(nowMs, fromMs)];
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
    const found = focusOf(prompt, slow.times, incident, nowMs);
    const { trial, alone } = await trials.look(prompt, found, {
      incident,
      times: slow.times,
      notBeforeMs: (version) => state.closedAtMs.get(version) ?? null,
    });
    const focus = shownFocus(found, alone);
    const windows = windowsFor(incident, focus, trial, nowMs);
    const { byWindow, cohorts, evidence, meter, advice } = await examine(deps, cache, {
      prompt,
      focus,
      trial,
      windows,
      extraCohort: incident?.cohort ?? null,
      isAdHoc: false,
    });
    const shown = strongestWindow(byWindow);

    // Somebody may have declared or closed one while the sources answered.
    const before = incidents.openFor(prompt.id);
    if (trial && before?.id === incident?.id) await teller.tell(prompt, focus, trial, shown);
    const open = incidents.openFor(prompt.id);
    if (open && open.id === incident?.id) {
      const explained = trial ? await teller.rank(prompt, open, trial, slow) : null;
      const signals = signalsFor(shown, open.cohort);
      await incidents.observe(open.id, { signals, evidence, ...(explained ?? { culprit: null }) });
    } else if (open && trial) {
      const explained = await teller.rank(prompt, open, trial, slow);
      if (explained) await incidents.observe(open.id, { signals: open.signals, evidence, ...explained });
    }

    publish(
      state,
      statusOf(deps, {
        prompt,
        candidate: found.candidate,
        alone,
        versions: slow.versions,
        serving,
        signals: signalsFor(shown, 'all'),
        evidence,
        meter,
        meterAdvice: advice,
        alarms: trial?.alarms().toReversed() ?? [],
        notices: trial?.notices().toReversed() ?? [],
        sparks: slow.sparks,
        cohorts,
        unversioned01: slow.unversioned01,
        incident: open,
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
      trials.forget(id);
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
      const trial = trials.of(promptId);
      const focus = await focusFor(prompt, candidate, incident, nowMs);
      const windows = window ? [window] : windowsFor(incident, focus, trial, nowMs);
      const { byWindow } = await examine(deps, cache, {
        prompt,
        focus,
        trial,
        windows,
        extraCohort: cohort,
        isAdHoc: window !== null,
      });
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

    certainty({ promptId, signal, cohort, window }) {
      promptOf(promptId);
      const series = trials.of(promptId)?.certainty(signal, cohort, window);
      return Promise.resolve(series ?? { signal, cohort, points: [] });
    },

    policyChanged(promptId) {
      const state = watched.get(promptId);
      if (!state?.status) return;
      publish(state, { ...state.status, policyActions: deps.policies.actions(promptId) });
    },

    tick,
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort(new Error('the watch was stopped'));
      await Promise.allSettled([running, ticking]);
      await trials.saveAll();
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
