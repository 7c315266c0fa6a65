import { hrefTo } from '#renderer/app/routes.ts';
import { useRoute } from '#renderer/app/router.ts';
import { useDrillMark } from '#renderer/live/hooks.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { Debrief } from './debrief.tsx';

/** The report of one drill. */
export function DebriefView() {
  const drillId = useRoute().params.drillId ?? '';
  const isDrillWorld = useDrillMark() !== null;
  const pulled = usePulled(
    isDrillWorld ? null : `drill-report:${drillId}`,
    (client) => client.drill.report({ drillId }),
    { resetOnKeyChange: true },
  );
  if (isDrillWorld) {
    return (
      <div className="fb-view">
        <EmptyState
          title="The debrief comes after the drill"
          text="It opens in the facilitator's own window once the drill has ended."
        />
      </div>
    );
  }
  if (pulled.data !== null) return <Debrief key={pulled.data.drillId} report={pulled.data} />;
  return (
    <div className="fb-view">
      {pulled.error === null ? (
        <LoadingState what={`the debrief of ${drillId}`} rows={8} />
      ) : (
        <ErrorState
          title={`The debrief of ${drillId} could not be read`}
          detail={pulled.error}
          onRetry={pulled.reload}
        >
          <a className="fb-button" href={hrefTo('gameday')}>
            All drills
          </a>
        </ErrorState>
      )}
    </div>
  );
}
