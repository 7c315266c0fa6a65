import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '#renderer/client/client.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { receiveMessage, showConnection } from '#renderer/live/live-store.ts';
import type { DrillReport } from '#shared/model/drill.ts';
import type { LiveState } from '#shared/model/live.ts';
import { drillReport } from '../fixture.ts';
import { badSentence } from './bad-panel.tsx';
import { DebriefView } from './index.tsx';

function show(report: () => Promise<DrillReport>) {
  const state = {
    engine: { clockSpeed: 1, drill: null },
    prompts: {},
    incidents: {},
    sources: {},
    dataUpToMs: null,
    drill: null,
  } as unknown as LiveState;
  receiveMessage({ type: 'snapshot', seq: 1, nowMs: 0, state }, performance.now());
  showConnection({ name: 'live' });
  render(
    <MantineProvider forceColorScheme="dark">
      <ClientProvider value={{ drill: { report } } as unknown as Client}>
        <DebriefView />
      </ClientProvider>
    </MantineProvider>,
  );
}

beforeEach(() => {
  window.location.hash = '#/gameday/DRILL-20260509-1';
  Element.prototype.scrollIntoView = () => undefined;
});
afterEach(cleanup);

describe('the debrief', () => {
  it('shows score, steps, wrong turns and what Fusebox had to say', async () => {
    show(async () => drillReport());
    expect(await screen.findByText('63 %')).toBeTruthy();
    expect(screen.getByText(/15 of 24 points: rolled back/)).toBeTruthy();
    const steps = within(screen.getByRole('table', { name: 'Each step against its target' }));
    expect(steps.getByRole('row', { name: /identify 1 min 20 s 1 min over target 2 of 4/ })).toBeTruthy();
    expect(
      steps.getByRole('row', { name: /eval case – 1 d not needed|eval case – 24 h not needed/ }),
    ).toBeTruthy();
    expect(screen.getByRole('region', { name: 'Wrong turns' }).textContent).toContain('+10:00');
    const checks = within(screen.getByRole('table', { name: 'What Fusebox had to say' }));
    expect(checks.getByRole('row', { name: 'verdict recovered partial missed' })).toBeTruthy();
    expect(screen.getByText(/Killswitch support_prompt_rollout: 11 s/)).toBeTruthy();
  });

  it('shows what it cost as a chart and as its table twin', async () => {
    show(async () => drillReport());
    const bad = within(await screen.findByRole('region', { name: 'Bad conversations' }));
    expect(bad.getByRole('img', { name: /41 served badly: 259 fewer/ })).toBeTruthy();
    fireEvent.click(bad.getByRole('button', { name: 'Show as table' }));
    expect(bad.getByRole('row', { name: 'best possible 22' })).toBeTruthy();
    expect(bad.getByRole('row', { name: 'no response 300' })).toBeTruthy();
  });

  it('is replayed by the slider, by the buttons and by choosing an event', async () => {
    show(async () => drillReport());
    const slider = await screen.findByRole('slider', { name: 'Moment of the drill' });
    const moment = () => screen.getByRole('region', { name: 'At that moment' }).textContent ?? '';
    expect(moment()).toContain('before anything was wrong');
    fireEvent.change(slider, { target: { value: '3' } });
    expect(slider.getAttribute('aria-valuetext')).toBe('+8:00: v18 to v17, flag.');
    expect(moment()).toContain('leverv18 to v17, flag.');
    expect(moment()).toContain('4 min after the onset');
    fireEvent.click(screen.getByRole('button', { name: 'Event after' }));
    expect(moment()).toContain('verdictrecovered');
    fireEvent.click(screen.getByRole('button', { name: /INC-20260509-1 opened/ }));
    expect(moment()).toContain('1 open, 0 closed');
  });

  it('has no score for an aborted drill, and no replay of nothing', async () => {
    show(async () => drillReport({ outcome: 'aborted', sentence: 'Aborted: a real incident.', events: [] }));
    expect(await screen.findByText('no score')).toBeTruthy();
    expect(screen.getByText('No event was recorded.')).toBeTruthy();
  });

  it('says that it could not be read, and leads back', async () => {
    show(async () => {
      throw new Error('no such drill');
    });
    expect((await screen.findByRole('alert')).textContent).toContain('could not be read');
    expect(screen.getByRole('link', { name: 'All drills' }).getAttribute('href')).toBe('#/gameday');
  });

  it('says what it cost in one sentence', () => {
    expect(badSentence({ served: 0, best: 0, untouched: 0 })).toContain('Nothing was broken');
    expect(badSentence({ served: 22, best: 22, untouched: 300 })).toContain(
      'no response could have been better',
    );
    expect(badSentence({ served: 41, best: 22, untouched: 300 })).toBe(
      '41 served badly: 259 fewer than without any response, 19 more than was possible.',
    );
  });
});
