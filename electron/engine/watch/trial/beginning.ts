import { CANARY_IDS } from '#shared/model/detection.ts';
import { HOUR_MS, PAST_MS, type PastHour } from '#shared/domain/detection/own-past.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import { SIGNAL_IDS, type SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { within } from '../deps.ts';
import type { WatchDeps } from '../deps.ts';
import type { Focus } from '../focus.ts';
import { templatesOf } from '../metric-signals.ts';
import { intendedShare01 } from './lever-changes.ts';
import { pastHours } from './past-hours.ts';
import { createTrial } from './trial.ts';
import type { Trial, TrialSettings } from './trial.ts';

export const TELEMETRY_FEED = 'telemetry';

/** Past figures of the control, on which the weaker test against history rests. */
const HISTORY_MS = 7 * 86_400_000;
/** A version that is watched alone is judged from here on; what came before is its past. */
const JUDGED_FROM_MS = 60 * 60_000;

/** Who is on trial. Alone: `candidate` is the version that is served, `control` what served before it. */
export type Subject = Pick<Focus, 'candidate' | 'control' | 'shippedAtMs'>;

/** How a trial begins. `isAlone`: one version against its own past. */
export function createBeginning(deps: WatchDeps, isAlone: boolean) {
  const { clock } = deps;
  const nameOf = (promptId: string) => (isAlone ? `${promptId}#alone` : promptId);

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

  async function begin(
    prompt: WorkspacePrompt,
    subject: Subject & { readonly candidate: string; readonly shippedAtMs: number },
    notBeforeMs: number | null,
  ): Promise<Trial> {
    const { candidate, control } = subject;
    const launchMs = Math.max(subject.shippedAtMs, notBeforeMs ?? 0);
    const startedAtMs = isAlone ? Math.max(launchMs, clock.nowMs() - JUDGED_FROM_MS) : launchMs;
    const lever = deps.levers.last(prompt.id).state;
    // Set before the launch and not touched since: then it was the share all along.
    const isOld = lever?.lastChangedAtMs != null && lever.lastChangedAtMs <= startedAtMs;
    const share01 = isOld ? shareOf(lever, candidate) : null;
    const settings: TrialSettings = {
      promptId: nameOf(prompt.id),
      candidate,
      control,
      startedAtMs,
      cohorts: [...prompt.cohorts],
      history: isAlone ? {} : await historyOf(prompt, control, startedAtMs),
      feeds: feedsOf(prompt),
      hasScoreSums: templatesOf(prompt, 'csat') !== null,
      ...(isAlone ? { isAlone } : {}),
    };
    const past = isAlone ? await pastOf(prompt, candidate, startedAtMs) : [];
    return createTrial(settings, share01, undefined, past);
  }

  /** Where nothing runs beside it, no share is watched. */
  const shareOf = (lever: LeverState | null, version: string) =>
    isAlone ? null : intendedShare01(lever, version);

  /** Its past by the hour, whole hours up to the one in which it begins to be judged. Without it the past is learned. */
  async function pastOf(prompt: WorkspacePrompt, version: string, startedAtMs: number): Promise<PastHour[]> {
    const toMs = Math.floor(startedAtMs / HOUR_MS) * HOUR_MS;
    const query = { prompt: prompt.traceName ?? prompt.id, window: { fromMs: toMs - PAST_MS, toMs } };
    const series = await within(clock, 'the telemetry store', () =>
      deps.evidence.series({ ...query, bucketMs: HOUR_MS, cohort: 'all' }),
    ).catch(() => null);
    if (!series) return [];
    return pastHours(series, version, receivedSignals(prompt));
  }

  return { begin, nameOf, shareOf };
}

/** Signals whose counts are received: those of metrics sources have no past that can be asked for by the hour. */
const receivedSignals = (prompt: WorkspacePrompt): SignalId[] =>
  SIGNAL_IDS.filter((signal) => templatesOf(prompt, signal) === null);

/** Streams that share their conversations are one feed. */
export function feedsOf(prompt: WorkspacePrompt): TrialSettings['feeds'] {
  const counted = SIGNAL_IDS.filter((signal) => signal !== 'csat' && templatesOf(prompt, signal) !== null);
  return [
    { name: TELEMETRY_FEED, streams: [...receivedSignals(prompt), ...CANARY_IDS] },
    ...counted.map((signal) => ({ name: signal, streams: [signal] })),
  ];
}
