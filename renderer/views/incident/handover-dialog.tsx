import { Autocomplete, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { Dialog } from '#renderer/parts/dialog.tsx';
import { openPoints } from '#shared/domain/presence/open-points.ts';
import type { Incident } from '#shared/model/incident.ts';
import { FailureNote } from './failure-note.tsx';
import { seen } from './incident-facts.ts';
import styles from './dialogs.module.css';

type Props = {
  readonly incident: Incident;
  /** Whom it may go to: those here, then the team. Another name may be typed. */
  readonly names: readonly string[];
  readonly isOpen: boolean;
  readonly onDone: () => void;
};

/** The driver's seat to somebody else, with what is open: one entry in the timeline that the next one reads first. */
export function HandoverDialog({ incident, names, isOpen, onDone }: Props) {
  return (
    <Dialog isOpen={isOpen} onClose={onDone} title={`Hand over ${incident.id}`} width="36rem">
      {isOpen && <HandoverForm incident={incident} names={names} onDone={onDone} />}
    </Dialog>
  );
}

function HandoverForm({ incident, names, onDone }: Omit<Props, 'isOpen'>) {
  const [to, setTo] = useState('');
  // What is open when the dialog opens: it is not rewritten under the person's hands.
  const [text, setText] = useState(() => openPoints(incident));
  const handOver = useCommand('Hand over', (client, operationId, input: { to: string; text: string }) =>
    client.incident.handOver({ operationId, ...seen(incident), ...input }),
  );
  const canSend = to.trim() !== '' && text.trim() !== '' && !handOver.isPending;
  const submit = async () => {
    if (!canSend) return;
    const done = await handOver.run({ to: to.trim(), text: text.trim() });
    if (done !== null) onDone();
  };
  return (
    <form
      className="fb-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Autocomplete
        label="To"
        description="Takes the driver seat. Somebody here, somebody of the team, or another name."
        data-autofocus
        data={[...names]}
        openOnFocus={false}
        maxLength={80}
        value={to}
        onChange={setTo}
        comboboxProps={{ withinPortal: false }}
      />
      <Textarea
        label="What is open"
        description="From the record, yours to change. Goes into the timeline."
        autosize
        minRows={4}
        maxRows={14}
        maxLength={4000}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className={styles.dialogActions}>
        <button type="button" className="fb-button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" className="fb-button fb-button-primary" disabled={!canSend}>
          {handOver.isPending ? 'Handing over' : to.trim() === '' ? 'Hand over' : `Hand over to ${to.trim()}`}
        </button>
      </div>
      <FailureNote trouble={handOver.trouble} onDismiss={handOver.clear} />
    </form>
  );
}
