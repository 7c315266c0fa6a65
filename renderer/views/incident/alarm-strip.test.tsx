import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useOverlays } from '#renderer/app/overlays.ts';
import type { Alarm, EvidenceReading, StreamId } from '#shared/model/detection.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { AlarmStrip } from './alarm-strip.tsx';

const alarm: Alarm = {
  atMs: 1_000_000,
  class: 'page',
  signal: 'complaints',
  cohort: 'acme',
  basis: 'comparison',
  rule: 'two-at-watch',
  sigma: 2.4,
  evidence: 900,
  alsoSignal: 'csat',
  effect: null,
  onset: null,
  sentence: 'Complaints 4.1x and csat lower on v18, acme',
  resolvedAtMs: null,
};
const reading = (cohort: string, evidence: number) =>
  ({ signal: 'complaints', cohort, basis: 'comparison', evidence }) as unknown as EvidenceReading;

function show(
  incident: Partial<Incident>,
  prompt: Partial<PromptStatus> | null,
  evidence: EvidenceReading[] = [],
) {
  const onShow = vi.fn<(signal: StreamId, cohort: string) => void>();
  render(
    <AlarmStrip
      incident={{ promptId: 'support', status: 'open', alarm: null, ...incident } as Incident}
      prompt={prompt === null ? null : ({ alarms: [], notices: [], ...prompt } as unknown as PromptStatus)}
      evidence={evidence}
      onShow={onShow}
      onShowTraces={() => undefined}
    />,
  );
  return { onShow, text: document.body.textContent ?? '' };
}

afterEach(cleanup);

describe('AlarmStrip', () => {
  it('says what alarmed and by which rule, and leads to both signals', () => {
    const { onShow, text } = show({ alarm }, null);
    expect(text).toContain('Two signals passed the watch line together.');
    fireEvent.click(screen.getByRole('button', { name: 'csat' }));
    expect(onShow).toHaveBeenCalledWith('csat', 'acme');
    fireEvent.click(screen.getByRole('button', { name: 'why this paged' }));
    expect(useOverlays.getState().ruleSubject).toEqual({
      promptId: 'support',
      signal: 'complaints',
      cohort: 'acme',
    });
  });

  it('lists the cohorts that are affected now, and leads to them', () => {
    const { onShow } = show({ alarm }, null, [reading('acme', 4000), reading('basic', 0.7)]);
    expect(screen.queryByRole('button', { name: 'basic' })).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'acme' }));
    expect(onShow).toHaveBeenCalledWith('complaints', 'acme');
  });

  it('marks an alarm against history as weaker', () => {
    expect(show({ alarm: { ...alarm, basis: 'history' } }, null).text).toContain('weaker evidence');
  });

  it('says a wrong split and what both versions share, and nothing where there is nothing', () => {
    const split: Alarm = {
      ...alarm,
      class: 'watch',
      rule: 'split',
      signal: 'split',
      sentence: 'v18 runs in 8 %',
    };
    const notices = [{ atMs: 1_000_000, sentence: 'both versions got worse, probably not this prompt' }];
    const { text } = show({}, { alarms: [split], notices });
    expect(text).toContain('v18 runs in 8 %');
    expect(text).toContain('both versions got worse');
    cleanup();
    expect(show({}, { alarms: [{ ...split, resolvedAtMs: 2_000_000 }], notices: [] }).text).toBe('');
    cleanup();
    expect(show({ status: 'closed' }, { alarms: [split], notices }).text).toBe('');
  });
});
