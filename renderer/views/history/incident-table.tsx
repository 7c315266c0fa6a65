import { IconArrowsSort, IconSortAscending, IconSortDescending } from '@tabler/icons-react';
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { navigate } from '#renderer/app/router.ts';
import { hrefTo } from '#renderer/app/routes.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { clockWords } from '#renderer/parts/age-words.ts';
import { rowToFocus } from '#renderer/parts/data-table.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import {
  type HistorySort,
  type IncidentFacts,
  RESPONSE_METRICS,
  type ResponseMetric,
} from '#shared/model/history.ts';
import { filterOf, type HistoryAddress } from './address.ts';
import { BLOCK_ROWS, blockStart, rowWindow } from './row-window.ts';

/** Every row is as high as every other: that is what makes a hundred thousand of them cheap. */
const ROW_PX = 34;

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
  const view = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState({ topPx: 0, heightPx: 600 });
  const [activeRow, setActiveRow] = useState(0);
  const isMoving = useRef(false);

  const question = JSON.stringify({ filter, sort, isDescending });
  const [firstSeen] = rowWindow(scrolled.topPx, scrolled.heightPx, ROW_PX, Number.MAX_SAFE_INTEGER);
  const offset = blockStart(firstSeen);
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
  const total = data?.total ?? 0;
  const [first, last] = rowWindow(scrolled.topPx, scrolled.heightPx, ROW_PX, total);

  useEffect(() => {
    view.current?.scrollTo({ top: 0 });
    setActiveRow(0);
  }, [question]);

  useLayoutEffect(() => {
    if (!isMoving.current) return;
    const row = view.current?.querySelector<HTMLElement>(`[data-index="${activeRow}"]`);
    if (!row) return;
    row.focus({ preventScroll: true });
    isMoving.current = false;
  }, [activeRow, first, last, data]);

  const moveTo = (index: number) => {
    const box = view.current;
    if (!box) return;
    isMoving.current = true;
    setActiveRow(index);
    const headPx = ROW_PX;
    const topPx = index * ROW_PX;
    if (topPx < box.scrollTop) box.scrollTop = topPx;
    else if (topPx + ROW_PX > box.scrollTop + box.clientHeight - headPx)
      box.scrollTop = topPx + ROW_PX - box.clientHeight + headPx;
  };
  const onKeyDown = (
    event: KeyboardEvent<HTMLTableRowElement>,
    index: number,
    row: IncidentFacts | undefined,
  ) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' && row !== undefined) {
      event.preventDefault();
      navigate('incident', { incidentId: row.incidentId });
      return;
    }
    const to = rowToFocus(event.key, index, total);
    if (to === null) return;
    event.preventDefault();
    moveTo(to);
  };
  // The row the keyboard is on stays reachable by Tab also after it was scrolled away.
  const tabRow = activeRow >= first && activeRow < last ? activeRow : first;

  return (
    <>
      {pulled.error !== null && (
        <ErrorState title="The incidents could not be read" detail={pulled.error} onRetry={pulled.reload} />
      )}
      <div
        ref={view}
        className="fb-table-wrap fb-history-rows"
        aria-busy={data === null}
        onScroll={({ currentTarget }) =>
          setScrolled({ topPx: currentTarget.scrollTop, heightPx: currentTarget.clientHeight })
        }
      >
        <table className="fb-table" aria-label="Incidents" aria-rowcount={total + 1}>
          <colgroup>
            {COLUMNS.map((column) => (
              <col key={column.sort} style={{ width: column.width }} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {COLUMNS.map((column) => (
                <Heading key={column.sort} column={column} address={address} onChange={onChange} />
              ))}
            </tr>
          </thead>
          <tbody>
            <Spacer rows={first} />
            {Array.from({ length: Math.max(0, last - first) }, (_, at) => {
              const index = first + at;
              const row = data?.rows[index - data.offset];
              return (
                <tr
                  key={index}
                  data-index={index}
                  aria-rowindex={index + 2}
                  style={{ height: ROW_PX }}
                  tabIndex={index === tabRow ? 0 : -1}
                  onFocus={() => setActiveRow(index)}
                  onKeyDown={(event) => onKeyDown(event, index, row)}
                  onClick={(event) => {
                    if (row && !(event.target as HTMLElement).closest('a'))
                      navigate('incident', { incidentId: row.incidentId });
                  }}
                >
                  {row === undefined ? (
                    <td colSpan={COLUMNS.length} className="fb-faint">
                      …
                    </td>
                  ) : (
                    COLUMNS.map((column) => (
                      <td key={column.sort} data-align={column.isEnd && 'end'}>
                        <span className="fb-history-cell">{column.cell(row)}</span>
                      </td>
                    ))
                  )}
                </tr>
              );
            })}
            <Spacer rows={Math.max(0, total - last)} />
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Keeps the scrollbar honest for rows that are not drawn. */
function Spacer({ rows }: { readonly rows: number }) {
  if (rows === 0) return null;
  return (
    <tr aria-hidden className="fb-history-spacer">
      <td colSpan={COLUMNS.length} style={{ height: rows * ROW_PX }} />
    </tr>
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
    <th
      scope="col"
      data-align={column.isEnd && 'end'}
      aria-sort={isSorted ? (address.isDescending ? 'descending' : 'ascending') : undefined}
    >
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
    </th>
  );
}
