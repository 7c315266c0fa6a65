import { NOTHING_EARLIER } from '#shared/model/incident.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { WatchDeps } from './deps.ts';
import { aloneFrom } from './focus.ts';
import type { Alone, Focus, VersionTimes } from './focus.ts';
import type { Trial } from './trial/trial.ts';
import { createTrials } from './trial/trials.ts';

/** Who is on trial at present. */
export type OnTrial = {
  readonly trial: Trial | null;
  /** Set where the one version that is served is judged against its own past. */
  readonly alone: Alone | null;
};

/**
 * A prompt has two trials that are kept apart: its candidate against the control, and, where only one version is served, that version against
 * its own past. A candidate that comes and goes finds its trial as it left it.
 */
export function createOnTrial(deps: WatchDeps) {
  const compared = createTrials(deps, deps.files);
  const alone = createTrials(deps, deps.files, 'alone');
  const present = new Map<string, OnTrial>();

  /** An incident that an alarm against the own past opened stays with that trial: after a rollback nothing would compare the two. */
  async function kept(
    prompt: WorkspacePrompt,
    incident: Incident | null,
    times: VersionTimes,
  ): Promise<OnTrial | null> {
    if (incident?.alarm?.basis !== 'history' || incident.badVersion === null) return null;
    const sight = times.find(({ version }) => version === incident.badVersion);
    if (!sight) return null;
    const trial = await alone.goOn(prompt, incident.badVersion);
    return trial && { trial, alone: aloneFrom(prompt, times, sight) };
  }

  async function find(
    prompt: WorkspacePrompt,
    focus: Focus,
    about: {
      readonly incident: Incident | null;
      readonly times: VersionTimes;
      /** Evidence against a version from before was dealt with. */
      readonly notBeforeMs: (version: string) => number | null;
    },
  ): Promise<OnTrial> {
    const { notBeforeMs } = about;
    if (focus.alone) {
      const { version, previous, firstSeenMs } = focus.alone;
      const subject = {
        candidate: version,
        control: previous ?? NOTHING_EARLIER,
        shippedAtMs: firstSeenMs,
      };
      return { trial: await alone.look(prompt, subject, notBeforeMs(version)), alone: focus.alone };
    }
    const since = focus.candidate === null ? null : notBeforeMs(focus.candidate);
    return (
      (await kept(prompt, about.incident, about.times)) ?? {
        trial: await compared.look(prompt, focus, since),
        alone: null,
      }
    );
  }

  return {
    /** Feeds what became known. Never rejects. */
    async look(...query: Parameters<typeof find>): Promise<OnTrial> {
      const found = await find(...query);
      present.set(query[0].id, found);
      return found;
    },
    of: (promptId: string): Trial | null => present.get(promptId)?.trial ?? null,
    /** On disk at once: after an alarm was told. */
    save: (promptId: string): Promise<void> =>
      (present.get(promptId)?.alone ? alone : compared).save(promptId),
    forget(promptId: string): void {
      present.delete(promptId);
      compared.forget(promptId);
      alone.forget(promptId);
    },
    async saveAll(): Promise<void> {
      await Promise.all([compared.saveAll(), alone.saveAll()]);
    },
  };
}

/** What is put side by side: the version that is watched alone in the candidate's place, what served before it in the control's. */
export function shownFocus(focus: Focus, alone: Alone | null): Focus {
  if (!alone) return focus;
  return {
    ...focus,
    candidate: alone.version,
    candidateSha: alone.sha,
    control: alone.previous ?? NOTHING_EARLIER,
    shippedAtMs: alone.isFirstSight ? alone.firstSeenMs : null,
  };
}
