import { MantineProvider } from '@mantine/core';
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useOverlays } from '#renderer/app/overlays.ts';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { receiveMessage, showConnection } from '#renderer/live/live-store.ts';
import type { LiveState } from '#shared/model/live.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import { BoardView } from './index.tsx';

const NOW = 1_000_000;

function signal(over: Partial<SignalComparison>): SignalComparison {
  return {
    signal: 'complaints',
    cohort: 'all',
    source: 'telemetry',
    windowMs: 900_000,
    asOfMs: NOW,
    candidate: null,
    control: null,
    candidateValue: 20.4,
    controlValue: 5,
    difference: 15.4,
    ratio: 4.1,
    sigma: 3.6,
    sigmaKind: 'z',
    verdict: 'page',
    note: '',
    conversationsNeeded: null,
    minutesNeeded: null,
    ...over,
  };
}

function prompt(over: Partial<PromptStatus>): PromptStatus {
  return {
    id: 'support',
    title: 'customer_support_agent',
    service: 'support-api',
    owner: 'Mira',
    reviewers: [],
    environment: 'production',
    control: 'v17',
    candidate: 'v18',
    versions: [],
    serving: [],
    shareWindowMs: 300_000,
    conversationsPerHour: null,
    lastSeenMs: null,
    lever: null,
    leverError: null,
    signals: [],
    evidence: [],
    meter: [],
    meterAdvice: [],
    alarms: [],
    notices: [],
    policyActions: [],
    policies: { freezeRampOnWatch: false, tellOnWatch: false, killswitchOnPage: false, vetoSeconds: 60 },
    sparks: [],
    readiness: { ok: true, findings: [] },
    cohorts: [],
    openIncidentId: null,
    links: [],
    ...over,
  };
}

function show(prompts: readonly PromptStatus[], client: Partial<Record<string, unknown>> = {}) {
  const state = {
    engine: { clockSpeed: 1 },
    prompts: Object.fromEntries(prompts.map((each) => [each.id, each])),
    incidents: {},
    sources: {},
    drill: null,
    dataUpToMs: NOW,
  } as unknown as LiveState;
  receiveMessage({ type: 'snapshot', seq: 1, nowMs: NOW, state }, performance.now());
  showConnection({ name: 'live' });
  render(
    <MantineProvider forceColorScheme="dark">
      <ClientProvider value={client as unknown as Client}>
        <BoardView />
      </ClientProvider>
    </MantineProvider>,
  );
}
const row = (id: string) => screen.getAllByRole('row').find((each) => each.dataset['row'] === id)!;

beforeEach(() => {
  window.location.hash = '';
});
afterEach(cleanup);

describe('Board', () => {
  it('shows a worse signal with value, sigma and word', () => {
    show([prompt({ signals: [signal({})] })]);
    const cells = within(row('support'));
    expect(cells.getByText('20.4')).toBeTruthy();
    expect(cells.getByText('3.6 σ')).toBeTruthy();
    expect(cells.getByText('worse')).toBeTruthy();
  });

  it('says on the row that the lever was not proven, before what else is to improve', () => {
    const finding = (id: string) => ({ id, severity: 'warning' as const, text: id });
    const findings = [finding('no-chat'), finding('killswitch-not-proven')];
    show([
      prompt({ readiness: { ok: true, findings } }),
      prompt({ id: 'other', readiness: { ok: true, findings: findings.slice(0, 1) } }),
    ]);
    expect(within(row('support')).getByText('lever not proven')).toBeTruthy();
    expect(within(row('other')).getByText('1 to improve')).toBeTruthy();
  });

  it('says once in the detail that a lever was never proven', () => {
    const proofs = { killswitch: null, practice: null };
    const text = 'No real flip of its killswitch was ever seen in traffic';
    const finding = { id: 'killswitch-not-proven', severity: 'warning' as const, text };
    const detail = (findings: PromptStatus['readiness']['findings']) => {
      window.location.hash = '#/board/support';
      show([prompt({ readiness: { ok: true, findings, proofs } })]);
      const said = screen.getByRole('region', { name: 'Readiness' }).textContent;
      cleanup();
      return said;
    };
    expect(detail([finding])).toBe(
      `ReadinessImprove: ${text}Proof and practice Overdue: never practised in a drill`,
    );
    expect(detail([])).toContain('Overdue: killswitch never proven by a real flip');
  });

  it('shows the sigma that may be acted on, and what could be seen', () => {
    const stream = { signal: 'complaints', cohort: 'all' } as const;
    const evidence = {
      ...stream,
      basis: 'comparison',
      evidence: 60,
      watchLine: 88,
      pageLine: 1482,
      anytimeSigma: 0.6,
      state: 'quiet',
      candidate: { units: 40, events: 2 },
      control: { units: 800, events: 4 },
      effect: null,
      onset: null,
      isFrozen: false,
    } as const;
    const meter = {
      ...stream,
      smallestIn5Min: null,
      smallestIn60Min: 4.4,
      minutesTo2x: 120,
      minutesTo4x: 9,
      until2xMin: 90,
      until4xMin: 38,
      blindUntilMs: NOW + 38 * 60_000,
      unknownBecause: null,
    };
    show([prompt({ signals: [signal({})], evidence: [evidence], meter: [meter] })]);
    const cells = within(row('support'));
    expect(cells.getByText('0.6 σ')).toBeTruthy();
    expect(cells.getByText('blind, 40 min')).toBeTruthy();
    expect(cells.getByText('4x in ~9 min')).toBeTruthy();
    fireEvent.click(cells.getByText('blind, 40 min'));
    expect(useOverlays.getState().ruleSubject).toEqual({
      promptId: 'support',
      signal: 'complaints',
      cohort: 'all',
    });
    expect(window.location.hash).toBe('');
  });

  it('says of a prompt without a candidate that there is nothing to compare', () => {
    show([prompt({ candidate: null })]);
    const text = row('support').textContent ?? '';
    expect(text.match(/nothing to compare/g)).toHaveLength(4);
    expect(text).not.toContain('no data');
  });

  it('says no data and no traffic, never a zero', () => {
    show([
      prompt({
        signals: [signal({ verdict: 'unknown', candidateValue: null, controlValue: null, sigma: null })],
      }),
    ]);
    const text = row('support').textContent ?? '';
    expect(text).toContain('no traffic seen');
    expect(text.match(/no data/g)).toHaveLength(4);
    expect(text).not.toMatch(/\b0(\.0+)?\b/);
  });

  it('puts the age in the place of an old sigma', () => {
    show([prompt({ signals: [signal({ asOfMs: NOW - 600_000 })] })]);
    expect(within(row('support')).queryByText('3.6 σ')).toBeNull();
    expect(row('support').textContent).toContain('old, 10 min');
  });

  it('does not call a flag off that could not be read', () => {
    show([prompt({ leverError: 'Unleash refuses the token (401).' })]);
    expect(row('support').textContent).toContain('not readable');
  });

  it('opens the incident with Enter while one is open, else the details', () => {
    show([prompt({ openIncidentId: 'INC-1' }), prompt({ id: 'other', title: 'zz_other' })]);
    fireEvent.keyDown(row('support'), { key: 'Enter' });
    expect(window.location.hash).toBe('#/incident/INC-1');
    fireEvent.keyDown(row('other'), { key: 'Enter' });
    expect(window.location.hash).toBe('#/board/other');
  });

  it('is not calm while nothing is heard from the engine', () => {
    show([prompt({ signals: [signal({ verdict: 'none' })] })]);
    const sentence = screen.getByText('No difference seen in 1 of 1 prompt on trial.').parentElement;
    expect(sentence?.dataset['tone']).toBe('ok');
    act(() => showConnection({ name: 'stale', silentSinceMs: 0 }));
    expect(sentence?.dataset['tone']).toBe('unknown');
  });

  it('declares an incident with a reason, once, and keeps the reason when it fails', async () => {
    const declare = vi
      .fn<(input: Record<string, unknown>) => Promise<unknown>>()
      .mockRejectedValueOnce(new Error('disk full'));
    show([prompt({})], { incident: { declare } });
    fireEvent.click(screen.getByRole('button', { name: 'Declare incident' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Declare incident' }));
    const reason = dialog.getByLabelText('What is wrong, in a sentence');
    expect(dialog.getByRole<HTMLButtonElement>('button', { name: 'Declare incident' }).disabled).toBe(true);
    fireEvent.change(reason, { target: { value: ' rude answers ' } });
    fireEvent.click(dialog.getByRole('button', { name: 'Declare incident' }));
    expect(await dialog.findByText(/disk full/)).toBeTruthy();
    expect(localStorage.getItem('fusebox.draft.declare:support')).toBe(' rude answers ');
    declare.mockResolvedValueOnce({ id: 'INC-9' });
    fireEvent.click(dialog.getByRole('button', { name: 'Declare incident' }));
    await vi.waitFor(() => expect(window.location.hash).toBe('#/incident/INC-9'), { timeout: 10_000 });
    expect(declare.mock.lastCall?.[0]).toMatchObject({ promptId: 'support', reason: 'rude answers' });
    expect(localStorage.getItem('fusebox.draft.declare:support')).toBeNull();
  });
});
