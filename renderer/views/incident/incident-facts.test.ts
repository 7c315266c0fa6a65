import { describe, expect, it } from 'vitest';
import type { Incident } from '#shared/model/incident.ts';
import type { Rollback, RollbackState } from '#shared/model/rollback.ts';
import {
  currentRollback,
  duration,
  flippedAtMs,
  headlineClock,
  incidentWindow,
  signalValue,
  targetLabel,
} from './incident-facts.ts';

const lamp = (atMs: number | null) => ({ state: 'yes' as const, atMs, afterMs: null, detail: '' });
const rollback = (over: Partial<Rollback> & { state: RollbackState }): Rollback =>
  ({
    operationId: 'op-1',
    undoes: null,
    pressedAtMs: 1_000,
    settledAtMs: null,
    lamps: { accepted: lamp(null), readBack: lamp(null), inTraffic: lamp(null) },
    ...over,
  }) as Rollback;
const incident = (over: Partial<Incident>): Incident =>
  ({ declaredAtMs: 600_000, shippedAtMs: null, closedAtMs: null, rollbacks: [], ...over }) as Incident;

describe('currentRollback', () => {
  it('is the newest standing operation', () => {
    const first = rollback({ state: 'refused' });
    const second = rollback({ operationId: 'op-2', state: 'in-effect', pressedAtMs: 2_000 });
    expect(currentRollback(incident({ rollbacks: [first, second] }))?.operationId).toBe('op-2');
  });
  it('is the undo once a rollback was taken back, and then nothing is flipped', () => {
    const flip = rollback({ state: 'seen-in-traffic' });
    const undo = rollback({ operationId: 'op-2', state: 'in-effect', pressedAtMs: 5_000, undoes: 'op-1' });
    const taken = incident({ rollbacks: [flip, undo] });
    expect(currentRollback(taken)?.operationId).toBe('op-2');
    expect(flippedAtMs(taken)).toBeNull();
  });
});

describe('the headline clock', () => {
  it('runs from the alarm and stops at the read-back, not at the press', () => {
    expect(headlineClock(incident({}), 660_000)).toMatchObject({ elapsedMs: 60_000, isOver: false });
    const flip = rollback({
      state: 'in-effect',
      pressedAtMs: 700_000,
      lamps: { accepted: lamp(null), readBack: lamp(701_000), inTraffic: lamp(null) },
    });
    expect(headlineClock(incident({ rollbacks: [flip] }), 9_000_000).elapsedMs).toBe(101_000);
  });
  it('does not stop for an unknown outcome', () => {
    const flip = rollback({ state: 'unknown', pressedAtMs: 700_000 });
    expect(headlineClock(incident({ rollbacks: [flip] }), 960_000)).toMatchObject({
      elapsedMs: 360_000,
      isOver: true,
    });
  });
});

describe('window and words', () => {
  it('covers the time before the bad version shipped and ends with the data', () => {
    const window = incidentWindow(incident({ shippedAtMs: 300_000, declaredAtMs: 1_200_000 }), 1_260_000);
    expect(window).toEqual({ fromMs: 120_000, toMs: 1_260_000 });
  });
  it('prints durations, targets and missing values', () => {
    expect([duration(0), duration(65_000), duration(3_661_000)]).toEqual(['0:00', '1:05', '1:01:01']);
    expect([targetLabel(300_000), targetLabel(24 * 3600_000)]).toEqual(['5:00', '24 h']);
    expect(signalValue({ signal: 'safety' }, null)).toBe('–');
    expect(signalValue({ signal: 'safety' }, 0.0512)).toBe('0.05 %');
  });
});
