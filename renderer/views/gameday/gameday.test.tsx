import { MantineProvider } from '@mantine/core';
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { receiveMessage, showConnection } from '#renderer/live/live-store.ts';
import type {
  DrillMark,
  DrillState,
  DrillSummary,
  ScenarioProblem,
  ScenarioSummary,
} from '#shared/model/drill.ts';
import type { LiveState } from '#shared/model/live.ts';
import type { Person } from '#shared/model/team.ts';
import { BEGIN_MS, drillReport, drillState, drillSummary, scenarioSummary } from './fixture.ts';
import { GameDayView } from './index.tsx';

const SCENARIOS = [
  scenarioSummary(),
  scenarioSummary({ id: 'stale-workers', kind: 'leak', leak: 5, title: 'Half the workers are stale' }),
  scenarioSummary({ id: 'noise', kind: 'quiet', title: 'Only noise' }),
];

function fakeClient(over: { scenarios?: ScenarioSummary[]; reports?: DrillSummary[] } = {}) {
  const state = vi.fn(async () => drillState());
  return {
    drill: {
      scenarios: vi.fn(async () => over.scenarios ?? SCENARIOS),
      scenarioProblems: vi.fn(async (): Promise<ScenarioProblem[]> => []),
      reports: vi.fn(async () => over.reports ?? []),
      prepare: vi.fn(async (_wish: object) => drillState({ phase: 'preparing' })),
      begin: state,
      setSpeed: vi.fn(async (_wish: object) => drillState()),
      inject: vi.fn(async (_wish: object) => drillState()),
      withdraw: vi.fn(async (_wish: object) => drillState()),
      hint: vi.fn(async (_wish: object) => drillState()),
      finish: vi.fn(async () => drillReport()),
      abort: vi.fn(async (_wish: object) => drillReport({ outcome: 'aborted' })),
      openBundle: vi.fn(async (_wish: object) => scenarioSummary({ id: 'kept', source: 'recorded' })),
      record: vi.fn(async (_wish: object) => ({
        scenario: scenarioSummary({ id: 'kept', title: 'Recorded one', source: 'recorded' }),
        fileName: 'kept.json',
        text: '{}',
      })),
    },
    incident: {
      list: vi.fn(async () => [{ id: 'INC-20260509-1', promptTitle: 'Support', status: 'closed' }]),
    },
  };
}

function show(
  client: ReturnType<typeof fakeClient>,
  drill: DrillState | null,
  mark: DrillMark | null = null,
  person?: Person,
) {
  push(drill, mark, person);
  showConnection({ name: 'live' });
  render(
    <MantineProvider forceColorScheme="dark">
      <ClientProvider value={client as unknown as Client}>
        <GameDayView />
      </ClientProvider>
    </MantineProvider>,
  );
}

function push(drill: DrillState | null, mark: DrillMark | null = null, person?: Person) {
  const state = {
    engine: { clockSpeed: 1, startedAtMs: 0, drill: mark, person },
    prompts: { support: { id: 'support', title: 'Support agent', openIncidentId: null } },
    incidents: {},
    sources: {},
    dataUpToMs: null,
    drill,
  } as unknown as LiveState;
  receiveMessage({ type: 'snapshot', seq: 1, nowMs: BEGIN_MS, state }, performance.now());
}

const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });

beforeEach(() => {
  window.location.hash = '#/gameday';
  localStorage.clear();
  Element.prototype.scrollIntoView = () => undefined;
});
afterEach(cleanup);

describe('the library', () => {
  it('shows scenarios in groups, filters them, and says what a chosen one is for', async () => {
    show(fakeClient(), null);
    expect(await screen.findByRole('heading', { name: 'Regressions' })).toBeTruthy();
    expect(screen.getByRole('heading', { name: 'Leaks of the loop' })).toBeTruthy();
    fireEvent.change(screen.getByLabelText('Filter scenarios'), { target: { value: 'leak 5' } });
    expect(screen.queryByRole('heading', { name: 'Regressions' })).toBeNull();
    fireEvent.click(button(/Half the workers are stale/));
    const chosen = within(screen.getByRole('region', { name: 'Chosen' }));
    expect(chosen.getByText(/5: half the workers/)).toBeTruthy();
    expect(chosen.getByText(/40 min of its own time; 4 min at 10x/)).toBeTruthy();
    fireEvent.change(screen.getByLabelText('Filter scenarios'), { target: { value: 'zebra' } });
    expect(screen.getByText('No scenario matches')).toBeTruthy();
    fireEvent.click(button('Show all scenarios'));
    expect(screen.getByRole('heading', { name: 'Regressions' })).toBeTruthy();
  });

  it('prepares with names, cast and seed, and refuses what cannot be one', async () => {
    const client = fakeClient();
    show(client, null);
    await screen.findByRole('heading', { name: 'Regressions' });
    fireEvent.change(screen.getByLabelText('Seed'), { target: { value: '1.5' } });
    expect(screen.getByText(/A seed is a whole number/)).toBeTruthy();
    expect(button('Prepare drill').disabled).toBe(true);
    fireEvent.change(screen.getByLabelText('Seed'), { target: { value: '7' } });
    fireEvent.change(screen.getByLabelText('Participants'), { target: { value: 'ana, ben' } });
    fireEvent.change(screen.getByLabelText('Stands for'), { target: { value: 'support' } });
    fireEvent.click(button('Prepare drill'));
    await waitFor(() =>
      expect(client.drill.prepare).toHaveBeenCalledWith(
        expect.objectContaining({
          scenarioId: 'greeting-regression',
          seed: 7,
          participants: ['ana', 'ben'],
          castPromptId: 'support',
        }),
        expect.anything(),
      ),
    );
  });

  it('is empty, or says that it could not be read and asks again', async () => {
    show(fakeClient({ scenarios: [] }), null);
    expect(await screen.findByText('No scenario yet')).toBeTruthy();
    expect(await screen.findByText('No drill so far')).toBeTruthy();
    cleanup();
    const client = fakeClient();
    client.drill.scenarios.mockRejectedValueOnce(new Error('the folder is gone'));
    show(client, null);
    expect((await screen.findByRole('alert')).textContent).toContain('The library could not be read');
    fireEvent.click(button('Try again'));
    expect(await screen.findByRole('heading', { name: 'Regressions' })).toBeTruthy();
  });

  it('says which files cannot be played, where, and what to write', async () => {
    const client = fakeClient();
    client.drill.scenarioProblems.mockResolvedValue([
      {
        file: 'ours.yaml',
        line: 3,
        path: 'kind',
        message: 'There is no kind "regresion".',
        fix: 'Write "regression".',
      },
    ]);
    show(client, null);
    const summary = await screen.findByText(/1 file cannot be played/);
    expect(summary.parentElement?.textContent).toContain('ours.yaml:3 kind');
    expect(summary.parentElement?.textContent).toContain('Write "regression".');
  });

  it('takes a bundle from a file, and says why one is none', async () => {
    const client = fakeClient();
    show(client, null);
    await screen.findByRole('heading', { name: 'Regressions' });
    const file = (text: string) => new File([text], 'bundle.json');
    fireEvent.change(screen.getByLabelText('Bundle file'), { target: { files: [file('{"a":1}')] } });
    await waitFor(() =>
      expect(client.drill.openBundle).toHaveBeenCalledWith(expect.objectContaining({ text: '{"a":1}' })),
    );
    client.drill.openBundle.mockRejectedValueOnce(
      Object.assign(new Error('no'), {
        code: 'REFUSED',
        data: { reason: 'This is not a bundle: line 1.', fix: 'Choose a file that Record wrote.' },
      }),
    );
    fireEvent.change(screen.getByLabelText('Bundle file'), { target: { files: [file('x')] } });
    expect((await screen.findByRole('alert')).textContent).toContain('This is not a bundle: line 1.');
  });

  it('records an incident as a scenario', async () => {
    const client = fakeClient();
    show(client, null);
    await screen.findByRole('heading', { name: 'Regressions' });
    fireEvent.click(button(/Record an incident/));
    const dialog = within(await screen.findByRole('dialog'));
    fireEvent.click(await dialog.findByLabelText(/Save it as a file/));
    fireEvent.click(dialog.getByRole('button', { name: 'Record' }));
    await waitFor(() =>
      expect(client.drill.record).toHaveBeenCalledWith(
        expect.objectContaining({ incidentId: 'INC-20260509-1' }),
      ),
    );
  });

  it('says what became of the last drill, and lists them with their trend', async () => {
    const reports = [
      drillSummary({ endedAtMs: BEGIN_MS - 20, points: { earned: 18, possible: 24 } }),
      drillSummary({ drillId: 'D-1', endedAtMs: BEGIN_MS - 30, points: { earned: 12, possible: 24 } }),
    ];
    show(fakeClient({ reports }), null);
    const last = within(await screen.findByRole('region', { name: 'Last drill' }));
    expect(last.getByRole('link', { name: 'Open debrief' }).getAttribute('href')).toBe(
      '#/gameday/DRILL-20260509-1',
    );
    expect(screen.getByText('50 % → 75 %')).toBeTruthy();
    expect(screen.getByText('25 better than the time before')).toBeTruthy();
    cleanup();
    show(fakeClient({ reports: [drillSummary({ endedAtMs: BEGIN_MS - 2 * 3600_000 })] }), null);
    expect(await screen.findByText('played once')).toBeTruthy();
    expect(screen.queryByRole('region', { name: 'Last drill' })).toBeNull();
  });

  it('says why a world could not be built, and that an aborted drill was aborted', async () => {
    show(fakeClient(), drillState({ phase: 'failed', detail: 'Port 4318 is taken.' }));
    expect((await screen.findByRole('alert')).textContent).toContain('Port 4318 is taken.');
    cleanup();
    const sentence = 'Aborted: the engine was started again.';
    show(
      fakeClient({ reports: [drillSummary({ outcome: 'aborted', sentence, endedAtMs: BEGIN_MS - 5 })] }),
      null,
    );
    expect((await screen.findByRole('region', { name: 'Last drill' })).textContent).toContain(sentence);
  });

  it('is not there in the world of a drill', () => {
    show(fakeClient(), null, { phase: 'running' } as DrillMark);
    expect(screen.getByText('Game day is not part of a drill')).toBeTruthy();
  });
});

describe('the console', () => {
  it('shows that the world is being built', () => {
    show(fakeClient(), drillState({ phase: 'preparing', detail: 'Writing 20 minutes of past traffic.' }));
    expect(screen.getByText('Writing 20 minutes of past traffic.', { selector: 'strong' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Begin drill/ })).toBeNull();
  });

  it('has the brief, the hidden onset, and begins', async () => {
    const client = fakeClient();
    show(
      client,
      drillState({ phase: 'briefing', beginMs: null, onsetMs: null, endsMs: null, incidents: [] }),
    );
    expect(screen.getByRole('region', { name: 'Read this out' }).textContent).toContain('You are on call');
    expect(screen.getByText(/counted from the moment you begin/)).toBeTruthy();
    fireEvent.click(button(/Begin drill/));
    await waitFor(() => expect(client.drill.begin).toHaveBeenCalledTimes(1));
    const link = screen.getByRole('link', { name: /Open participants' view/ });
    expect(link.getAttribute('href')).toMatch(/\?drill#\/board$/);
    expect(link.getAttribute('rel')).toBe('opener');
  });

  it('moves the clock', async () => {
    const client = fakeClient();
    show(client, drillState());
    const group = within(screen.getByRole('group', { name: 'Clock' }));
    expect(group.getByRole('button', { name: '10x' }).getAttribute('aria-pressed')).toBe('true');
    fireEvent.click(group.getByRole('button', { name: '60x' }));
    await waitFor(() =>
      expect(client.drill.setSpeed).toHaveBeenCalledWith(expect.objectContaining({ speed: 60 })),
    );
    fireEvent.click(group.getByRole('button', { name: 'Pause' }));
    await waitFor(() =>
      expect(client.drill.setSpeed).toHaveBeenLastCalledWith(expect.objectContaining({ speed: 0 })),
    );
  });

  it('shows every step of an incident against its target', () => {
    show(fakeClient(), drillState());
    const steps = within(screen.getByRole('region', { name: 'INC-20260509-1' })).getAllByRole('listitem');
    expect(steps).toHaveLength(7);
    expect(steps[0]!.textContent).toMatch(/detect2:00 \/ 5 min/);
    expect(steps[1]!.textContent).toMatch(/identify2:00 \/ 1 min over/);
    expect(steps[2]!.getAttribute('aria-current')).toBe('step');
  });

  it('injects a fault drawn from its form, and withdraws one', async () => {
    const client = fakeClient();
    show(client, drillState());
    fireEvent.click(button(/^Withdraw: v18/));
    await waitFor(() =>
      expect(client.drill.withdraw).toHaveBeenCalledWith(expect.objectContaining({ faultId: 'f1' })),
    );
    fireEvent.click(button('Inject a fault'));
    const dialog = within(await screen.findByRole('dialog'));
    fireEvent.change(dialog.getByLabelText('What goes wrong'), { target: { value: 'stale-workers' } });
    fireEvent.change(dialog.getByLabelText('Share of workers, %'), { target: { value: '150' } });
    expect(dialog.getByText('Share of workers, %: 100 at most.')).toBeTruthy();
    fireEvent.change(dialog.getByLabelText('Share of workers, %'), { target: { value: '25' } });
    fireEvent.click(dialog.getByRole('button', { name: 'Inject now' }));
    await waitFor(() =>
      expect(client.drill.inject).toHaveBeenCalledWith(
        expect.objectContaining({
          fault: { kind: 'stale-workers', prompt: 'customer_support_agent', share01: 0.25 },
        }),
      ),
    );
  });

  it('gives the next hint, and one in own words', async () => {
    const client = fakeClient();
    show(client, drillState());
    fireEvent.click(button(/Give next hint/));
    await waitFor(() =>
      expect(client.drill.hint).toHaveBeenCalledWith(expect.objectContaining({ text: null })),
    );
    fireEvent.change(screen.getByLabelText('Hint in your own words'), { target: { value: ' Look left. ' } });
    await waitFor(() => expect(button('Give').disabled).toBe(false));
    fireEvent.click(button('Give'));
    await waitFor(() =>
      expect(client.drill.hint).toHaveBeenLastCalledWith(expect.objectContaining({ text: 'Look left.' })),
    );
  });

  it('finishes into the debrief, and aborts only with a reason', async () => {
    const client = fakeClient();
    show(client, drillState());
    fireEvent.click(button('Abort drill'));
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByRole<HTMLButtonElement>('button', { name: 'Abort drill' }).disabled).toBe(true);
    fireEvent.change(dialog.getByLabelText('Why, in a sentence'), { target: { value: 'A real one.' } });
    fireEvent.click(dialog.getByRole('button', { name: 'Abort drill' }));
    await waitFor(() =>
      expect(client.drill.abort).toHaveBeenCalledWith(
        expect.objectContaining({ reason: 'A real one.' }),
        expect.anything(),
      ),
    );
    fireEvent.click(button('Finish and score'));
    await waitFor(() => expect(window.location.hash).toBe('#/gameday/DRILL-20260509-1'));
  });

  it('says what a refused command means', async () => {
    const client = fakeClient();
    client.drill.setSpeed.mockRejectedValueOnce(
      Object.assign(new Error('no'), {
        code: 'REFUSED',
        data: { reason: 'The drill has ended.', fix: 'Go on.' },
      }),
    );
    show(client, drillState());
    fireEvent.click(within(screen.getByRole('group', { name: 'Clock' })).getByRole('button', { name: '1x' }));
    expect((await screen.findByRole('alert')).textContent).toContain('The drill has ended.');
  });

  it('tells people who may not run drills nothing of what is wrong', () => {
    show(fakeClient(), drillState(), null, { name: 'ben', roles: ['responder'], owns: [], team: [] });
    expect(screen.getByText('A drill is under way: The greeting is gone')).toBeTruthy();
    expect(screen.getByRole('link', { name: "Open participants' view" })).toBeTruthy();
    expect(document.body.textContent).not.toContain('onset');
    expect(document.body.textContent).not.toContain('v18');
  });

  it('sends nothing while the connection is not live', () => {
    show(fakeClient(), drillState());
    act(() => showConnection({ name: 'stale', silentSinceMs: 0 }));
    expect(button('Finish and score').disabled).toBe(true);
  });
});
