import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Culprit } from '#shared/model/detection.ts';
import { CulpritLine, Suspects } from './culprit.tsx';

const culprit: Culprit = {
  isUnexplained: false,
  sentence: 'v18 went to 5 % two minutes before the complaints began.',
  suspects: [
    {
      kind: 'flag',
      what: 'v18 to 5 %',
      atMs: 1_000_000,
      by: 'mira',
      source: 'unleash',
      weight01: 0.8,
      reason: 'v18 to 5 % 81 s before; v17 on the same traffic did not move.',
    },
    {
      kind: 'deploy',
      what: 'agent 12',
      atMs: 900_000,
      by: null,
      source: 'ci',
      weight01: 0.1,
      reason: 'Both run on it.',
    },
  ],
};

afterEach(cleanup);

describe('who did it', () => {
  it('is one line with a way to the suspects', () => {
    const onShow = vi.fn<() => void>();
    render(<CulpritLine culprit={culprit} onShow={onShow} />);
    expect(screen.getByText(culprit.sentence)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: '2 suspects' }));
    expect(onShow).toHaveBeenCalledOnce();
  });

  it('offers no suspects where nothing of theirs explains it', () => {
    const sentence = 'No change of yours explains it: check the provider.';
    render(
      <CulpritLine culprit={{ isUnexplained: true, sentence, suspects: [] }} onShow={() => undefined} />,
    );
    expect(screen.getByText(sentence)).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('ranks them with their reasons, likeliest first', () => {
    render(<Suspects culprit={culprit} />);
    const rows = screen.getAllByRole('listitem').map((row) => row.textContent);
    expect(rows[0]).toContain('v18 to 5 % by mira81 s before; v17 on the same traffic did not move.');
    expect(rows[1]).toContain('Both run on it.');
    expect(screen.getByRole('meter', { name: 'Weight of suspect 1' }).getAttribute('value')).toBe('0.8');
  });
});
