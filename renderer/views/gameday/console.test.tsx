import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { showConnection } from '#renderer/live/live-store.ts';
import { drillState } from './fixture.ts';
import { button, fakeClient, show } from './show-gameday.tsx';

beforeEach(() => {
  window.location.hash = '#/gameday';
  localStorage.clear();
  Element.prototype.scrollIntoView = () => undefined;
});
afterEach(cleanup);

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
