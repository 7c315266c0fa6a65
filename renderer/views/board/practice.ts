import { spanWords } from '#shared/domain/history/words.ts';
import type { DrillSummary } from '#shared/model/drill.ts';

/** A prompt not practised for so long is overdue: people change, levers and habits too. */
const OVERDUE_MS = 90 * 24 * 3_600_000;

export type PracticeLine = {
  readonly what: 'practised' | 'killswitch';
  readonly text: string;
  readonly isOverdue: boolean;
  /** The drill that it rests on. */
  readonly drillId: string | null;
};

/** What drills say about a prompt's readiness: when it was last practised, and when its lever was last proven to work. */
export function practiceOf(
  promptId: string,
  reports: readonly DrillSummary[],
  nowMs: number,
): PracticeLine[] {
  const own = reports
    .filter(({ castPromptId, outcome }) => castPromptId === promptId && outcome === 'finished')
    .toSorted((a, b) => b.endedAtMs - a.endedAtMs);
  const played = own[0] ?? null;
  const proven = own.find(({ killswitch }) => killswitch !== null) ?? null;
  const age = (drill: DrillSummary) => nowMs - drill.endedAtMs;
  const day = (drill: DrillSummary) => new Date(drill.endedAtMs).toISOString().slice(0, 10);
  return [
    {
      what: 'practised',
      text:
        played === null
          ? 'never practised in a drill'
          : `last practised ${day(played)} (${played.title}) by ${played.participants.join(', ') || played.facilitator}`,
      isOverdue: played === null || age(played) > OVERDUE_MS,
      drillId: played?.drillId ?? null,
    },
    {
      what: 'killswitch',
      text:
        proven === null || proven.killswitch === null
          ? 'killswitch never proven in a drill'
          : `killswitch last proven ${day(proven)} by ${proven.killswitch.by}: ${spanWords(proven.killswitch.tookMs)} from press to seen in traffic`,
      isOverdue: proven === null || age(proven) > OVERDUE_MS,
      drillId: proven?.drillId ?? null,
    },
  ];
}
