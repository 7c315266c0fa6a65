import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useOverlays } from '#renderer/app/overlays.ts';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { receiveMessage, showConnection } from '#renderer/live/live-store.ts';
import type { EvidenceReading, MeterReading } from '#shared/model/detection.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { LiveState } from '#shared/model/live.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import { SignalCell } from './signal-cell.tsx';

const FROM = new Date(2026, 4, 9, 14, 0).getTime();
const WINDOW = { fromMs: FROM, toMs: FROM + 60_000 };
const comparison = {
  signal: 'complaints',
  cohort: 'all',
  candidateValue: 82.7,
  controlValue: 18.5,
  difference: 64.2,
  sigma: 3.42,
  sigmaKind: 'exact',
  verdict: 'blind',
  note: '',
  minutesNeeded: null,
} as unknown as SignalComparison;
const reading: EvidenceReading = {
  signal: 'complaints',
  cohort: 'all',
  basis: 'comparison',
  evidence: 3,
  watchLine: 88,
  pageLine: 1482,
  anytimeSigma: 0.6,
  state: 'quiet',
  candidate: { units: 40, events: 3 },
  control: { units: 800, events: 15 },
  effect: { value: 4.1, low: 0.8, high: 12 },
  onset: null,
  isFrozen: false,
};
const meter = { signal: 'complaints', cohort: 'all', until4xMin: 35 } as unknown as MeterReading;

function show(
  evidence: Partial<EvidenceReading> | null,
  form: 'chart' | 'table' = 'chart',
  certainty: () => Promise<unknown> = async () => ({
    points: [
      { atMs: FROM, sigma: 0.2 },
      { atMs: FROM + 30_000, sigma: 0.6 },
    ],
  }),
) {
  const series = async () => ({
    signal: 'complaints',
    cohort: 'all',
    source: 'telemetry',
    window: WINDOW,
    bucketMs: 30_000,
    startsMs: [FROM, FROM + 30_000],
    lines: [{ version: 'v18', role: 'candidate', values: [50, null], denominators: [10, 0] }],
    baseline: null,
    band: [],
    dataUpToMs: null,
    error: null,
  });
  render(
    <ClientProvider value={{ evidence: { series, certainty } } as unknown as Client}>
      <SignalCell
        signal="complaints"
        comparison={comparison}
        evidence={evidence === null ? null : { ...reading, ...evidence }}
        meter={meter}
        incident={{ id: 'INC-1', promptId: 'support', badVersion: 'v18', goodVersion: 'v17' } as Incident}
        hasCandidate
        cohort="all"
        window={WINDOW}
        markers={[]}
        dataUpToMs={1}
        form={form}
      />
    </ClientProvider>,
  );
}
const text = () => screen.getByRole('region', { name: 'Complaints per 1,000' }).textContent ?? '';

beforeEach(() => {
  const state = {
    engine: { clockSpeed: 1 },
    prompts: {},
    incidents: {},
    sources: {},
    drill: null,
  } as unknown as LiveState;
  receiveMessage({ type: 'snapshot', seq: 1, nowMs: FROM, state }, performance.now());
  showConnection({ name: 'live' });
});
afterEach(cleanup);

describe('SignalCell', () => {
  it('puts what it looks like beside what may be acted on, and says how long it is blind', async () => {
    show({});
    expect(text()).toContain('looks like 3.4 sigma, few events');
    expect(text()).toContain('evidence 0.6 sigma');
    expect(text()).toContain('4.1x (0.8x to 12x)');
    expect(text()).toContain('blind: about 40 min more');
    expect(
      await screen.findByRole('img', {
        name: /Evidence about complaints: 0\.6 sigma .* below the watch line/,
      }),
    ).toBeTruthy();
  });

  it('leads from the chip to how this figure is decided', () => {
    show({ state: 'page', anytimeSigma: 3.2 });
    fireEvent.click(screen.getByRole('button', { name: /certain enough to page/ }));
    expect(useOverlays.getState().ruleSubject).toEqual({
      promptId: 'support',
      signal: 'complaints',
      cohort: 'all',
    });
  });

  it('marks history as weaker and a stale feed as paused', () => {
    show({ basis: 'history', isFrozen: true });
    expect(text()).toContain('history: weaker');
    expect(text()).toContain('feed stale: paused');
    expect(text()).not.toContain('v17');
  });

  it('gives curve and evidence as one table, with gaps for what is not known', async () => {
    show({}, 'table');
    await screen.findByRole('columnheader', { name: 'safe sigma' });
    const rows = screen.getAllByRole('row').map((row) => [...row.children].map((cell) => cell.textContent));
    expect(rows[0]).toEqual(['time', 'v18', 'safe sigma']);
    expect(rows[2]).toEqual(['14:00:30', '–', '0.6']);
  });

  it('claims no test where none ran, and says when the evidence could not be read', async () => {
    show(null, 'chart', async () => Promise.reject(new Error('engine gone')));
    expect(text()).toContain('not tested yet');
    expect(await screen.findByText(/no evidence over time/)).toBeTruthy();
  });
});
