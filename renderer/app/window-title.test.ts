import { expect, it } from 'vitest';
import { windowTitle, type TitleFacts } from './window-title.ts';

const calm: TitleFacts = {
  connection: { name: 'live' },
  openIncidents: [],
  isDrill: false,
  onTrial: 12,
  goodPrompts: 11,
  worsePrompts: 0,
  downSources: 0,
  nowMs: 100_000,
};

it('says the worst state with its age, and calm when it is', () => {
  expect(windowTitle(calm)).toBe('11 of 12 ok · Fusebox');
  expect(windowTitle({ ...calm, onTrial: 0, goodPrompts: 0 })).toBe('none on trial · Fusebox');
  expect(windowTitle({ ...calm, worsePrompts: 1 })).toBe('1 worse? · Fusebox');
  expect(windowTitle({ ...calm, downSources: 1 })).toBe('1 source down · Fusebox');
  const openIncidents = [{ declaredAtMs: 60_000, severity: 'P2' as const }];
  expect(windowTitle({ ...calm, openIncidents, downSources: 2 })).toBe('1 incident, 40 s · Fusebox');
});

it('never looks calm while nothing is heard', () => {
  const lost = { ...calm, connection: { name: 'stale', silentSinceMs: 0 } as const };
  expect(windowTitle(lost)).toBe('not current · Fusebox');
  expect(windowTitle({ ...lost, openIncidents: [{ declaredAtMs: 60_000, severity: 'P1' }] })).toBe(
    '1 incident, 40 s · not current · Fusebox',
  );
});

it('says first that it is a drill', () => {
  expect(windowTitle({ ...calm, isDrill: true })).toBe('DRILL · 11 of 12 ok · Fusebox');
  expect(windowTitle({ ...calm, isDrill: true, connection: { name: 'stale', silentSinceMs: 0 } })).toBe(
    'DRILL · not current · Fusebox',
  );
});
