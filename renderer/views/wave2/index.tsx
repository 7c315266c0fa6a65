import { useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { useRoute } from '#renderer/app/router.ts';
import { hrefTo } from '#renderer/app/routes.ts';
import { useDataUpToMs, useIncident } from '#renderer/live/hooks.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { wave2Phase } from '#shared/domain/wave2/clock.ts';
import type { Incident } from '#shared/model/incident.ts';
import { PhaseStrip } from './phase-strip.tsx';
import { ReasonDialog } from './reason-dialog.tsx';
import { RecordsPanel } from './records-panel.tsx';
import { RepairPanel } from './repair-panel.tsx';
import { TenantsPanel } from './tenants-panel.tsx';
import styles from './wave2.module.css';

/** The second wave of an incident: what the bad version left behind, and its repair. */
export function Wave2View() {
  const { params } = useRoute();
  const incidentId = params.incidentId ?? null;
  const live = useIncident(incidentId);
  const pulled = usePulled(
    live === null && incidentId !== null ? `wave2-incident:${incidentId}` : null,
    (client) => client.incident.get({ incidentId: incidentId ?? '' }),
    { resetOnKeyChange: true },
  );
  if (incidentId === null)
    return <EmptyState title="No incident chosen" text="Open one from the Board or from Incidents." />;
  const incident = live ?? pulled.data;
  if (incident === null) {
    return pulled.error === null ? (
      <LoadingState what={`wave 2 of ${incidentId}`} rows={8} />
    ) : (
      <ErrorState title={`Wave 2 of ${incidentId}`} detail={pulled.error} onRetry={pulled.reload} />
    );
  }
  return <Workbench key={incidentId} incident={incident} />;
}

function Workbench({ incident }: { readonly incident: Incident }) {
  const incidentId = incident.id;
  const phase = wave2Phase(incident);
  const [asking, setAsking] = useState<'open' | 'close' | null>(null);
  const dataUpToMs = useDataUpToMs();
  // What was served can still grow while the incident is open; a look goes over everything that is kept.
  const pulled = usePulled(
    `wave2:${incidentId}:${incident.badVersion ?? ''}`,
    (client, signal) => client.wave2.look({ incidentId }, { signal }),
    { refreshOn: incident.status === 'open' ? dataUpToMs : null, minIntervalMs: 15_000 },
  );
  const look = pulled.data;
  const canOpen = phase !== 'open';
  const canEnd = incident.wave2 != null && incident.wave2.life.end?.how !== 'person';

  useAction({
    id: 'wave2.open',
    title: 'Open wave 2 by hand',
    keys: 'o',
    isEnabled: canOpen,
    run: () => setAsking('open'),
  });
  useAction({
    id: 'wave2.close',
    title: phase === 'ended' ? 'End wave 2 for good, with a reason' : 'End wave 2 with a reason',
    keys: 'x',
    isEnabled: canEnd,
    run: () => setAsking('close'),
  });

  return (
    <div className={styles.page}>
      <header className="fb-view-head">
        <h1>
          Wave 2 <span className="fb-mono">{incidentId}</span>
        </h1>
        <span className="fb-dim">
          {incident.promptTitle} {incident.badVersion ?? ''}
        </span>
        <a href={hrefTo('incident', { incidentId })}>Back to the incident</a>
        <span className={`fb-view-head-end ${styles.actions}`}>
          {canOpen && (
            <button type="button" className="fb-button" onClick={() => setAsking('open')}>
              {phase === 'ended' ? 'Open wave 2 again' : 'Open wave 2'} <KeyHint keys="O" />
            </button>
          )}
          {canEnd && (
            <button type="button" className="fb-button" onClick={() => setAsking('close')}>
              {phase === 'ended' ? 'End it for good' : 'End wave 2'} <KeyHint keys="X" />
            </button>
          )}
        </span>
      </header>
      <PhaseStrip incident={incident} phase={phase} />
      {pulled.error !== null && (
        <ErrorState
          title={pulled.isKept ? 'What was received may be out of date' : 'The bad window could not be read'}
          detail={pulled.error}
          onRetry={pulled.reload}
        />
      )}
      <div className={styles.columns}>
        <RepairPanel incident={incident} phase={phase} look={look} />
        <div className={styles.column}>
          <TenantsPanel incident={incident} look={look} isFailing={pulled.error !== null} />
          <RecordsPanel incident={incident} look={look} isFailing={pulled.error !== null} />
        </div>
      </div>
      <ReasonDialog
        key={asking}
        ask={asking === 'open' ? OPENING : asking === 'close' ? ENDING : null}
        draftKey={`wave2.${asking ?? ''}:${incidentId}`}
        send={(client, operationId, reason) =>
          asking === 'open'
            ? client.wave2.open({ operationId, incidentId, reason })
            : client.wave2.close({
                operationId,
                incidentId,
                reason,
                revisionShown: incident.wave2?.life.revision ?? 0,
              })
        }
        onDone={() => setAsking(null)}
      />
    </div>
  );
}

const OPENING = {
  what: 'Open wave 2',
  title: 'Open wave 2 by hand',
  label: 'What is still wrong',
  text: 'For stored bad output that the checks do not see: a customer who still gets wrong answers, a queue that grows. One opened by hand ends by hand, unless the checks see its errors.',
  button: 'Open wave 2',
};
const ENDING = {
  what: 'End wave 2',
  title: 'End wave 2',
  label: 'Why it is over',
  text: 'Its clock stops and its unfinished steps no longer block closing. The checks do not open it again.',
  button: 'End wave 2',
};
