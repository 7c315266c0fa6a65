import { MantineProvider } from '@mantine/core';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { receiveMessage } from '#renderer/live/live-store.ts';
import type { EvidenceReading } from '#shared/model/detection.ts';
import type { LiveState } from '#shared/model/live.ts';
import { useOverlays, type RuleSubject } from './overlays.ts';
import { RuleDialog } from './rule-dialog.tsx';

const reading: EvidenceReading = {
  signal: 'complaints',
  cohort: 'acme',
  basis: 'comparison',
  evidence: 4031.2,
  watchLine: 351.6,
  pageLine: 5926.4,
  anytimeSigma: 2.6,
  state: 'watch',
  candidate: { units: 400, events: 12 },
  control: { units: 7600, events: 38 },
  effect: { value: 4.1, low: 2.1, high: 8 },
  onset: null,
  isFrozen: false,
};

async function open(subject: RuleSubject | null) {
  const state = {
    engine: { clockSpeed: 0 },
    prompts: {
      support: {
        id: 'support',
        title: 'support_agent',
        candidate: 'v18',
        evidence: [reading],
        signals: [],
        meter: [],
      },
    },
    incidents: {},
    sources: {},
    drill: null,
    dataUpToMs: 0,
  } as unknown as LiveState;
  receiveMessage({ type: 'snapshot', seq: 1, nowMs: 1_000, state }, performance.now());
  useOverlays.getState().openRule(subject);
  render(
    <MantineProvider forceColorScheme="dark">
      <RuleDialog />
    </MantineProvider>,
  );
  return screen.findByRole('dialog', { name: 'How this is decided' });
}

afterEach(cleanup);

describe('How this is decided', () => {
  it('puts the figure somebody asked about first, with its own lines', async () => {
    const dialog = await open({ promptId: 'support', signal: 'complaints', cohort: 'acme' });
    const text = dialog.textContent ?? '';
    expect(text).toContain('complaints, acme, support_agent: worse, confirming');
    expect(text).toContain('12 of 400 against 38 of 7,600');
    expect(text).toContain('2.6 sigma; watch at 2, page at 3');
    expect(text).toContain('4,031; this stream’s lines: 352 and 5,926');
    expect(text.indexOf('12 of 400')).toBeLessThan(text.indexOf('The rule'));
  });

  it('takes its numbers from the rule itself', async () => {
    const text = (await open(null)).textContent ?? '';
    expect(text).not.toContain('support_agent');
    expect(text).toContain('evidence 740.8 (3 sigma)');
    expect(text).toContain('evidence 44.0 (2 sigma)');
    expect(text).toContain('1.4x, 2x, 3x, 5x, 10x');
    expect(text).toContain('Why one may trust this');
  });
});
