import type { Incident } from '#shared/model/incident.ts';
import type { PromptVersion } from '#shared/model/prompt.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { cohortOf, isFirstOfSignal, isNewSignal, shownStreams, signalsFor, triggerOf } from './alarms.ts';
import { messageOf } from './deps.ts';
import type { WatchDeps } from './deps.ts';
import type { Focus, VersionTimes } from './focus.ts';
import { explain, occasionOf } from './trial/causes.ts';
import type { Trial } from './trial/trial.ts';
import { alarmName } from './trial/trial.ts';

/** What changed is ranked again this often while an incident is open: what became known since may explain it better. */
const RANK_EVERY_MS = 60_000;

export type Teller = {
  /** Tells each new alarm once: pages to the incident desk, everything to the policies. */
  tell(
    prompt: WorkspacePrompt,
    focus: Focus,
    trial: Trial,
    comparisons: readonly SignalComparison[],
  ): Promise<void>;
  /** What may explain the open incident, ranked anew when that is due; null = as before. */
  rank(
    prompt: WorkspacePrompt,
    incident: Incident,
    trial: Trial,
    facts: { readonly times: VersionTimes; readonly versions: readonly PromptVersion[] },
  ): Promise<Explained | null>;
};

/** What may explain an incident, and whether it lies outside the prompt. */
export type Explained = Awaited<ReturnType<typeof explain>>;

/** What the detector found, brought to those who act on it. */
export function createTeller(deps: WatchDeps, trials: { save(promptId: string): Promise<void> }): Teller {
  const { clock, incidents, policies, log } = deps;
  const rankedAtMs = new Map<string, number>();

  return {
    async tell(prompt, focus, trial, comparisons) {
      const untold = trial.untold();
      if (untold.length === 0) return;
      const news = new Set(untold.map(alarmName));
      const told = trial.alarms().filter((alarm) => !news.has(alarmName(alarm)));
      const evidence = trial.readings();
      const { candidate, control, isAlone = false } = trial.settings;
      for (const alarm of untold) {
        const isPage = alarm.class === 'page' && alarm.signal !== 'split';
        let incidentId = incidents.openFor(prompt.id)?.id ?? null;
        if (isPage && isNewSignal(alarm, told)) {
          const cohort = cohortOf(alarm, evidence);
          const incident = await incidents.alarm({
            promptId: prompt.id,
            trigger: triggerOf(alarm),
            badVersion: candidate,
            badSha: focus.candidateSha,
            ...(isAlone ? { goodVersion: control } : {}),
            cohort,
            shippedAtMs: focus.shippedAtMs,
            signals: signalsFor(comparisons, cohort),
            alarm,
            evidence: shownStreams(evidence, cohort),
            culprit: null,
          });
          incidentId = incident.id;
        }
        const isFirst = isFirstOfSignal(alarm, told);
        trial.markTold(alarm);
        told.push(alarm);
        log.info(
          { prompt: prompt.id, incident: incidentId, class: alarm.class, sentence: alarm.sentence },
          'alarm',
        );
        await policies
          .onAlarm({ promptId: prompt.id, alarm, candidate, incidentId, isFirst, isAlone })
          .catch((error: unknown) =>
            log.warn({ prompt: prompt.id, reason: messageOf(error) }, 'the policies did not take the alarm'),
          );
      }
      await trials.save(prompt.id);
    },

    async rank(prompt, incident, trial, facts) {
      const { badVersion } = incident;
      if (badVersion !== null && badVersion !== trial.settings.candidate) return null;
      if (
        incident.culprit &&
        clock.monotonicMs() - (rankedAtMs.get(incident.id) ?? Number.NEGATIVE_INFINITY) < RANK_EVERY_MS
      )
        return null;
      rankedAtMs.set(incident.id, clock.monotonicMs());
      return explain(deps, { prompt, trial, occasion: occasionOf(incident, trial), ...facts });
    },
  };
}
