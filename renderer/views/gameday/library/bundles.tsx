import { IconDownload, IconFileImport, IconPlayerRecord } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { Dialog } from '#renderer/parts/dialog.tsx';
import { download } from '#renderer/parts/download.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import type { ScenarioSummary } from '#shared/model/drill.ts';
import styles from './library.module.css';

const LARGEST_BUNDLE = 20_000_000;

/** Real incidents as scenarios: from this record, or from another machine's file. */
export function Bundles({ onAdded }: { readonly onAdded: (scenario: ScenarioSummary) => void }) {
  const file = useRef<HTMLInputElement>(null);
  const [isRecording, setRecording] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const open = useCommand('Open the bundle', (client, operationId, text: string) =>
    client.drill.openBundle({ operationId, text }),
  );
  const take = async (chosen: File | undefined) => {
    if (chosen === undefined) return;
    open.clear();
    setProblem(chosen.size > LARGEST_BUNDLE ? `${chosen.name} is larger than 20 MB: not a bundle.` : null);
    if (chosen.size > LARGEST_BUNDLE) return;
    const added = await open.run(await chosen.text());
    if (added !== null) onAdded(added);
  };
  return (
    <div className={styles.bundles}>
      <div className="fb-row">
        <button type="button" className="fb-button" onClick={() => setRecording(true)}>
          <IconPlayerRecord size={14} aria-hidden /> Record an incident
        </button>
        <button
          type="button"
          className="fb-button"
          disabled={open.isPending}
          onClick={() => file.current?.click()}
        >
          <IconFileImport size={14} aria-hidden /> {open.isPending ? 'Opening' : 'Open a bundle'}
        </button>
        <input
          ref={file}
          type="file"
          accept="application/json,.json"
          className="fb-hidden"
          tabIndex={-1}
          aria-label="Bundle file"
          onChange={(event) => {
            void take(event.currentTarget.files?.[0]);
            // The same file again is a new wish.
            event.currentTarget.value = '';
          }}
        />
      </div>
      {problem !== null && <ErrorState title="Not opened" detail={problem} next="Choose another file." />}
      {open.trouble !== null && (
        <ErrorState title={open.trouble.title} detail={open.trouble.detail} next={open.trouble.next} />
      )}
      <Dialog
        isOpen={isRecording}
        title="Record an incident as a scenario"
        onClose={() => setRecording(false)}
      >
        {isRecording && (
          <RecordForm
            onAdded={(scenario) => {
              setRecording(false);
              onAdded(scenario);
            }}
          />
        )}
      </Dialog>
    </div>
  );
}

/** Aggregates, events and flag states of one incident, texts redacted; in the library at once, and as a file on request. */
function RecordForm({ onAdded }: { readonly onAdded: (scenario: ScenarioSummary) => void }) {
  const [incidentId, setIncidentId] = useState('');
  const [withFile, setWithFile] = useState(true);
  const pulled = usePulled('incidents-to-record', (client) =>
    client.incident.list({ status: 'any', limit: 200 }),
  );
  const record = useCommand('Record the incident', (client, operationId, id: string) =>
    client.drill.record({ operationId, incidentId: id }),
  );
  if (pulled.error !== null)
    return <ErrorState title="Incidents could not be read" detail={pulled.error} onRetry={pulled.reload} />;
  if (pulled.data === null) return <LoadingState what="incidents" rows={2} />;
  const incidents = pulled.data;
  if (incidents.length === 0)
    return <p className="fb-dim">No incident in the record so far: there is nothing to record yet.</p>;
  const chosenId = incidentId === '' ? (incidents[0]?.id ?? '') : incidentId;
  const submit = async () => {
    const bundle = await record.run(chosenId);
    if (bundle === null) return;
    if (withFile) download({ name: bundle.fileName, type: 'application/json', parts: [bundle.text] });
    onAdded(bundle.scenario);
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
        <span>Incident</span>
        <select
          data-autofocus
          value={chosenId}
          onChange={(event) => setIncidentId(event.currentTarget.value)}
        >
          {incidents.map(({ id, promptTitle, status }) => (
            <option key={id} value={id}>
              {id}, {promptTitle}
              {status === 'open' ? ' (still open)' : ''}
            </option>
          ))}
        </select>
      </label>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={withFile}
          onChange={(event) => setWithFile(event.currentTarget.checked)}
        />
        <span>Save it as a file as well, for another machine</span>
      </label>
      {record.trouble !== null && (
        <ErrorState title={record.trouble.title} detail={record.trouble.detail} next={record.trouble.next} />
      )}
      <div className="fb-row">
        <button type="submit" className="fb-button fb-button-primary" disabled={record.isPending}>
          <IconDownload size={14} aria-hidden /> {record.isPending ? 'Recording' : 'Record'}
        </button>
        <span className="fb-dim">Figures, events and flag states; texts are redacted.</span>
      </div>
    </form>
  );
}
