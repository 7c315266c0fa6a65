import { useRef, useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { RoleNote } from '#renderer/app/role-note.tsx';
import { navigate, useRoute } from '#renderer/app/router.ts';
import type { Client } from '#renderer/client/client.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { useDataUpToMs, useIncident, usePrompt } from '#renderer/live/hooks.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import type { Incident } from '#shared/model/incident.ts';
import { ActPanel } from './act-panel.tsx';
import { CloseDialog } from './close-dialog.tsx';
import { DecidePanel } from './decide-panel.tsx';
import { incidentWindow, flippedAtMs } from './incident-facts.ts';
import { EarlierStrip } from './earlier-strip.tsx';
import { IncidentHeader } from './incident-header.tsx';
import { incidentMarkers } from './incident-markers.ts';
import { LoopRail } from './loop-rail.tsx';
import { SignalsPanel } from './signals-panel.tsx';
import { TimelinePanel } from './timeline-panel.tsx';
import { useStable } from './use-stable.ts';
import { VerifyPanel } from './verify-panel.tsx';
import { WhatChanged, type ChangedTab } from './what-changed.tsx';
import { WhoIsServing } from './who-is-serving.tsx';
import styles from './incident.module.css';

/** The one window of an incident. Open ones come by the feed; a closed one is asked for. */
export function IncidentView() {
  const { params } = useRoute();
  const incidentId = params.incidentId ?? null;
  const live = useIncident(incidentId);
  const pulled = usePulled(
    live === null && incidentId !== null ? `incident:${incidentId}` : null,
    (client: Client) => client.incident.get({ incidentId: incidentId ?? '' }),
    { resetOnKeyChange: true },
  );
  const incident = live ?? pulled.data;
  if (incidentId === null)
    return <EmptyState title="No incident chosen" text="Open one from the Board or from Incidents." />;
  if (incident === null) {
    return pulled.error === null ? (
      <LoadingState what={`incident ${incidentId}`} />
    ) : (
      <ErrorState title={`Incident ${incidentId}`} detail={pulled.error} onRetry={pulled.reload} />
    );
  }
  return <Cockpit key={incident.id} incident={incident} />;
}

function Cockpit({ incident }: { readonly incident: Incident }) {
  const prompt = usePrompt(incident.promptId);
  const dataUpToMs = useDataUpToMs();
  const [isClosing, setClosing] = useState(false);
  const [changedTab, setChangedTab] = useState<ChangedTab>('diff');
  const noteBox = useRef<HTMLTextAreaElement>(null);
  const note = useCommand('Add note', (client, operationId, text: string) =>
    client.incident.note({ operationId, incidentId: incident.id, text }),
  );
  const isOpen = incident.status === 'open';
  const mayRespond = useRefusal('incident.note', incident.promptId) === null;
  // The same objects while they say the same: the charts are drawn anew only when there is something new to draw.
  const window = useStable(incidentWindow(incident, dataUpToMs));
  const markers = useStable(incidentMarkers(incident));
  const isFlipped = flippedAtMs(incident) !== null;

  useAction({
    id: 'incident.note',
    title: 'Add a note to the timeline',
    keys: 'n',
    isEnabled: isOpen && mayRespond,
    run: () => noteBox.current?.focus(),
  });
  useAction({
    id: 'incident.close',
    title: 'Close incident',
    keys: 'x',
    isEnabled: isOpen && mayRespond,
    run: () => setClosing(true),
  });

  useAction({
    id: 'incident.wave2',
    title: 'Open wave 2: what the bad version left behind',
    keys: '2',
    run: () => navigate('wave2', { incidentId: incident.id }),
  });
  useAction({
    id: 'incident.postmortem',
    title: 'Open note and postmortem',
    keys: 'p',
    run: () => navigate('postmortem', { incidentId: incident.id }),
  });

  const decide = <DecidePanel key="decide" incident={incident} isFolded={isFlipped} />;
  const act = <ActPanel key="act" incident={incident} prompt={prompt} />;
  const verify = <VerifyPanel key="verify" incident={incident} />;

  const right = isFlipped ? [verify, act, decide] : [decide, act, verify];

  return (
    <div className={styles.cockpit}>
      <IncidentHeader incident={incident} onClose={() => setClosing(true)} />
      {isOpen && <RoleNote procedure="incident.note" promptId={incident.promptId} />}
      <EarlierStrip incidentId={incident.id} />
      <div className={styles.columns}>
        <div className={styles.left}>
          <LoopRail incidentId={incident.id} steps={incident.steps} />
          <TimelinePanel
            incidentId={incident.id}
            entries={incident.timeline}
            canWrite={isOpen && mayRespond}
            noteRef={noteBox}
            trouble={note.trouble}
            onDismiss={note.clear}
            onNote={async (text) => (await note.run(text)) !== null}
          />
        </div>
        <div className={styles.middle}>
          <WhoIsServing
            incident={incident}
            prompt={prompt}
            window={window}
            markers={markers}
            dataUpToMs={dataUpToMs}
          />
          <SignalsPanel
            incident={incident}
            prompt={prompt}
            window={window}
            markers={markers}
            dataUpToMs={dataUpToMs}
            onShowTraces={() => setChangedTab('traces')}
          />
          <WhatChanged
            incident={incident}
            window={window}
            dataUpToMs={dataUpToMs}
            tab={changedTab}
            onTab={setChangedTab}
          />
        </div>
        {mayRespond ? (
          <div className={styles.right}>{right}</div>
        ) : (
          // With every button switched off nothing in it takes the focus: the column itself does.
          <ScrollArea name="Decide, act, verify" className={styles.right}>
            {right}
          </ScrollArea>
        )}
      </div>
      <CloseDialog incident={incident} isOpen={isClosing} onDone={() => setClosing(false)} />
    </div>
  );
}
