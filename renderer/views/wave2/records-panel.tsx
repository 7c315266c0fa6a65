import { IconAlertTriangle, IconDownload } from '@tabler/icons-react';
import { useDeferredValue, useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { describeFailure } from '#renderer/client/failure.ts';
import { useClient } from '#renderer/client/use-client.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { download } from '#renderer/parts/download.ts';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { RowTable, type RowColumn } from '#renderer/parts/row-table.tsx';
import { BLOCK_ROWS } from '#renderer/parts/row-window.ts';
import type { RecordsFormat } from '#shared/domain/wave2/records-file.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { BadRecord, BadRecordFilter, Wave2Look } from '#shared/model/wave2.ts';
import { exportRecords } from './export.ts';
import { NO_FILTER, RecordsFilters } from './records-filters.tsx';
import { momentWords } from './words.ts';
import styles from './wave2.module.css';

/** What the bad version had a part in: the list to match with queue, table and index, and to take away. */
export function RecordsPanel(props: {
  readonly incident: Incident;
  readonly look: Wave2Look | null;
  readonly isFailing: boolean;
}) {
  const { incident, look, isFailing } = props;
  const [filter, setFilter] = useState(NO_FILTER);
  return (
    <Panel
      title="Records of the bad window"
      aside={look?.window ? <ExportBar incident={incident} filter={filter} /> : undefined}
    >
      {look === null && !isFailing && <LoadingState what="records of the bad window" rows={6} />}
      {look === null && isFailing && <p className="fb-dim">Not known while the bad window cannot be read.</p>}
      {look !== null && look.window !== null && <AboutRecords look={look} />}
      {look !== null && look.limits.length > 0 && look.window !== null && (
        <ul className={styles.limits} aria-label="What this list cannot hold">
          {look.limits.map((limit) => (
            <li key={limit}>
              <IconAlertTriangle size={14} aria-hidden /> {limit}
            </li>
          ))}
        </ul>
      )}
      {look !== null && look.window === null && (
        <EmptyState title="No record to list" text={look.limits.join(' ')} />
      )}
      {look !== null && look.window !== null && (
        <Rows incident={incident} look={look} filter={filter} onFilter={setFilter} />
      )}
    </Panel>
  );
}

function AboutRecords({ look }: { readonly look: Wave2Look }) {
  const { window, conversations, errors, version, sha } = look;
  return (
    <p className={styles.about}>
      <span className="fb-mono">{conversations.toLocaleString('en')}</span> conversations,{' '}
      <span className="fb-mono">{errors.toLocaleString('en')}</span> with a downstream error · {version}
      {sha !== null && <span className="fb-mono"> {sha.slice(0, 12)}</span>}
      {window !== null && ` · ${momentWords(window.fromMs)} to ${momentWords(window.toMs)}`}
    </p>
  );
}

const columnsOf = (version: string): readonly RowColumn<BadRecord>[] => [
  {
    id: 'start',
    header: 'Start (UTC)',
    width: '21%',
    cell: ({ startMs }) => (
      <span className="fb-mono" title={momentWords(startMs)}>
        {new Date(startMs).toISOString().slice(5, 19).replace('T', ' ')}
      </span>
    ),
  },
  {
    id: 'conversation',
    header: 'Conversation',
    width: '17%',
    cell: ({ conversation }) => (
      <span className="fb-mono" title={conversation}>
        {conversation}
      </span>
    ),
  },
  {
    id: 'trace',
    header: 'Trace',
    width: '17%',
    cell: ({ traceIds, traces }) => (
      <span className="fb-mono" title={traceIds.join(' ')}>
        {traces > 1 && <span className="fb-dim">{traces} traces, </span>}
        {traceIds[0]}
      </span>
    ),
  },
  { id: 'cohort', header: 'Cohort', width: '17%', cell: ({ cohort }) => cohort },
  {
    id: 'worker',
    header: 'Worker',
    width: '13%',
    cell: ({ worker }) => <span className="fb-mono">{worker}</span>,
  },
  {
    id: 'error',
    header: 'Downstream',
    width: '15%',
    cell: ({ hasError, errorType, beganOn }) => (
      <>
        {hasError ? (
          <span className="fb-warn-text">
            <IconAlertTriangle size={13} aria-hidden /> error
          </span>
        ) : (
          <span className="fb-dim">no error</span>
        )}
        {errorType !== null && <span className="fb-mono fb-dim"> {errorType}</span>}
        {beganOn !== version && <span className="fb-dim"> began on {beganOn}</span>}
      </>
    ),
  },
];

function Rows(props: {
  readonly incident: Incident;
  readonly look: Wave2Look;
  readonly filter: BadRecordFilter;
  readonly onFilter: (filter: BadRecordFilter) => void;
}) {
  const { incident, look, filter, onFilter } = props;
  const incidentId = incident.id;
  // Typing asks at its own pace.
  const asked = useDeferredValue(filter);
  const question = JSON.stringify(asked);
  const [looked, setLooked] = useState({ question: '', offset: 0 });
  const offset = looked.question === question ? looked.offset : 0;
  const pulled = usePulled(
    `wave2-records:${incidentId}:${question}:${offset}`,
    async (client, signal) => ({
      question,
      offset,
      ...(await client.wave2.records({ incidentId, filter: asked, offset, limit: BLOCK_ROWS }, { signal })),
    }),
    { refreshOn: look.conversations, minIntervalMs: 100 },
  );
  const data = pulled.data?.question === question ? pulled.data : null;
  return (
    <>
      <RecordsFilters look={look} filter={filter} onFilter={onFilter} left={data?.total ?? null} />
      {pulled.error !== null && (
        <ErrorState title="The records could not be read" detail={pulled.error} onRetry={pulled.reload} />
      )}
      {data !== null && data.total === 0 ? (
        <EmptyState title="No record matches" text="None of the bad window has these properties." />
      ) : (
        <RowTable
          label="Records of the bad window"
          className={styles.rows ?? ''}
          question={question}
          columns={columnsOf(look.version ?? '')}
          total={data?.total ?? 0}
          block={data}
          onBlock={(next) => {
            if (next !== offset || looked.question !== question) setLooked({ question, offset: next });
          }}
        />
      )}
    </>
  );
}

/** Takes away what the filters leave. */
function ExportBar({ incident, filter }: { readonly incident: Incident; readonly filter: BadRecordFilter }) {
  const client = useClient();
  const [said, setSaid] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const run = async (format: RecordsFormat) => {
    if (isBusy) return;
    setBusy(true);
    setSaid(null);
    try {
      const { file, warning } = await exportRecords(
        client,
        { incidentId: incident.id, version: incident.badVersion ?? '', filter, format },
        (done, total) => setSaid(`${done.toLocaleString('en')} of ${total.toLocaleString('en')}`),
      );
      download(file);
      setSaid(warning ?? `saved as ${file.name}`);
    } catch (error) {
      setSaid(`Not exported: ${describeFailure(error)}`);
    } finally {
      setBusy(false);
    }
  };
  useAction({
    id: 'wave2.export',
    title: 'Export the records as CSV',
    keys: 'e',
    run: () => void run('csv'),
  });
  return (
    <div className={styles.actions} role="group" aria-label="Export">
      <output className="fb-dim">{said}</output>
      <button type="button" className="fb-button" disabled={isBusy} onClick={() => void run('csv')}>
        <IconDownload size={14} aria-hidden /> Export CSV <KeyHint keys="E" />
      </button>
      <button type="button" className="fb-button" disabled={isBusy} onClick={() => void run('ndjson')}>
        <IconDownload size={14} aria-hidden /> Export NDJSON
      </button>
    </div>
  );
}
