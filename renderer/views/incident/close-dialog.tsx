import { Textarea } from '@mantine/core';
import { hrefTo } from '#renderer/app/routes.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { Dialog } from '#renderer/parts/dialog.tsx';
import { useDraft } from '#renderer/parts/use-draft.ts';
import type { Incident } from '#shared/model/incident.ts';
import { FailureNote } from './failure-note.tsx';
import { duration, flippedAtMs, seen } from './incident-facts.ts';
import styles from './dialogs.module.css';

/** Closing with a summary; what still blocks it stands as a list. The draft survives a reload. */
export function CloseDialog(props: {
  readonly incident: Incident;
  readonly isOpen: boolean;
  readonly onDone: () => void;
}) {
  const { incident, isOpen, onDone } = props;
  const close = useCommand('Close incident', (client, operationId, text: string) =>
    client.incident.close({ operationId, ...seen(incident), summary: text }),
  );
  const [summary, setSummary] = useDraft(`summary:${incident.id}`);
  const canClose = incident.closingBlockers.length === 0 && summary.trim() !== '';
  const flipped = flippedAtMs(incident);

  const submit = async () => {
    const closed = await close.run(summary.trim());
    if (closed === null) return;
    setSummary('');
    onDone();
  };

  return (
    <Dialog isOpen={isOpen} onClose={onDone} title={`Close ${incident.id}`} width="36rem">
      {incident.closingBlockers.length > 0 && (
        <div className={styles.blockers} role="status">
          <p>
            <strong>Not yet:</strong>
          </p>
          <ul>
            {incident.closingBlockers.map((blocker) => (
              <li key={blocker}>{blocker}</li>
            ))}
          </ul>
          <a href={hrefTo('postmortem', { incidentId: incident.id })} onClick={onDone}>
            Open note and postmortem
          </a>
        </div>
      )}
      <p className="fb-dim">
        {incident.promptTitle} {incident.badVersion ?? ''}: {incident.trigger.sentence}
        {flipped !== null && `; alarm to flag flipped ${duration(flipped - incident.declaredAtMs)}`}
      </p>
      <Textarea
        label="Summary"
        description="What happened, what was done, what is left. Goes into the record."
        autosize
        minRows={4}
        maxLength={8000}
        data-autofocus
        value={summary}
        onChange={(event) => setSummary(event.currentTarget.value)}
      />
      <div className={styles.dialogActions}>
        <button type="button" className="fb-button" onClick={onDone}>
          Keep open
        </button>
        <button
          type="button"
          className="fb-button fb-button-primary"
          disabled={!canClose || close.isPending}
          onClick={() => void submit()}
        >
          {close.isPending ? 'Closing' : 'Close with this summary'}
        </button>
      </div>
      <FailureNote trouble={close.trouble} onDismiss={close.clear} />
    </Dialog>
  );
}
