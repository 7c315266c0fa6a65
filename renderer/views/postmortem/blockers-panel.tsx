import { IconCircleDotted, IconCircleX } from '@tabler/icons-react';
import { useState } from 'react';
import { hrefTo } from '#renderer/app/routes.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { Dialog } from '#renderer/parts/dialog.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { TimeStamp } from '#renderer/parts/time-stamp.tsx';
import { useDraft } from '#renderer/parts/use-draft.ts';
import type { BlockerId, ClosingBlocker } from '#shared/model/closing.ts';
import type { Incident } from '#shared/model/incident.ts';
import styles from './postmortem.module.css';

/** What still stands between the incident and its closing, each with the way to its place, and what was waived. */
export function BlockersPanel({ incident }: { readonly incident: Incident }) {
  const [waiving, setWaiving] = useState<ClosingBlocker | null>(null);
  const open = incident.blockers.filter(({ waiver }) => waiver === null);
  return (
    <Panel
      title="What still blocks closing"
      aside={<span className="fb-dim">{statusWords(incident, open)}</span>}
    >
      <div className={styles.body}>
        {open.length === 0 && incident.status === 'open' && (
          <p>
            Nothing. <a href={hrefTo('incident', { incidentId: incident.id })}>Close it from the incident</a>.
          </p>
        )}
        {open.length > 0 && (
          <ul className={styles.list} aria-label="Missing">
            {open.map((blocker) => (
              <li key={blocker.id} className={styles.item}>
                <span>
                  <IconCircleX size={14} aria-label="missing" /> {blocker.sentence}
                </span>
                <span className={styles.actions}>
                  <PlaceLink incidentId={incident.id} blocker={blocker} />
                  {blocker.isWaivable && (
                    <button
                      type="button"
                      className="fb-button fb-button-quiet"
                      aria-label={`Waive ${wordsOf(blocker.id)}`}
                      onClick={() => setWaiving(blocker)}
                    >
                      Waive
                    </button>
                  )}
                </span>
              </li>
            ))}
          </ul>
        )}
        {incident.waivers.length > 0 && (
          <ul className={styles.list} aria-label="Waived">
            {incident.waivers.map((waiver) => (
              <li key={`${waiver.blocker}${waiver.atMs}`} className={styles.item}>
                <span>
                  <IconCircleDotted size={14} aria-hidden /> Waived: {wordsOf(waiver.blocker)}, by{' '}
                  {waiver.name}. {waiver.reason}
                </span>
                <TimeStamp atMs={waiver.atMs} />
              </li>
            ))}
          </ul>
        )}
      </div>
      <Dialog
        isOpen={waiving !== null}
        title={waiving === null ? '' : `Waive: ${wordsOf(waiving.id)}`}
        onClose={() => setWaiving(null)}
      >
        {waiving !== null && (
          <WaiveForm incidentId={incident.id} blocker={waiving} onDone={() => setWaiving(null)} />
        )}
      </Dialog>
    </Panel>
  );
}

function statusWords({ status, closedBy }: Incident, open: readonly ClosingBlocker[]): string {
  if (status === 'closed') return `closed by ${closedBy ?? 'unknown'}`;
  return open.length === 0 ? 'ready to close' : `${open.length} missing`;
}

function wordsOf(id: BlockerId): string {
  return id.replaceAll('-', ' ');
}

function PlaceLink({
  incidentId,
  blocker,
}: {
  readonly incidentId: string;
  readonly blocker: ClosingBlocker;
}) {
  switch (blocker.place) {
    case 'postmortem':
    case 'note':
      return (
        <a href={hrefTo('postmortem', { incidentId })} onClick={(event) => toPlace(event, blocker.id)}>
          Go to {wordsOf(blocker.id)}
        </a>
      );
    case 'eval':
      return <a href={hrefTo('eval', { incidentId })}>Open the eval case</a>;
    case 'wave2':
      return <a href={hrefTo('wave2', { incidentId })}>Open wave 2</a>;
    case 'act':
    case 'decide':
    case 'verify':
      return <a href={hrefTo('incident', { incidentId })}>Open the incident</a>;
  }
}

/** The place is on this page: the address stays, the focus moves. */
function toPlace(event: React.MouseEvent, blocker: BlockerId): void {
  event.preventDefault();
  const place = document.querySelector<HTMLElement>(`[data-place="${blocker}"]`);
  place?.scrollIntoView({ block: 'start' });
  place?.querySelector<HTMLElement>('textarea, button, input')?.focus();
}

function WaiveForm(props: {
  readonly incidentId: string;
  readonly blocker: ClosingBlocker;
  readonly onDone: () => void;
}) {
  const { incidentId, blocker, onDone } = props;
  const [name, setName] = useDraft('waiver.name');
  const [reason, setReason] = useDraft(`waiver:${incidentId}:${blocker.id}`);
  const waive = useCommand('Waive', (client, operationId, input: { name: string; reason: string }) =>
    client.postmortem.waive({ operationId, incidentId, blocker: blocker.id, ...input }),
  );
  const submit = async () => {
    const incident = await waive.run({ name: name.trim(), reason: reason.trim() });
    if (incident === null) return;
    setReason('');
    onDone();
  };
  return (
    <form
      className="fb-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <p>{blocker.sentence}</p>
      <p className="fb-dim">
        A waiver stands in the postmortem and in history for good, with today&apos;s date.
      </p>
      <label>
        <span>Who takes it on themselves</span>
        <input
          className={styles.input}
          data-autofocus
          required
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label>
        <span>Why</span>
        <textarea
          required
          rows={3}
          maxLength={1_000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <div className={styles.actions}>
        <button
          type="submit"
          className="fb-button fb-button-primary"
          disabled={waive.isPending || name.trim() === '' || reason.trim() === ''}
        >
          {waive.isPending ? 'Waiving' : 'Waive it'}
        </button>
        <button type="button" className="fb-button" onClick={onDone}>
          Do not waive
        </button>
      </div>
      {waive.trouble && (
        <ErrorState title={waive.trouble.title} detail={waive.trouble.detail} next={waive.trouble.next} />
      )}
    </form>
  );
}
