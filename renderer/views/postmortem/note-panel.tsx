import { markedText } from '#renderer/app/drill/drill-words.ts';
import { useClient } from '#renderer/client/use-client.ts';
import { createOperationId } from '#renderer/client/operation-id.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { useDrillMark } from '#renderer/live/hooks.ts';
import { CopyButton } from '#renderer/parts/copy-button.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { TimeStamp } from '#renderer/parts/time-stamp.tsx';
import type { IncidentNote } from '#shared/model/closing.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { SaveState } from './autosave.ts';
import { TextField } from './text-field.tsx';
import styles from './postmortem.module.css';

/** The incident note: drafted within seconds of the verdict, edited, copied, posted once or marked as done. */
export function NotePanel(props: {
  readonly incident: Incident;
  readonly note: IncidentNote;
  readonly onState: (key: string, state: SaveState) => void;
  readonly onChanged: () => void;
}) {
  const { incident, note, onState, onChanged } = props;
  const isDrill = useDrillMark() !== null;
  const client = useClient();
  const post = useCommand('Post the note', (to, operationId, again: boolean) =>
    to.note.post({ operationId, incidentId: incident.id, again }),
  );
  const finish = useCommand('Mark the note as done', (to, operationId, _input: null) =>
    to.note.finish({ operationId, incidentId: incident.id }),
  );
  const text = markedText(note.text ?? note.draft, isDrill);
  const isOver = note.state === 'posted' || note.state === 'done';
  const isUncertain = note.post?.state === 'unknown';
  const trouble = post.trouble ?? finish.trouble;
  return (
    <Panel title="Incident note" aside={<span className="fb-dim">{STATE_WORDS[note.state]}</span>}>
      <div className={styles.body} data-place="note">
        {note.state === 'waiting' ? (
          <p className="fb-dim">
            Drafted from the record within seconds of the verdict on the recovery, or of another decision.
          </p>
        ) : (
          <TextField
            label="Note"
            hint="facts for the channel; within 30 minutes"
            draftKey={`note-text:${incident.id}`}
            saved={{ text, revision: note.revision }}
            isDrafted={note.text === null}
            isReadOnly={isOver}
            rows={10}
            maxLength={8_000}
            send={async (written, revisionShown) => {
              const saved = await client.note.save({
                operationId: createOperationId(),
                incidentId: incident.id,
                revisionShown,
                text: written,
              });
              onChanged();
              return saved.note?.revision ?? revisionShown + 1;
            }}
            onConflict={onChanged}
            onState={onState}
          />
        )}
        {isUncertain && (
          <p role="status" className="fb-warn-text">
            It is not known whether the post to {note.post?.target} arrived. Look at the channel first.
          </p>
        )}
        {note.post?.state === 'failed' && (
          <p role="status" className="fb-warn-text">
            Not posted to {note.post.target}: {note.post.detail}. Post again, or copy it.
          </p>
        )}
        {isOver && note.doneAtMs !== null && (
          <p>
            {note.state === 'posted' ? `Posted to ${note.post?.target ?? 'the channel'}` : 'Marked as done'}{' '}
            by {note.doneBy}, <TimeStamp atMs={note.doneAtMs} />
          </p>
        )}
        {note.state !== 'waiting' && (
          <div className={styles.actions}>
            <CopyButton label="Copy note" text={text} />
            {!isOver && note.target !== null && (
              <button
                type="button"
                className="fb-button fb-button-primary"
                disabled={post.isPending}
                onClick={() => void post.run(isUncertain).then(onChanged)}
              >
                {post.isPending ? 'Posting' : isUncertain ? 'Post again' : `Post to ${note.target}`}
              </button>
            )}
            {!isOver && (
              <button
                type="button"
                className="fb-button"
                disabled={finish.isPending}
                onClick={() => void finish.run(null).then(onChanged)}
              >
                Mark as done
              </button>
            )}
          </div>
        )}
        {!isOver && note.state !== 'waiting' && note.target === null && (
          <p className="fb-dim">No chat is configured for this prompt: copy the note and send it by hand.</p>
        )}
        {trouble && <ErrorState title={trouble.title} detail={trouble.detail} next={trouble.next} />}
      </div>
    </Panel>
  );
}

const STATE_WORDS: Record<IncidentNote['state'], string> = {
  waiting: 'nothing to tell yet',
  draft: 'draft',
  posted: 'posted',
  done: 'done',
};
