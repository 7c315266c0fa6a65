import { MantineProvider } from '@mantine/core';
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { receiveMessage, showConnection } from '#renderer/live/live-store.ts';
import { PrintProvider, type PrintPdf } from '#renderer/parts/use-print.ts';
import { itemAgeing } from '#shared/domain/action-items/ageing.ts';
import { createTally } from '#shared/domain/history/tally.ts';
import {
  historyFilterSchema,
  type HistoryPage,
  type HistorySet,
  type HistorySummary,
  type IncidentFacts,
  RESPONSE_METRICS,
} from '#shared/model/history.ts';
import type { LiveState } from '#shared/model/live.ts';
import { HistoryView } from './index.tsx';

const MIN = 60_000;
const NO_TIMES = Object.fromEntries(RESPONSE_METRICS.map(({ id }) => [id, null])) as IncidentFacts['times'];

/** Figures of incidents rolled back after so many minutes, as the engine makes them. */
function setOf(minutes: readonly number[]): HistorySet {
  const tally = createTally();
  for (const minute of minutes) {
    const counted = { isClosed: true, isRecurrence: false, evalOutcome: 'proven' as const, hasWaiver: false };
    tally.add(counted, (metric) => (metric === 'time-to-rollback' ? minute * MIN : null));
  }
  return { ...tally.counts(), metrics: RESPONSE_METRICS.map(({ id }) => tally.figures(id, false)) };
}

const summaryOf = (minutes: readonly number[], over: Partial<HistorySummary> = {}): HistorySummary => ({
  filter: historyFilterSchema.parse({}),
  groupBy: 'week',
  withMeans: false,
  incidents: setOf(minutes),
  drills: setOf([]),
  prevented: { soft: 2, hard: null },
  groups:
    minutes.length === 0 ? [] : [{ key: '2026-05-04', title: 'week of 2026-05-04', figures: setOf(minutes) }],
  evalWeeks: [],
  actionItems: itemAgeing([], 0),
  notWorkedOut: 0,
  choices: { prompts: [{ id: 'support', title: 'Support agent' }], teams: ['pia'] },
  ...over,
});

const row = (index: number): IncidentFacts => ({
  incidentId: `INC-20260509-${index + 1}`,
  promptId: 'support',
  promptTitle: 'Support agent',
  team: 'pia',
  service: 'support-api',
  trigger: 'incident',
  signal: 'complaints',
  lever: 'flag',
  severity: 'P2',
  status: 'closed',
  declaredAtMs: Date.UTC(2026, 4, 9, 14) + index * MIN,
  closedAtMs: Date.UTC(2026, 4, 9, 15),
  weekStartMs: Date.UTC(2026, 4, 4),
  times: { ...NO_TIMES, 'time-to-rollback': 6 * MIN },
  isDrill: false,
  recurrenceOf: index === 1 ? 'INC-20260509-1' : null,
  hasEvalCase: true,
  evalOutcome: 'proven',
  hasWaiver: false,
  badConversations: 40,
});

function fakeClient(summary: () => Promise<HistorySummary>, total = 3) {
  const incidents = vi.fn(async ({ offset = 0, limit = 200 }: { offset?: number; limit?: number }) => {
    const count = Math.max(0, Math.min(limit, total - offset));
    return { total, rows: Array.from({ length: count }, (_, at) => row(offset + at)) } satisfies HistoryPage;
  });
  return { history: { summary: vi.fn(summary), incidents } };
}

function show(client: ReturnType<typeof fakeClient>, printPdf: PrintPdf = null): void {
  const state = { engine: { clockSpeed: 1 }, prompts: {}, incidents: {}, sources: {}, dataUpToMs: null };
  receiveMessage(
    { type: 'snapshot', seq: 1, nowMs: 0, state: state as unknown as LiveState },
    performance.now(),
  );
  showConnection({ name: 'live' });
  render(
    <MantineProvider forceColorScheme="dark">
      <ClientProvider value={client as unknown as Client}>
        <PrintProvider value={printPdf}>
          <HistoryView />
        </PrintProvider>
      </ClientProvider>
    </MantineProvider>,
  );
}

beforeEach(() => {
  window.location.hash = '#/history';
  Element.prototype.scrollTo = () => undefined;
});
afterEach(cleanup);

describe('History', () => {
  it('shows eval cases by week and unfinished items by age and owner, each with its table', async () => {
    const counts = { proven: 3, waived: 1, missing: 2, notOwed: 0, unknown: 0 };
    const weeks = [
      { key: '2026-05-04', counts },
      { key: '2026-05-18', counts: { ...counts, proven: 0 } },
    ];
    const promised = { state: 'open' as const, dueOn: '2026-05-10', createdAtMs: Date.UTC(2026, 4, 1) };
    const items = [
      { ...promised, owner: 'luz' },
      { ...promised, owner: null, dueOn: null },
    ];
    const actionItems = itemAgeing(items, Date.UTC(2026, 4, 20));
    show(fakeClient(async () => summaryOf([3, 4, 5, 6, 7], { evalWeeks: weeks, actionItems })));
    const cases = await screen.findByRole('region', { name: 'Eval cases' });
    expect(within(cases).getByRole('img').getAttribute('aria-label')).toBe(
      'Eval cases over 3 weeks: 3 proven, 2 waived, 4 missing.',
    );
    fireEvent.click(within(cases).getByRole('button', { name: 'Show as table' }));
    const lines = within(within(cases).getByRole('table')).getAllByRole('row');
    expect(lines.map((line) => line.textContent)).toEqual([
      'Week ofprovenwaivedmissingnot owednot known',
      '2026-05-0431200',
      '2026-05-1100000',
      '2026-05-1801200',
    ]);
    const open = screen.getByRole('region', { name: 'Action items' });
    expect(open.textContent).toContain('2 action items unfinished, 1 of them overdue');
    const owners = within(open).getByRole('table', { name: 'Unfinished action items by owner' });
    expect(owners.textContent).toContain('luz1119 d');
    expect(owners.textContent).toContain('nobody named1019 d');
  });

  it('shows medians, p90 and targets, and what is apart or not known', async () => {
    show(fakeClient(async () => summaryOf([1, 2, 3, 4, 20])));
    const cards = within(await screen.findByRole('list', { name: 'Key figures' }));
    const card = within(cards.getByRole('heading', { name: 'time to rollback' }).closest('li')!);
    expect(card.getByText('3 min')).toBeTruthy();
    expect(card.getByText('on target')).toBeTruthy();
    expect(card.getByText(/p90 20 min/).textContent).toContain('target 5 min');
    expect(card.getByText('4 of 5 within target')).toBeTruthy();
    expect(screen.getByText(/0 open \(in no figure\)/)).toBeTruthy();
    expect(screen.getByText(/prevented: 2 .* not known/)).toBeTruthy();
    expect(screen.getByRole('img', { name: /time to rollback: 1 of 1 with a median/ })).toBeTruthy();
  });

  it('says "too few" instead of a median, with the range', async () => {
    show(fakeClient(async () => summaryOf([1, 20])));
    expect((await screen.findAllByText('too few incidents')).length).toBe(1);
    expect(screen.getAllByText(/2 of 5 needed: 1 min to 20 min/).length).toBeGreaterThan(1);
    expect(screen.queryByText(/median$/)).toBeNull();
    expect(screen.getByText(/No group has the five closed incidents/)).toBeTruthy();
  });

  it('is empty before the first incident, and offers a way out of filters that leave none', async () => {
    show(fakeClient(async () => summaryOf([])));
    expect(await screen.findByText('No incident so far')).toBeTruthy();
    act(() => {
      window.location.hash = '#/history?team=nobody';
      window.dispatchEvent(new Event('hashchange'));
    });
    expect(await screen.findByText('No incident matches')).toBeTruthy();
    // What the link asks for is shown although the list does not have it.
    expect(screen.getByLabelText<HTMLSelectElement>('Team').value).toBe('nobody');
    fireEvent.click(screen.getByRole('button', { name: 'Show all incidents' }));
    expect(window.location.hash).toBe('#/history');
  });

  it('says that it failed, and asks again', async () => {
    let isBroken = true;
    const client = fakeClient(async () => {
      if (isBroken) throw new Error('the disk is gone');
      return summaryOf([1, 2, 3, 4, 5]);
    });
    show(client);
    expect((await screen.findByRole('alert')).textContent).toContain('History could not be read');
    isBroken = false;
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('list', { name: 'Key figures' })).toBeTruthy();
  });

  it('keeps filters and order in the address, and asks with them', async () => {
    const client = fakeClient(async () => summaryOf([1, 2, 3, 4, 5]));
    show(client);
    const table = within(await screen.findByRole('table', { name: 'Incidents' }));
    fireEvent.click(table.getByRole('button', { name: 'To rollback' }));
    expect(window.location.hash).toBe('#/history?sort=time-to-rollback');
    fireEvent.change(screen.getByLabelText('Severity'), { target: { value: 'P1' } });
    await waitFor(() =>
      expect(client.history.incidents).toHaveBeenLastCalledWith(
        expect.objectContaining({
          sort: 'time-to-rollback',
          isDescending: true,
          filter: expect.objectContaining({ severity: 'P1' }) as object,
        }),
        expect.anything(),
      ),
    );
  });

  it('draws a hundred thousand incidents a screen at a time, walked by keys', async () => {
    const client = fakeClient(async () => summaryOf([1, 2, 3, 4, 5]), 100_000);
    show(client);
    const table = await screen.findByRole('table', { name: 'Incidents' });
    await within(table).findByText('INC-20260509-1');
    expect(table.getAttribute('aria-rowcount')).toBe('100001');
    const drawn = () => [...table.querySelectorAll<HTMLElement>('tr[data-index]')];
    expect(drawn().length).toBeLessThan(80);
    expect(within(table).getByTitle('the same as INC-20260509-1')).toBeTruthy();
    expect(within(table).getAllByText(/over/).length).toBeGreaterThan(1);
    drawn()[0]!.focus();
    fireEvent.keyDown(document.activeElement!, { key: 'ArrowDown' });
    expect((document.activeElement as HTMLElement).dataset['index']).toBe('1');
    fireEvent.keyDown(document.activeElement!, { key: 'Enter' });
    expect(window.location.hash).toBe('#/incident/INC-20260509-2');
  });

  it('exports every incident the filters leave, page by page', async () => {
    const client = fakeClient(async () => summaryOf([1, 2, 3, 4, 5]), 2_500);
    const files: Blob[] = [];
    vi.stubGlobal(
      'URL',
      Object.assign(URL, {
        createObjectURL: (blob: Blob) => {
          files.push(blob);
          return 'blob:x';
        },
        revokeObjectURL: () => undefined,
      }),
    );
    HTMLAnchorElement.prototype.click = () => undefined;
    show(client);
    fireEvent.click(await screen.findByRole('button', { name: 'Incidents CSV' }));
    expect(await screen.findByText('saved as fusebox-history-incidents.csv')).toBeTruthy();
    const lines = (await files[0]!.text()).trimEnd().split('\r\n');
    expect(lines).toHaveLength(2_501);
    expect(lines[0]).toContain('time-to-rollback_ms');
    expect(lines.at(-1)).toContain('INC-20260509-2500');
  });

  it('says what became of printing, also after an export', async () => {
    const printPdf = async () => ({ state: 'failed', detail: 'the disk is full' }) as const;
    HTMLAnchorElement.prototype.click = () => undefined;
    show(
      fakeClient(async () => summaryOf([1])),
      printPdf,
    );
    fireEvent.click(await screen.findByRole('button', { name: 'Figures JSON' }));
    expect(await screen.findByText(/^saved as/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: /Print report/ }));
    expect(await screen.findByText('Not saved as PDF: the disk is full')).toBeTruthy();
  });

  it('says when older incidents are still being worked out', async () => {
    show(fakeClient(async () => summaryOf([], { notWorkedOut: 40 })));
    expect(await screen.findByText(/40 older incidents not in the figures yet/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Look again' })).toBeTruthy();
  });
});
