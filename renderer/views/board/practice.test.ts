import { describe, expect, it } from 'vitest';
import type { KillswitchProof, LastPractice } from '#shared/model/prompt.ts';
import { practiceLines } from './practice.ts';

const DAY = 24 * 3_600_000;
const NOW = Date.UTC(2026, 4, 9);
const killswitch: KillswitchProof = {
  operationId: 'op-1',
  incidentId: 'INC-20260129-1',
  lever: 'flag',
  by: 'ana',
  atMs: NOW - 100 * DAY,
  tookMs: 54_000,
};
const practice: LastPractice = {
  drillId: 'DRILL-1',
  title: 'The shorter greeting',
  by: ['ana', 'ben'],
  atMs: NOW - DAY,
};

describe('proof and practice of a prompt', () => {
  it('are overdue when there were none', () => {
    expect(practiceLines({ killswitch: null, practice: null }, NOW)).toMatchObject([
      { what: 'killswitch', text: 'killswitch never proven by a real flip', isOverdue: true, href: null },
      { what: 'practised', text: 'never practised in a drill', isOverdue: true, href: null },
    ]);
  });

  it('are two facts: a drill does not prove the lever', () => {
    const [proven, practised] = practiceLines({ killswitch, practice }, NOW);
    expect(proven).toMatchObject({
      text: 'killswitch last proven 2026-01-29 by ana: 54 s from press to seen in traffic',
      isOverdue: true,
    });
    expect(proven?.href).toContain('INC-20260129-1');
    expect(practised).toMatchObject({
      text: 'last practised 2026-05-08 (The shorter greeting) by ana, ben',
      isOverdue: false,
    });
    expect(practised?.href).toContain('DRILL-1');
  });
});
