import { useState } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { Dialog } from '#renderer/parts/dialog.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import type { DrillState } from '#shared/model/drill.ts';

const MAX_REASON = 500;

/** Ends the drill without a score. It cannot be taken back, so it asks, and for a reason. */
export function AbortDialog(props: {
  readonly drill: DrillState;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const { drill, isOpen, onClose } = props;
  const [reason, setReason] = useState('');
  const abort = useCommand('Abort the drill', (client, operationId, why: string) =>
    client.drill
      .abort({ operationId, drillId: drill.drillId, reason: why }, { context: { timeoutMs: 60_000 } })
      .then(() => true),
  );
  return (
    <Dialog isOpen={isOpen} title="Abort the drill" onClose={onClose}>
      <form
        className="fb-form"
        onSubmit={(event) => {
          event.preventDefault();
          void abort.run(reason.trim()).then((isDone) => isDone === true && onClose());
        }}
      >
        <p>
          The drill's world is taken down and no score is given. What happened until now stays in the drill
          history, as aborted. To end it with a score, press Finish and score instead.
        </p>
        <label>
          <span>Why, in a sentence</span>
          <textarea
            data-autofocus
            required
            rows={2}
            maxLength={MAX_REASON}
            value={reason}
            placeholder="A real incident came in"
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {abort.trouble !== null && (
          <ErrorState title={abort.trouble.title} detail={abort.trouble.detail} next={abort.trouble.next} />
        )}
        <div className="fb-row">
          <button
            type="submit"
            className="fb-button fb-button-danger"
            disabled={abort.isPending || reason.trim() === ''}
          >
            {abort.isPending ? 'Aborting' : 'Abort drill'}
          </button>
          <button type="button" className="fb-button" onClick={onClose}>
            Go on with the drill
          </button>
        </div>
      </form>
    </Dialog>
  );
}
