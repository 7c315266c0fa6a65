import { useAction } from '#renderer/app/actions.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { useConnection } from '#renderer/live/hooks.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { LiveRegion } from '#renderer/parts/live-region.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import type { DrillState } from '#shared/model/drill.ts';
import { useDrillNow } from '../use-drill-now.ts';
import { BadSoFar } from './bad-so-far.tsx';
import { ConsoleHead } from './console-head.tsx';
import { EventLog } from './event-log.tsx';
import { FaultsPanel } from './faults-panel.tsx';
import { HintsPanel } from './hints-panel.tsx';
import { IncidentsPanel } from './incidents-panel.tsx';
import { SecretPanel } from './secret-panel.tsx';
import styles from './console.module.css';

/** The facilitator's console of the drill under way: clock, faults, hints, what the team does, the end. */
export function Console({ drill }: { readonly drill: DrillState }) {
  const nowMs = useDrillNow(drill);
  const isConnected = useConnection().name === 'live';
  const begin = useCommand('Begin the drill', (client, operationId, _input: null) =>
    client.drill.begin({ operationId, drillId: drill.drillId }),
  );
  useAction({
    id: 'drill.begin',
    title: 'Begin the drill',
    section: 'Game day',
    keys: 'b',
    isEnabled: drill.phase === 'briefing' && isConnected,
    run: () => void begin.run(null),
  });
  return (
    <div className={`fb-view ${styles.console}`}>
      <ConsoleHead
        drill={drill}
        nowMs={nowMs}
        isBeginning={begin.isPending}
        onBegin={() => void begin.run(null)}
      />
      <LiveRegion text={`${drill.phase}. ${drill.detail}`} />
      {begin.trouble !== null && (
        <ErrorState title={begin.trouble.title} detail={begin.trouble.detail} next={begin.trouble.next} />
      )}
      {drill.phase === 'preparing' ? (
        <Preparing drill={drill} />
      ) : (
        <div className={styles.columns}>
          <div className={styles.column}>
            <Panel title="Read this out">
              <p className={styles.brief}>{drill.brief}</p>
            </Panel>
            <SecretPanel drill={drill} nowMs={nowMs} />
            <HintsPanel drill={drill} />
          </div>
          <div className={styles.column}>
            <IncidentsPanel drill={drill} nowMs={nowMs} />
            <FaultsPanel drill={drill} />
          </div>
          <div className={styles.column}>
            <BadSoFar drill={drill} />
            <EventLog drill={drill} />
          </div>
        </div>
      )}
    </div>
  );
}

/** The world is being built: what is done now, and that nothing has begun. */
function Preparing({ drill }: { readonly drill: DrillState }) {
  return (
    <Panel title="Preparing">
      <output className={styles.preparing}>
        <progress aria-label="Preparing the drill" />
        <strong>{drill.detail}</strong>
        <span className="fb-dim">
          A fleet, its levers and an engine of their own are being built, with enough traffic behind them that
          charts and detector have a past. Nothing has begun; the brief comes next.
        </span>
      </output>
    </Panel>
  );
}
