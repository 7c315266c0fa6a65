import { useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { rowToFocus } from './data-table.tsx';
import { blockStart, rowWindow } from './row-window.ts';
import './row-table.css';

/** Every row is as high as every other: that is what makes a hundred thousand of them cheap. */
const ROW_PX = 34;

export type RowColumn<Row> = {
  readonly id: string;
  readonly header: ReactNode;
  /** Share of the table: "12%". */
  readonly width: string;
  readonly isEnd?: true;
  readonly ariaSort?: 'ascending' | 'descending' | undefined;
  readonly cell: (row: Row) => ReactNode;
};

/**
 * A table of any length, drawn only where one looks. Walked by arrow keys, Home and End; Enter opens. The parent holds the rows of one
 * block and hears which block is looked at; rows that are not there yet show as "…".
 */
export function RowTable<Row>(props: {
  readonly label: string;
  /** What the rows are the answer to: another one begins at its first row. */
  readonly question: string;
  readonly columns: readonly RowColumn<Row>[];
  readonly total: number;
  /** Null = no answer to this question so far. */
  readonly block: { readonly offset: number; readonly rows: readonly Row[] } | null;
  readonly onBlock: (offset: number) => void;
  readonly onOpen?: (row: Row) => void;
  readonly className?: string;
}) {
  const { label, question, columns, total, block, onBlock, onOpen, className } = props;
  const box = useRef<HTMLDivElement>(null);
  const shownQuestion = useRef('');
  const [view, setView] = useState({ question: '', topPx: 0, heightPx: 600, activeRow: 0 });
  const isMoving = useRef(false);

  const { topPx, heightPx, activeRow } =
    view.question === question ? view : { ...view, topPx: 0, activeRow: 0 };
  const change = (part: Partial<typeof view>) => {
    const next = { question, topPx, heightPx, activeRow, ...part };
    setView(next);
    const [firstSeen] = rowWindow(next.topPx, next.heightPx, ROW_PX, Number.MAX_SAFE_INTEGER);
    onBlock(blockStart(firstSeen));
  };
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
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>, index: number, row: Row | undefined) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' && row !== undefined && onOpen) {
      event.preventDefault();
      onOpen(row);
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
    <div
      ref={box}
      className={className === undefined ? 'fb-table-wrap fb-rows' : `fb-table-wrap fb-rows ${className}`}
      aria-busy={block === null}
      onScroll={({ currentTarget }) =>
        change({ topPx: currentTarget.scrollTop, heightPx: currentTarget.clientHeight })
      }
    >
      <table className="fb-table" aria-label={label} aria-rowcount={total + 1}>
        <colgroup>
          {columns.map((column) => (
            <col key={column.id} style={{ width: column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th key={column.id} scope="col" data-align={column.isEnd && 'end'} aria-sort={column.ariaSort}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer rows={first} />
          {Array.from({ length: Math.max(0, last - first) }, (_, at) => {
            const index = first + at;
            const row = block?.rows[index - block.offset];
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
                  // A link or button in the row is its own target.
                  if (row !== undefined && !(event.target as HTMLElement).closest('a, button')) onOpen?.(row);
                }}
                data-opens={onOpen ? true : undefined}
              >
                {row === undefined ? (
                  <td colSpan={columns.length} className="fb-faint">
                    …
                  </td>
                ) : (
                  columns.map((column) => (
                    <td key={column.id} data-align={column.isEnd && 'end'}>
                      <span className="fb-rows-cell">{column.cell(row)}</span>
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
  );
}

/** Keeps the scrollbar honest for rows that are not drawn. */
function Spacer({ rows }: { readonly rows: number }) {
  return rows === 0 ? null : <tr aria-hidden style={{ height: rows * ROW_PX }} />;
}
