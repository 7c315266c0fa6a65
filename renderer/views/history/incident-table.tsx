import { IconArrowsSort, IconSortAscending, IconSortDescending } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { navigate } from '#renderer/app/router.ts';
import { hrefTo } from '#renderer/app/routes.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { clockWords } from '#renderer/parts/age-words.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { RowTable } from '#renderer/parts/row-table.tsx';
import { BLOCK_ROWS } from '#renderer/parts/row-window.ts';
import {
  type HistorySort,
  type IncidentFacts,
  RESPONSE_METRICS,
  type ResponseMetric,
} from '#shared/model/history.ts';
import { filterOf, type HistoryAddress } from './address.ts';

type Column = {
  readonly sort: HistorySort;
  readonly header: string;
  readonly width: string;
  readonly isEnd?: true;
  readonly cell: (row: IncidentFacts) => ReactNode;
};

const COLUMNS: readonly Column[] = [
  {
    sort: 'incident',
    header: 'Incident',
    width: '13%',
    cell: ({ incidentId, isDrill, status }) => (
      <>
        <a className="fb-mono" href={hrefTo('incident', { incidentId })} tabIndex={-1}>
          {incidentId}
        </a>
        {isDrill && <span className="fb-dim"> drill</span>}
        {status === 'open' && <span className="fb-warn-text"> open</span>}
      </>
    ),
  },
  {
    sort: 'declared',
    header: 'Declared (UTC)',
    width: '12%',
    cell: ({ declaredAtMs }) => (
      <span className="fb-mono">{new Date(declaredAtMs).toISOString().slice(0, 16).replace('T', ' ')}</span>
    ),
  },
  { sort: 'prompt', header: 'Prompt', width: '17%', cell: ({ promptTitle }) => promptTitle },
  { sort: 'team', header: 'Team', width: '9%', cell: ({ team }) => team ?? <None /> },
  { sort: 'severity', header: 'Severity', width: '6%', cell: ({ severity }) => severity },
  {
    sort: 'trigger',
    header: 'Trigger',
    width: '11%',
    cell: ({ trigger, signal, recurrenceOf }) => (
      <>
        {trigger}
        {signal !== null && <span className="fb-dim"> {signal}</span>}
        {recurrenceOf !== null && (
          <span className="fb-warn-text" title={`the same as ${recurrenceOf}`}>
            {' '}
            again
          </span>
        )}
      </>
    ),
  },
  { sort: 'lever', header: 'Lever', width: '6%', cell: ({ lever }) => lever ?? <None /> },
  time('detect', 'To detect'),
  time('time-to-rollback', 'To rollback'),
  time('time-to-recover', 'To recover'),
  time('total', 'Total'),
];

function time(metric: ResponseMetric & HistorySort, header: string): Column {
  const targetMs = RESPONSE_METRICS.find(({ id }) => id === metric)?.targetMs ?? Number.POSITIVE_INFINITY;
  return {
    sort: metric,
    header,
    width: '6.5%',
    isEnd: true,
    cell: ({ times }) => {
      const ms = times[metric];
      if (ms === null) return <None />;
      return (
        <span className="fb-mono">
          {ms > targetMs && <span className="fb-warn-text">over </span>}
          {clockWords(ms)}
        </span>
      );
    },
  };
}

function None() {
  return <span className="fb-faint">–</span>;
}

/** Every incident the filters leave, drawn only where one looks, and asked for only there. */
export function IncidentTable(props: {
  readonly address: HistoryAddress;
  readonly onChange: (change: Partial<HistoryAddress>) => void;
  /** Changes when incidents change. */
  readonly refreshOn: string;
}) {
  const { address, onChange, refreshOn } = props;
  const { sort, isDescending } = address;
  const filter = filterOf(address);
  const question = JSON.stringify({ filter, sort, isDescending });
  const [looked, setLooked] = useState({ question: '', offset: 0 });
  // Another filter or order begins at its first row.
  const offset = looked.question === question ? looked.offset : 0;
  const pulled = usePulled(
    `${question}:${offset}`,
    async (client, signal) => ({
      question,
      offset,
      ...(await client.history.incidents(
        { filter, sort, isDescending, offset, limit: BLOCK_ROWS },
        { signal },
      )),
    }),
    { refreshOn, minIntervalMs: 50 },
  );
  // Rows of another filter or order must not stand under the present headings.
  const data = pulled.data?.question === question ? pulled.data : null;

  return (
    <>
      {pulled.error !== null && (
        <ErrorState title="The incidents could not be read" detail={pulled.error} onRetry={pulled.reload} />
      )}
      <RowTable
        label="Incidents"
        className="fb-history-rows"
        question={question}
        columns={COLUMNS.map((column) => ({
          id: column.sort,
          width: column.width,
          cell: column.cell,
          ...(column.isEnd ? { isEnd: true as const } : {}),
          ariaSort: sort === column.sort ? (isDescending ? 'descending' : 'ascending') : undefined,
          header: <Heading column={column} address={address} onChange={onChange} />,
        }))}
        total={data?.total ?? 0}
        block={data}
        onBlock={(next) => {
          if (next !== offset || looked.question !== question) setLooked({ question, offset: next });
        }}
        onOpen={({ incidentId }) => navigate('incident', { incidentId })}
      />
    </>
  );
}

function Heading(props: {
  readonly column: Column;
  readonly address: HistoryAddress;
  readonly onChange: (change: Partial<HistoryAddress>) => void;
}) {
  const { column, address, onChange } = props;
  const isSorted = address.sort === column.sort;
  const next = isSorted ? !address.isDescending : true;
  return (
    <button
      type="button"
      className="fb-table-sort"
      onClick={() => onChange({ sort: column.sort, isDescending: next })}
    >
      {column.header}
      {!isSorted && <IconArrowsSort size={12} aria-hidden className="fb-table-sort-idle" />}
      {isSorted && !address.isDescending && <IconSortAscending size={13} aria-hidden />}
      {isSorted && address.isDescending && <IconSortDescending size={13} aria-hidden />}
    </button>
  );
}
