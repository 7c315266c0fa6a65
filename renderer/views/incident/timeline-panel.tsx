import { useState, type KeyboardEvent, type Ref } from 'react';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { useDraft } from '#renderer/parts/use-draft.ts';
import type { TimelineEntry } from '#shared/model/incident.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import type { Trouble } from '#renderer/client/failure.ts';
import { FailureNote } from './failure-note.tsx';
import styles from './timeline.module.css';
import layout from './incident.module.css';

/** Newest entry in sight, oldest first, as a log is read. A correction keeps both times: shown on hover. */
export function TimelinePanel(props: {
  readonly incidentId: string;
  readonly entries: readonly TimelineEntry[];
  readonly canWrite: boolean;
  readonly noteRef: Ref<HTMLTextAreaElement>;
  readonly trouble: Trouble | null;
  readonly onDismiss: () => void;
  readonly onNote: (text: string) => Promise<boolean>;
}) {
  const { incidentId, entries, canWrite, noteRef, trouble, onDismiss, onNote } = props;
  const [draft, setDraft] = useDraft(`note:${incidentId}`);
  const [isSaving, setSaving] = useState(false);
  const ordered = entries.toSorted((a, b) => a.atMs - b.atMs || a.recordedAtMs - b.recordedAtMs);

  const save = async () => {
    const text = draft.trim();
    if (text === '' || isSaving) return;
    setSaving(true);
    const isSaved = await onNote(text);
    setSaving(false);
    // The draft stays until the engine has it: a failed save loses nothing.
    if (isSaved) setDraft('');
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void save();
    }
    if (event.key === 'Escape') event.currentTarget.blur();
  };

  return (
    <Panel
      title="Timeline"
      aside={<span className="fb-faint">{ordered.length} entries</span>}
      className={layout.grow}
    >
      <ScrollArea name="Timeline entries" className={styles.timeline} ref={scrollToEnd}>
        <ol>
          {ordered.map((entry) => (
            <li key={entry.id} className={styles.entry} data-kind={entry.kind}>
              <time
                className="fb-mono fb-dim"
                dateTime={new Date(entry.atMs).toISOString()}
                title={`${new Date(entry.atMs).toISOString()}, recorded ${new Date(entry.recordedAtMs).toISOString()} by ${entry.by}`}
              >
                {clockLabel(entry.atMs)}
              </time>
              <span className={styles.entryText}>
                {entry.text}
                {entry.kind === 'note' && <span className="fb-faint"> {entry.by}</span>}
              </span>
            </li>
          ))}
        </ol>
      </ScrollArea>
      {canWrite && (
        <div className={styles.noteBox}>
          <textarea
            ref={noteRef}
            rows={1}
            value={draft}
            maxLength={4000}
            placeholder="Add a note"
            aria-label="Add note"
            className={styles.note}
            onChange={(event) => setDraft(event.target.value)}
            onKeyDown={onKeyDown}
          />
          <button
            type="button"
            className="fb-button"
            disabled={draft.trim() === '' || isSaving}
            onClick={() => void save()}
          >
            {isSaving ? 'Saving' : 'Add'} {draft === '' && <KeyHint keys="N" />}
          </button>
        </div>
      )}
      <FailureNote trouble={trouble} onDismiss={onDismiss} />
    </Panel>
  );
}

/** Keeps the newest entry in sight, unless the person has scrolled up to read. */
function scrollToEnd(list: HTMLDivElement | null) {
  if (!list) return;
  const distance = list.scrollHeight - list.scrollTop - list.clientHeight;
  if (distance < 120 || list.scrollTop === 0) list.scrollTop = list.scrollHeight;
}
