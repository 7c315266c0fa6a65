import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DataTable, type DataColumn } from './data-table.tsx';

afterEach(cleanup);

type Row = { readonly id: string; readonly sigma: number | null };
const rows: readonly Row[] = [
  { id: 'b', sigma: 1 },
  { id: 'a', sigma: null },
  { id: 'c', sigma: 3 },
];
const columns: readonly DataColumn<Row>[] = [
  { id: 'name', header: 'Name', cell: (row) => row.id, sortValue: (row) => row.id },
  { id: 'sigma', header: 'Sigma', cell: (row) => row.sigma ?? '–', sortValue: (row) => row.sigma },
];
const order = () =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map((row) => row.dataset['row']);

function setUp() {
  const onOpen = vi.fn<(row: Row) => void>();
  render(<DataTable label="Rows" columns={columns} rows={rows} rowId={(row) => row.id} onOpen={onOpen} />);
  return { onOpen };
}

describe('DataTable', () => {
  it('keeps the order given until a heading is pressed, and sorts unknown last either way', () => {
    setUp();
    expect(order()).toEqual(['b', 'a', 'c']);
    const heading = screen.getByRole('button', { name: 'Sigma' });
    fireEvent.click(heading);
    expect(order().at(-1)).toBe('a');
    fireEvent.click(heading);
    expect(order().at(-1)).toBe('a');
    expect(screen.getByRole('columnheader', { name: 'Sigma' }).getAttribute('aria-sort')).toMatch(
      /ascending|descending/,
    );
  });

  it('is walked by arrow keys, and Enter opens', () => {
    const { onOpen } = setUp();
    const [, first] = screen.getAllByRole('row');
    first?.focus();
    fireEvent.keyDown(document.activeElement!, { key: 'ArrowDown' });
    expect((document.activeElement as HTMLElement).dataset['row']).toBe('a');
    fireEvent.keyDown(document.activeElement!, { key: 'End' });
    fireEvent.keyDown(document.activeElement!, { key: 'ArrowDown' });
    expect((document.activeElement as HTMLElement).dataset['row']).toBe('c');
    fireEvent.keyDown(document.activeElement!, { key: 'Enter' });
    expect(onOpen).toHaveBeenCalledExactlyOnceWith(rows[2]);
  });
});
