import { IconAlertTriangle, IconFlag } from '@tabler/icons-react';
import { hrefTo } from '#renderer/app/routes.ts';
import { useNowMs } from '#renderer/live/hooks.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import type { DrillState, DrillSummary } from '#shared/model/drill.ts';
import styles from './gameday.module.css';

/** How long the last drill is told of above everything else. */
const FRESH_MS = 60 * 60_000;

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
 * What became of the last drill, while it is fresh in memory; also that a restart of the engine ended it. Older ones are history.
 */
export function EndedNote(props: {
  readonly newest: DrillSummary | null;
  readonly drill: DrillState | null;
}) {
  const { newest, drill } = props;
  const nowMs = useNowMs();
  if (newest === null || nowMs - newest.endedAtMs > FRESH_MS) return null;
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
