import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DrillMark } from '#shared/model/drill.ts';
import { BEGIN_MS, drillState, drillSummary, scenarioSummary } from './fixture.ts';
import { button, fakeClient, show } from './show-gameday.tsx';

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

  it('says where a scenario comes from', async () => {
    const scenarios = [
      scenarioSummary(),
      scenarioSummary({ id: 'ours', title: 'Ours', source: 'own' }),
      scenarioSummary({ id: 'kept', title: 'Kept', source: 'recorded', bundleOf: 'INC-20260509-1' }),
    ];
    show(fakeClient({ scenarios }), null);
    await screen.findByRole('heading', { name: 'Regressions' });
    const chosen = within(screen.getByRole('region', { name: 'Chosen' }));
    // The first by title.
    expect(chosen.getByText("your team's own")).toBeTruthy();
    fireEvent.click(button(/greeting/));
    expect(chosen.getByText('from the library')).toBeTruthy();
    fireEvent.click(button(/Kept/));
    expect(chosen.getByText('recorded from INC-20260509-1')).toBeTruthy();
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
