import type { Client } from '#renderer/client/client.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { Dialog } from '#renderer/parts/dialog.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { useDraft } from '#renderer/parts/use-draft.ts';
import styles from './wave2.module.css';

export type Ask = {
  /** The command, as messages name it. */
  readonly what: string;
  readonly title: string;
  readonly label: string;
  readonly text: string;
  readonly button: string;
};

/** A command that needs a reason. What is typed survives a reload. */
export function ReasonDialog(props: {
  /** Null = closed. */
  readonly ask: Ask | null;
  readonly draftKey: string;
  readonly send: (client: Client, operationId: string, reason: string) => Promise<unknown>;
  readonly onDone: () => void;
}) {
  const { ask, draftKey, send, onDone } = props;
  const [reason, setReason] = useDraft(draftKey);
  const command = useCommand(ask?.what ?? 'Save', send);
  const submit = async () => {
    if ((await command.run(reason.trim())) === null) return;
    setReason('');
    onDone();
  };
  return (
    <Dialog isOpen={ask !== null} title={ask?.title ?? ''} onClose={onDone}>
      {ask !== null && (
        <form
          className="fb-form"
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <p className="fb-dim">{ask.text}</p>
          <label>
            <span>{ask.label}</span>
            <textarea
              data-autofocus
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
              disabled={command.isPending || reason.trim() === ''}
            >
              {ask.button}
            </button>
            <button type="button" className="fb-button" onClick={onDone}>
              Cancel
            </button>
          </div>
          {command.trouble && (
            <ErrorState
              title={command.trouble.title}
              detail={command.trouble.detail}
              next={command.trouble.next}
            />
          )}
        </form>
      )}
    </Dialog>
  );
}
