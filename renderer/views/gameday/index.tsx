import { useDrill, useDrillMark } from '#renderer/live/hooks.ts';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import type { DrillState } from '#shared/model/drill.ts';
import { Console } from './console/index.tsx';
import { EndedNote, FailedNote } from './ended-note.tsx';
import { Library } from './library/index.tsx';
import { ReportsPanel } from './reports/reports-panel.tsx';
import { useWorldLink } from './use-world-link.ts';
import styles from './gameday.module.css';

const UNDER_WAY: readonly DrillState['phase'][] = ['preparing', 'briefing', 'running'];

/** For the facilitator: the library and what was practised, or the console while a drill is under way. */
export function GameDayView() {
  return useDrillMark() === null ? <Facilitator /> : <NotInADrill />;
}

/** The world of a drill knows nothing of drills: what is wrong must not be looked up. */
function NotInADrill() {
  return (
    <div className="fb-view">
      <EmptyState
        title="Game day is not part of a drill"
        text="This window plays the drill. The console is in the facilitator's own window."
      />
    </div>
  );
}

/** For people who play: that a drill is under way, and the way into it; nothing of what is wrong. */
function UnderWay({ drill }: { readonly drill: DrillState }) {
  const linkProps = useWorldLink();
  return (
    <div className="fb-view">
      <EmptyState
        title={`A drill is under way: ${drill.title}`}
        text={`${drill.facilitator} runs it. What is wrong in it is shown to facilitators alone; its debrief stands here afterwards.`}
      >
        <a className="fb-button fb-button-primary" {...linkProps}>
          Open participants' view
        </a>
      </EmptyState>
    </div>
  );
}

function Facilitator() {
  const drill = useDrill();
  const isUnderWay = drill !== null && UNDER_WAY.includes(drill.phase);
  const turn = `${drill?.drillId ?? ''}:${drill?.phase ?? ''}`;
  const reports = usePulled('drill-reports', (client) => client.drill.reports({ limit: 200 }), {
    refreshOn: turn,
  });
  const mayRun = useRefusal('drill.begin') === null;
  if (isUnderWay) return mayRun ? <Console drill={drill} /> : <UnderWay drill={drill} />;
  return (
    <div className={`fb-view ${styles.gameday}`}>
      <header className="fb-view-head">
        <h1>Game day</h1>
        <p className="fb-dim">
          Practise the loop on the real screens. A drill is a world of its own: it reaches no real flag, chat
          or pager.
        </p>
      </header>
      {drill?.phase === 'failed' && <FailedNote drill={drill} />}
      {reports.data !== null && drill?.phase !== 'failed' && (
        <EndedNote newest={reports.data[0] ?? null} drill={drill} />
      )}
      <div className={styles.idle}>
        <Library reports={reports.data ?? []}>
          {reports.error !== null && (
            <ErrorState
              title={reports.isKept ? 'Drill history may be out of date' : 'Drill history could not be read'}
              detail={reports.error}
              onRetry={reports.reload}
            />
          )}
          {reports.data === null && reports.error === null && <LoadingState what="drill history" rows={3} />}
          {reports.data !== null && <ReportsPanel reports={reports.data} />}
        </Library>
      </div>
    </div>
  );
}
