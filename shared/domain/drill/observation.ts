import type { BlockerId } from '#shared/model/closing.ts';
import type { StreamId } from '#shared/model/detection.ts';
import type { DecisionOutcome, Incident, Triage, Verification } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { productAdvice } from './product-advice.ts';
import { advisedTriage } from './advised-triage.ts';

/** What one look at a drill's world shows: through the public contract, and from the record of its levers. */
export type DrillLook = {
  /** Simulated, epoch ms. */
  readonly nowMs: number;
  readonly prompts: readonly PromptStatus[];
  readonly incidents: readonly Incident[];
  /** Ids of earlier incidents that each incident is shown beside, where they were asked for. */
  readonly earlier?: Readonly<Record<string, readonly string[]>>;
  /** Every ramp that was held so far, by whomever: held where it was, the lever itself shows no change. */
  readonly holds?: readonly SeenLeverChange[];
};

export type SeenAlarm = {
  readonly promptId: string;
  readonly atMs: number;
  readonly class: 'page' | 'watch';
  readonly signals: readonly StreamId[];
};

/** A lever that somebody moved, as a read of it told. */
export type SeenLeverChange = {
  readonly promptId: string;
  readonly atMs: number;
  readonly by: string | null;
};

export type ObservedIncident = {
  /** As it was last seen. */
  readonly incident: Incident;
  /** What the evidence advised when people decided (or advises now, undecided), before anybody overrode an answer. */
  readonly advice: DecisionOutcome;
  readonly triage: Triage;
  /** Each change of the verdict on the recovery, oldest first. */
  readonly verdicts: readonly { readonly verdict: Verification['verdict']; readonly atMs: number }[];
  /** Every worker that was ever named as stale. */
  readonly staleWorkers: readonly string[];
  readonly wave2AtMs: number | null;
  /** Everything that stood against closing at some time. */
  readonly blockers: readonly BlockerId[];
  readonly earlier: readonly string[];
};

/** What Fusebox said and what people did in a drill, gathered look by look. */
export type DrillObservation = {
  /** Ids of readiness findings by prompt, as the first look showed them. */
  readonly readiness: Readonly<Record<string, readonly string[]>>;
  /** Oldest first. */
  readonly alarms: readonly SeenAlarm[];
  readonly leverChanges: readonly SeenLeverChange[];
  readonly incidents: readonly ObservedIncident[];
};

/** Watches a drill through looks at its world; however often one looks, the same things are kept. */
export type DrillObserver = {
  see(look: DrillLook): void;
  observed(): DrillObservation;
};

/** `sinceMs`: incidents declared before it (an earlier one in the drill's record) are no part of the drill. */
export function createDrillObserver(sinceMs: number): DrillObserver {
  const readiness: Record<string, readonly string[]> = {};
  const alarms = new Map<string, SeenAlarm>();
  const levers = new Map<string, SeenLeverChange>();
  const incidents = new Map<string, ObservedIncident>();

  function seePrompt(prompt: PromptStatus): void {
    readiness[prompt.id] ??= prompt.readiness.findings.map(({ id }) => id);
    for (const alarm of prompt.alarms) {
      if (alarm.signal === 'split') continue;
      seeAlarm(prompt.id, alarm.class, alarm.atMs, [alarm.signal, alarm.alsoSignal]);
    }
    const { lever } = prompt;
    if (lever === null || lever.lastChangedAtMs === null || lever.lastChangedAtMs < sinceMs) return;
    levers.set(`${prompt.id} ${lever.lastChangedAtMs}`, {
      promptId: prompt.id,
      atMs: lever.lastChangedAtMs,
      by: lever.lastChangedBy,
    });
  }

  function seeAlarm(
    promptId: string,
    level: SeenAlarm['class'],
    atMs: number,
    signals: readonly (StreamId | null)[],
  ): void {
    if (atMs < sinceMs) return;
    const key = `${promptId} ${level} ${atMs} ${signals[0] ?? ''}`;
    alarms.set(key, { promptId, atMs, class: level, signals: signals.filter((signal) => signal !== null) });
  }

  function seeIncident(incident: Incident, look: DrillLook): void {
    if (incident.declaredAtMs < sinceMs) return;
    const { alarm } = incident;
    if (alarm !== null && alarm.signal !== 'split')
      seeAlarm(incident.promptId, alarm.class, alarm.atMs, [alarm.signal, alarm.alsoSignal]);
    const before = incidents.get(incident.id);
    // Once decided, what the evidence says later is hindsight.
    const isOpen = before === undefined || incident.decision.recorded === null;
    const verdict = incident.verification?.verdict;
    const verdicts = before?.verdicts ?? [];
    incidents.set(incident.id, {
      incident,
      advice: isOpen
        ? productAdvice(incident.decision, incident.goodVersion, incident.noWayBack ?? null)
        : before.advice,
      triage: isOpen ? advisedTriage(incident) : before.triage,
      verdicts:
        verdict === undefined || verdicts.at(-1)?.verdict === verdict
          ? verdicts
          : [...verdicts, { verdict, atMs: look.nowMs }],
      staleWorkers: union(before?.staleWorkers, incident.verification?.staleWorkers),
      wave2AtMs: before?.wave2AtMs ?? (incident.verification?.wave2.suspected ? look.nowMs : null),
      blockers: union(
        before?.blockers,
        incident.blockers.map(({ id }) => id),
      ),
      earlier: union(before?.earlier, look.earlier?.[incident.id]),
    });
  }

  return {
    see(look) {
      for (const prompt of look.prompts) seePrompt(prompt);
      for (const incident of look.incidents) seeIncident(incident, look);
      // After the levers: of one moment, a hold tells who it was.
      for (const hold of look.holds ?? [])
        if (hold.atMs >= sinceMs) levers.set(`${hold.promptId} ${hold.atMs}`, hold);
    },
    observed: () => ({
      readiness: { ...readiness },
      alarms: [...alarms.values()].toSorted((a, b) => a.atMs - b.atMs),
      leverChanges: [...levers.values()].toSorted((a, b) => a.atMs - b.atMs),
      incidents: [...incidents.values()].toSorted(
        (a, b) => a.incident.declaredAtMs - b.incident.declaredAtMs,
      ),
    }),
  };
}

function union<T>(before: readonly T[] | undefined, more: readonly T[] | undefined): T[] {
  return [...new Set([...(before ?? []), ...(more ?? [])])];
}
