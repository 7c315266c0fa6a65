import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type Column,
} from '@tanstack/react-table';
import { IconArrowsSort, IconSortAscending, IconSortDescending } from '@tabler/icons-react';
import { useMemo, useRef, type KeyboardEvent, type ReactNode } from 'react';
import './data-table.css';

export type DataColumn<Row> = {
  readonly id: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Makes the column sortable; null sorts last. */
  readonly sortValue?: (row: Row) => number | string | null;
  readonly align?: 'start' | 'end';
  /** CSS width of the column. */
  readonly width?: string;
};

export type DataTableProps<Row> = {
  /** Accessible name. */
  readonly label: string;
  readonly columns: readonly DataColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  /** Enter or a click on a row. */
  readonly onOpen?: (row: Row) => void;
  readonly selectedId?: string | null;
  /** Tells where the keyboard is, for actions on "the row I am on". */
  readonly onFocusRow?: (row: Row) => void;
};

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** null after everything else, whichever way it is sorted. */
function compare(a: number | string | null, b: number | string | null): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''), 'en', { numeric: true });
}

/** A table that sorts by its headings and is walked by arrow keys; Enter opens the row. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowId, onOpen, selectedId = null, onFocusRow } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const tableColumns = useMemo(() => {
    const helper = createColumnHelper<typeof features, Row>();
    return helper.columns(
      columns.map((column) =>
        helper.accessor((row) => column.sortValue?.(row) ?? undefined, {
          id: column.id,
          enableSorting: column.sortValue !== undefined,
          sortUndefined: 'last',
          sortFn: (a, b) => compare(a.getValue(column.id) ?? null, b.getValue(column.id) ?? null),
        }),
      ),
    );
  }, [columns]);
  const data = useMemo(() => [...rows], [rows]);
  const table = useTable({ features, columns: tableColumns, data, getRowId: rowId });
  const sorted = table.getRowModel().rows;

  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>, row: Row) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' && onOpen !== undefined) {
      event.preventDefault();
      onOpen(row);
      return;
    }
    const all = [...(body.current?.rows ?? [])];
    const to = rowToFocus(event.key, all.indexOf(event.currentTarget), all.length);
    if (to === null) return;
    event.preventDefault();
    all[to]?.focus();
  };

  return (
    <div className="fb-table-wrap">
      <table className="fb-table" aria-label={label}>
        <colgroup>
          {columns.map((column) => (
            <col key={column.id} style={{ width: column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} sort={table.getColumn(column.id)} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {sorted.map(({ id, original }, index) => (
            <tr
              key={id}
              data-row={id}
              data-selected={id === selectedId || undefined}
              tabIndex={onOpen === undefined ? undefined : index === 0 || id === selectedId ? 0 : -1}
              onKeyDown={(event) => onKeyDown(event, original)}
              onFocus={() => onFocusRow?.(original)}
              onClick={(event) => {
                // A link or button in the row is its own target.
                if (!(event.target as HTMLElement).closest('a, button')) onOpen?.(original);
              }}
            >
              {columns.map((column) => (
                <td key={column.id} data-align={column.align} data-column={column.id}>
                  {column.cell(original)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Where an arrow key leads from row `at` of `count`; null for other keys. */
export function rowToFocus(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, count - 1);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

function HeadCell<Row extends object>(props: {
  readonly column: DataColumn<Row>;
  readonly sort: Column<typeof features, Row> | undefined;
}) {
  const { column, sort } = props;
  const direction = sort?.getIsSorted() ?? false;
  const ariaSort = direction === 'asc' ? 'ascending' : direction === 'desc' ? 'descending' : undefined;
  const isSortable = sort?.getCanSort() === true;
  return (
    <th scope="col" data-align={column.align} aria-sort={ariaSort}>
      {isSortable ? (
        <button type="button" className="fb-table-sort" onClick={() => sort.toggleSorting()}>
          {column.header}
          {direction === false && <IconArrowsSort size={12} aria-hidden className="fb-table-sort-idle" />}
          {direction === 'asc' && <IconSortAscending size={13} aria-hidden />}
          {direction === 'desc' && <IconSortDescending size={13} aria-hidden />}
        </button>
      ) : (
        column.header
      )}
    </th>
  );
}
