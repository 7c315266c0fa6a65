import { MantineProvider } from '@mantine/core';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { receiveMessage, showConnection } from '#renderer/live/live-store.ts';
import type { DrillMark } from '#shared/model/drill.ts';
import type { LiveState } from '#shared/model/live.ts';
import { DrillBanner } from './drill-banner.tsx';

const mark = (over: Partial<DrillMark> = {}): DrillMark => ({
  drillId: 'DRILL-20260509-1',
  title: 'The greeting is gone',
  brief: 'You are on call.',
  speed: 10,
  phase: 'running',
  facilitator: 'fay',
  hints: [],
  actions: [
    {
      action: 'restart-stale-workers',
      title: 'Restart the named workers',
      takesMs: 60_000,
      busyUntilMs: null,
      doneAtMs: null,
    },
  ],
  ...over,
});

function push(drill: DrillMark | null) {
  const state = {
    engine: { clockSpeed: 10, drill },
    prompts: {},
    incidents: {},
    sources: {},
    dataUpToMs: null,
  };
  receiveMessage(
    { type: 'snapshot', seq: 1, nowMs: 1_000, state: state as unknown as LiveState },
    performance.now(),
  );
}

const drillAct = vi.fn(async (_wish: object) => ({ endsAtMs: 61_000 }));

function show(drill: DrillMark | null) {
  push(drill);
  showConnection({ name: 'live' });
  render(
    <MantineProvider forceColorScheme="dark">
      <ClientProvider value={{ drill: { act: drillAct } } as unknown as Client}>
        <DrillBanner />
      </ClientProvider>
    </MantineProvider>,
  );
}
const tray = () => screen.getByRole('button', { name: /outside Fusebox/ });

afterEach(cleanup);

describe('the band of a drill', () => {
  it('says that it is one, which, and how fast its clock runs', () => {
    show(mark());
    const band = screen.getByRole('region', { name: 'Drill' });
    expect(band.textContent).toContain('DRILL');
    expect(band.textContent).toContain('The greeting is gone, simulated');
    expect(band.textContent).toContain('clock at 10x');
  });

  it('has the brief open until the drill begins, and opens again for a hint', () => {
    show(mark({ phase: 'briefing' }));
    expect(screen.getByRole('region', { name: 'Brief' }).textContent).toContain('You are on call.');
    act(() => push(mark()));
    expect(screen.queryByRole('region', { name: 'Brief' })).toBeNull();
    act(() => push(mark({ hints: ['Look at the workers.'] })));
    expect(screen.getByRole('region', { name: 'Hints' }).textContent).toContain('Look at the workers.');
    fireEvent.click(tray());
    expect(screen.queryByRole('region', { name: 'Hints' })).toBeNull();
    act(() => push(mark({ hints: ['Look at the workers.', 'They have names.'] })));
    expect(screen.getByRole('region', { name: 'Hints' }).textContent).toContain('They have names.');
  });

  it('does outside Fusebox what can be done there, with its progress', async () => {
    show(mark());
    fireEvent.click(tray());
    fireEvent.click(screen.getByRole('button', { name: 'Restart the named workers' }));
    await waitFor(() =>
      expect(drillAct).toHaveBeenCalledWith(expect.objectContaining({ action: 'restart-stale-workers' })),
    );
    const [action] = mark().actions;
    act(() => push(mark({ actions: [{ ...action!, busyUntilMs: 1_000_000 }] })));
    expect(screen.getByRole('progressbar', { name: /under way/ })).toBeTruthy();
    expect(
      screen.getByRole<HTMLButtonElement>('button', { name: 'Restart the named workers' }).disabled,
    ).toBe(true);
  });

  it('says when it has ended, and leads to the debrief', () => {
    show(mark({ phase: 'finished' }));
    expect(screen.getByText(/The drill has ended/)).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Open the debrief' }).getAttribute('href')).toBe(
      '/#/gameday/DRILL-20260509-1',
    );
  });

  it('says so too when the engine of the drill is gone', () => {
    show(mark());
    act(() => showConnection({ name: 'failed', cause: 'no-drill', attempt: 0, detail: 'gone' }));
    expect(screen.getByText(/The drill has ended/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: /outside Fusebox/ })).toBeNull();
  });

  it('is not there in the world of the team', () => {
    show(null);
    expect(screen.queryByRole('region', { name: 'Drill' })).toBeNull();
  });
});
