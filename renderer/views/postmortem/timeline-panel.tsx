import { useState } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { Dialog } from '#renderer/parts/dialog.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import { TimeStamp } from '#renderer/parts/time-stamp.tsx';
import { useDraft } from '#renderer/parts/use-draft.ts';
import { correctedEvents, type PostmortemEvent } from '#shared/domain/postmortem/events.ts';
import type { Postmortem } from '#shared/model/postmortem.ts';
import { parseUtc, utcText } from './utc-text.ts';
import styles from './postmortem.module.css';

/** The timeline the tool wrote: each time can be corrected, and a person confirms the whole. */
export function TimelinePanel(props: {
  readonly postmortem: Postmortem;
  readonly onSaved: (postmortem: Postmortem) => void;
}) {
  const { postmortem, onSaved } = props;
  const [correcting, setCorrecting] = useState<PostmortemEvent | null>(null);
  const { incidentId, timelineConfirmed } = postmortem;
  const confirm = useCommand('Confirm the timeline', (client, operationId, _input: null) =>
    client.postmortem.confirmTimeline({ operationId, incidentId }),
  );
  const events = correctedEvents(postmortem.incident.timeline, postmortem.corrections);
  return (
    <Panel title="Timeline" aside={<span className="fb-dim">{events.length} events</span>}>
      <div className={styles.body} data-place="timeline">
        <ScrollArea name="Timeline events" className={styles.eventsWrap}>
          <table className={styles.events}>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">What</th>
                <th scope="col">Who</th>
                <th scope="col">Correction</th>
              </tr>
            </thead>
            <tbody>
              {events.map((event) => (
                <tr key={event.entry.id}>
                  <td>
                    <TimeStamp atMs={event.atMs} />
                  </td>
                  <td>{event.entry.text}</td>
                  <td>{event.entry.by}</td>
                  <td>
                    {event.correction !== null && (
                      <p>
                        recorded as <TimeStamp atMs={event.entry.atMs} />; corrected by {event.correction.by}:{' '}
                        {event.correction.reason}
                      </p>
                    )}
                    <button
                      type="button"
                      className="fb-button fb-button-quiet"
                      aria-label={`Correct the time of: ${event.entry.text}`}
                      onClick={() => setCorrecting(event)}
                    >
                      Correct
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
        <div className={styles.actions}>
          {timelineConfirmed === null ? (
            <button
              type="button"
              className="fb-button fb-button-primary"
              disabled={confirm.isPending}
              onClick={() => void confirm.run(null).then((saved) => saved && onSaved(saved))}
            >
              Confirm the timeline
            </button>
          ) : (
            <p>
              Confirmed by {timelineConfirmed.by}, <TimeStamp atMs={timelineConfirmed.atMs} />
            </p>
          )}
        </div>
        {confirm.trouble && (
          <ErrorState
            title={confirm.trouble.title}
            detail={confirm.trouble.detail}
            next={confirm.trouble.next}
          />
        )}
      </div>
      <Dialog
        isOpen={correcting !== null}
        title="Correct the time of an event"
        onClose={() => setCorrecting(null)}
      >
        {correcting !== null && (
          <CorrectForm
            key={correcting.entry.id}
            incidentId={incidentId}
            event={correcting}
            onSaved={(saved) => {
              onSaved(saved);
              setCorrecting(null);
            }}
          />
        )}
      </Dialog>
    </Panel>
  );
}

function CorrectForm(props: {
  readonly incidentId: string;
  readonly event: PostmortemEvent;
  readonly onSaved: (postmortem: Postmortem) => void;
}) {
  const { incidentId, event, onSaved } = props;
  const [time, setTime] = useState(utcText(event.atMs));
  const [reason, setReason] = useDraft(`correction:${event.entry.id}`);
  const atMs = parseUtc(time);
  const correct = useCommand(
    'Correct the time',
    (client, operationId, input: { atMs: number; reason: string }) =>
      client.postmortem.correct({ operationId, incidentId, entryId: event.entry.id, ...input }),
  );
  const submit = async () => {
    if (atMs === null) return;
    const saved = await correct.run({ atMs, reason: reason.trim() });
    if (saved === null) return;
    setReason('');
    onSaved(saved);
  };
  return (
    <form
      className="fb-form"
      onSubmit={(submitted) => {
        submitted.preventDefault();
        void submit();
      }}
    >
      <p>{event.entry.text}</p>
      <p className="fb-dim">
        Recorded as <TimeStamp atMs={event.entry.atMs} />. The recorded time stays beside the true one.
      </p>
      <label>
        <span>True time, UTC</span>
        <input
          className={styles.input}
          data-autofocus
          required
          value={time}
          aria-invalid={atMs === null}
          placeholder="2026-05-09 14:00:00"
          onChange={(changed) => setTime(changed.currentTarget.value)}
        />
      </label>
      {atMs === null && <p className="fb-warn-text">Write it like 2026-05-09 14:00:00.</p>}
      <label>
        <span>How that is known</span>
        <textarea
          required
          rows={2}
          maxLength={500}
          value={reason}
          onChange={(changed) => setReason(changed.currentTarget.value)}
        />
      </label>
      <button
        type="submit"
        className="fb-button fb-button-primary"
        disabled={correct.isPending || atMs === null || reason.trim() === ''}
      >
        Correct
      </button>
      {correct.trouble && (
        <ErrorState
          title={correct.trouble.title}
          detail={correct.trouble.detail}
          next={correct.trouble.next}
        />
      )}
    </form>
  );
}
