import { IconAlertTriangle, IconFlag } from '@tabler/icons-react';
import { hrefTo } from '#renderer/app/routes.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import type { DrillState, DrillSummary } from '#shared/model/drill.ts';
import styles from './gameday.module.css';

/** Why no drill is under way: the world could not be built. */
export function FailedNote({ drill }: { readonly drill: DrillState }) {
  return (
    <ErrorState
      title={`The drill "${drill.title}" could not be prepared`}
      detail={drill.detail}
      next="Nothing was changed. Prepare it again below; with another seed or scenario if it stays."
    />
  );
}

/**
 * What became of the last drill: its debrief while it is fresh in memory, and that a restart of the engine ended it. Drills of
 * earlier starts of the engine are history, unless the start itself aborted them.
 */
export function EndedNote(props: {
  readonly newest: DrillSummary | null;
  readonly drill: DrillState | null;
  readonly engineStartedAtMs: number;
}) {
  const { newest, drill, engineStartedAtMs } = props;
  if (newest === null || newest.endedAtMs < engineStartedAtMs) return null;
  const isAborted = newest.outcome === 'aborted';
  return (
    <section aria-label="Last drill" className={styles.ended} data-outcome={newest.outcome}>
      {isAborted ? <IconAlertTriangle size={16} aria-hidden /> : <IconFlag size={16} aria-hidden />}
      <strong>
        {newest.title}: {newest.outcome}
      </strong>
      <span>{isAborted && drill?.drillId === newest.drillId ? drill.detail : newest.sentence}</span>
      <a className="fb-button" href={hrefTo('debrief', { drillId: newest.drillId })}>
        Open debrief
      </a>
    </section>
  );
}
