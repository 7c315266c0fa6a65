import { IconArrowsSort, IconSortAscending, IconSortDescending } from '@tabler/icons-react';
import { useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
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
  const box = useRef<HTMLDivElement>(null);
  const shownQuestion = useRef('');
  const [view, setView] = useState({ question: '', topPx: 0, heightPx: 600, activeRow: 0 });
  const isMoving = useRef(false);

  const question = JSON.stringify({ filter, sort, isDescending });
  // Another filter or order begins at its first row.
  const { topPx, heightPx, activeRow } =
    view.question === question ? view : { ...view, topPx: 0, activeRow: 0 };
  const change = (part: Partial<typeof view>) => setView({ question, topPx, heightPx, activeRow, ...part });
  const [firstSeen] = rowWindow(topPx, heightPx, ROW_PX, Number.MAX_SAFE_INTEGER);
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
  const [first, last] = rowWindow(topPx, heightPx, ROW_PX, total);

  useLayoutEffect(() => {
    if (shownQuestion.current === question) return;
    shownQuestion.current = question;
    box.current?.scrollTo({ top: 0 });
  }, [question]);

  // After every drawing: the row a key leads to may be drawn only now, or be filled only when the answer comes.
  useLayoutEffect(() => {
    if (!isMoving.current) return;
    const row = box.current?.querySelector<HTMLElement>(`[data-index="${activeRow}"]`);
    if (!row) return;
    row.focus({ preventScroll: true });
    isMoving.current = false;
  });

  const moveTo = (index: number) => {
    const table = box.current;
    if (!table) return;
    isMoving.current = true;
    // The headings stand over the first row's height.
    const seenPx = table.clientHeight - ROW_PX;
    const rowPx = index * ROW_PX;
    if (rowPx < table.scrollTop) table.scrollTop = rowPx;
    else if (rowPx + ROW_PX > table.scrollTop + seenPx) table.scrollTop = rowPx + ROW_PX - seenPx;
    change({ activeRow: index, topPx: table.scrollTop });
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
        ref={box}
        className="fb-table-wrap fb-history-rows"
        aria-busy={data === null}
        onScroll={({ currentTarget }) =>
          change({ topPx: currentTarget.scrollTop, heightPx: currentTarget.clientHeight })
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
                  onFocus={() => change({ activeRow: index })}
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
  return rows === 0 ? null : <tr aria-hidden style={{ height: rows * ROW_PX }} />;
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
