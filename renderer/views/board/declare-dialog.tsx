import { useState } from 'react';
import { navigate } from '#renderer/app/router.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import { Dialog } from '#renderer/parts/dialog.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { useDraft } from '#renderer/parts/use-draft.ts';
import { severitySchema, type Severity } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';

const MAX_REASON = 500;

export type DeclareDialogProps = {
  readonly prompts: readonly PromptStatus[];
  /** The prompt to begin with; null = closed. */
  readonly promptId: string | null;
  readonly onClose: () => void;
};

/** Opens an incident by hand, with the reason for the record. What is typed survives a reload. */
export function DeclareDialog({ prompts, promptId, onClose }: DeclareDialogProps) {
  return (
    <Dialog isOpen={promptId !== null} title="Declare incident" onClose={onClose}>
      {promptId !== null && (
        <DeclareForm key={promptId} prompts={prompts} firstId={promptId} onClose={onClose} />
      )}
    </Dialog>
  );
}

function DeclareForm(props: {
  readonly prompts: readonly PromptStatus[];
  readonly firstId: string;
  readonly onClose: () => void;
}) {
  const { prompts, firstId, onClose } = props;
  const [promptId, setPromptId] = useState(firstId);
  const [severity, setSeverity] = useState<Severity | ''>('');
  const [reason, setReason] = useDraft(`declare:${promptId}`);
  const declare = useCommand('Declare incident', (client, operationId, input: { readonly reason: string }) =>
    client.incident.declare({
      operationId,
      promptId,
      reason: input.reason,
      severity: severity === '' ? undefined : severity,
    }),
  );
  const refusal = useRefusal('incident.declare', promptId);
  const submit = async () => {
    const incident = await declare.run({ reason: reason.trim() });
    if (incident === null) return;
    setReason('');
    onClose();
    navigate('incident', { incidentId: incident.id });
  };
  return (
    <form
      className="fb-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label>
        <span>Prompt</span>
        <select value={promptId} onChange={(event) => setPromptId(event.currentTarget.value)}>
          {prompts.map((prompt) => (
            <option key={prompt.id} value={prompt.id}>
              {prompt.title}
              {prompt.openIncidentId === null ? '' : ` (open: ${prompt.openIncidentId})`}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>What is wrong, in a sentence</span>
        <textarea
          data-autofocus
          required
          rows={3}
          maxLength={MAX_REASON}
          value={reason}
          placeholder="Three enterprise customers report rude answers since 14:00"
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <label>
        <span>Severity</span>
        <select
          value={severity}
          onChange={(event) => setSeverity(event.currentTarget.value as Severity | '')}
        >
          <option value="">As the workspace says</option>
          {severitySchema.options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      </label>
      {refusal !== null && <p className="fb-warn-text">{refusal}</p>}
      {declare.trouble !== null && <ErrorState {...declare.trouble} />}
      <div className="fb-row">
        <button
          type="submit"
          className="fb-button fb-button-primary"
          disabled={declare.isPending || refusal !== null || reason.trim() === ''}
        >
          {declare.isPending ? 'Declaring' : 'Declare incident'}
        </button>
        <button type="button" className="fb-button" onClick={onClose}>
          Cancel
        </button>
      </div>
      <p className="fb-dim">Declaring changes no flag. It opens the incident view and starts its clocks.</p>
    </form>
  );
}
