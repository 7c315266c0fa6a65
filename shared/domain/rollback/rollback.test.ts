import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LeverState } from '#shared/model/prompt.ts';
import type { Lamp } from '#shared/model/rollback.ts';
import { isSettled, transition, type Machine, type MachineEvent } from './machine.ts';
import { mayResend, nextStep } from './next-step.ts';
import { holdFor } from './recovery-window.ts';
import { clockTimes, shortOperation, statusLine } from './status-line.ts';

const dark: Lamp = { state: 'waiting', atMs: null, afterMs: null, detail: '' };
const state = (revision: string): LeverState => ({
  lever: 'flag',
  source: 'flags',
  connector: 'x',
  key: 'rollout',
  environment: 'production',
  isOn: true,
  intended: [],
  offVersion: null,
  revision,
  lastChangedBy: 'kim',
  lastChangedAtMs: 0,
  needsApproval: false,
  consoleUrl: null,
  readAtMs: 0,
});
const armed: Machine = {
  rollback: {
    operationId: '0190b7c2-7f3k',
    incidentId: 'INC-20260509-1',
    promptId: 'support',
    lever: 'flag',
    source: 'flags',
    key: 'rollout',
    environment: 'production',
    operation: { kind: 'serve-control', version: 'v17' },
    fromVersion: 'v18',
    toVersion: 'v17',
    reason: null,
    actor: 'ana',
    state: 'armed',
    stateDetail: '',
    pressedAtMs: 0,
    settledAtMs: null,
    revisionShown: '7',
    before: state('7'),
    after: null,
    snapshotId: 's',
    lamps: { accepted: dark, readBack: dark, inTraffic: dark },
    notices: [],
    history: [{ state: 'armed', atMs: 0, detail: '' }],
    undoes: null,
  },
  facts: {
    revisionBefore: '7',
    sends: 0,
    isRecovered: false,
    hadUnknown: false,
    wasAccepted: false,
    conflict: null,
    otherRevision: null,
    propagationMs: 30_000,
    inEffectAtMs: null,
    undoneBy: null,
  },
};

const event: fc.Arbitrary<MachineEvent> = fc.oneof(
  fc.constantFrom<MachineEvent>(
    { kind: 'intent-recorded' },
    { kind: 'sending' },
    { kind: 'reading-back' },
    { kind: 'restarted' },
    { kind: 'already-so', state: state('8') },
    { kind: 'answered', answer: { kind: 'accepted', detail: 'HTTP 200' } },
    { kind: 'answered', answer: { kind: 'unknown', detail: 'reset' } },
    { kind: 'answered', answer: { kind: 'refused', isConflict: false, message: 'no', fix: '' } },
    { kind: 'answered', answer: { kind: 'refused', isConflict: true, message: 'raced', fix: '' } },
    { kind: 'read', reading: { kind: 'wanted', state: state('8') } },
    { kind: 'read', reading: { kind: 'old', state: state('7') } },
    { kind: 'read', reading: { kind: 'other', state: state('9') } },
    { kind: 'read', reading: { kind: 'unreadable', detail: 'down' } },
    { kind: 'traffic', state: 'yes', detail: 'all' },
    { kind: 'traffic', state: 'partial', detail: 'some' },
  ),
);
const life = fc.array(fc.tuple(event, fc.integer({ min: 0, max: 60_000 })), { maxLength: 30 });

/** Plays a life; hands every step to the observer. */
function play(
  steps: [MachineEvent, number][],
  see: (before: Machine, after: Machine, event: MachineEvent) => void,
) {
  let machine = armed;
  let atMs = 0;
  for (const [next, waitMs] of steps) {
    atMs += waitMs;
    const after = transition(machine, next, { atMs, elapsedMs: atMs });
    see(machine, after, next);
    machine = after;
  }
  return machine;
}

describe('the rollback machine, whatever happens to it', () => {
  it('is never left once settled, except that an effect may be seen in traffic', () => {
    fc.assert(
      fc.property(life, (steps) => {
        play(steps, (before, after) => {
          if (!isSettled(before.rollback.state)) return;
          const isSeen = before.rollback.state === 'in-effect' && after.rollback.state === 'seen-in-traffic';
          expect(isSeen || after.rollback.state === before.rollback.state).toBe(true);
        });
      }),
    );
  });

  it('says failed only when the provider refused or a read showed the old state', () => {
    fc.assert(
      fc.property(life, (steps) => {
        play(steps, (before, after, cause) => {
          if (before.rollback.state === after.rollback.state) return;
          if (after.rollback.state === 'refused') {
            const isRefusal = cause.kind === 'answered' && cause.answer.kind === 'refused';
            const isLostRace =
              cause.kind === 'read' && cause.reading.kind === 'old' && before.facts.conflict !== null;
            expect(isRefusal || isLostRace).toBe(true);
            expect(before.facts.hadUnknown && isRefusal).toBe(false);
          }
          if (after.rollback.state === 'not-in-effect') {
            expect(cause.kind === 'read' && cause.reading.kind === 'old').toBe(true);
          }
          if (after.rollback.state === 'in-effect') {
            const isRead = cause.kind === 'read' && cause.reading.kind === 'wanted';
            expect(isRead || cause.kind === 'already-so').toBe(true);
          }
        });
      }),
    );
  });

  it('lights "read back" and "in effect" together, and keeps every state in its history', () => {
    fc.assert(
      fc.property(life, (steps) => {
        play(steps, (before, after) => {
          const isOn = after.rollback.lamps.readBack.state === 'yes';
          expect(isOn).toBe(
            after.rollback.state === 'in-effect' || after.rollback.state === 'seen-in-traffic',
          );
          expect(after.rollback.history.at(-1)?.state).toBe(after.rollback.state);
          expect(after.rollback.history.length).toBeGreaterThanOrEqual(before.rollback.history.length);
          expect(after.rollback.settledAtMs !== null).toBe(isSettled(after.rollback.state));
        });
      }),
    );
  });

  it('sends again at most twice, only young, unanswered, unchanged, and never after a restart', () => {
    const progress = fc.record({
      reads: fc.nat(20),
      last: fc.constantFrom('old', 'other', 'wanted', 'unreadable', null),
      lastRevision: fc.constantFrom('7', '9', null),
      sinceSendMs: fc.nat(60_000),
      isSuperseded: fc.boolean(),
    });
    fc.assert(
      fc.property(life, progress, fc.nat(200_000), (steps, seen, atMs) => {
        const machine = play(steps, () => undefined);
        const when = { atMs, elapsedMs: atMs };
        if (!mayResend(machine, seen, when)) return;
        expect(machine.facts).toMatchObject({ isRecovered: false, wasAccepted: false, conflict: null });
        expect(machine.facts.sends).toBeLessThanOrEqual(2);
        expect(atMs).toBeLessThanOrEqual(30_000);
        expect(seen).toMatchObject({ last: 'old', lastRevision: '7', isSuperseded: false });
      }),
    );
  });

  it('never sends after a restart', () => {
    const seen = { reads: 0, last: null, lastRevision: null, sinceSendMs: 0, isSuperseded: false };
    fc.assert(
      fc.property(life, (steps) => {
        const machine = transition(
          play(steps, () => undefined),
          { kind: 'restarted' },
          { atMs: 0, elapsedMs: 0 },
        );
        expect(nextStep(machine, seen, { atMs: 0, elapsedMs: 0 }).do).not.toBe('send');
      }),
    );
  });
});

describe('around the machine', () => {
  const when = (atMs: number) => ({ atMs, elapsedMs: atMs });
  const done = transition(armed, { kind: 'already-so', state: state('8') }, when(1_000));

  it('protects a second flip for five minutes after the first came into effect', () => {
    expect(holdFor([armed], 2_000)).toBeNull();
    expect(holdFor([done], 300_999)?.untilMs).toBe(301_000);
    expect(holdFor([done], 301_000)).toBeNull();
    expect(holdFor([{ ...done, facts: { ...done.facts, undoneBy: 'op' } }], 2_000)).toBeNull();
  });

  it('writes the status line from facts alone', () => {
    const rollback = { ...done.rollback, pressedAtMs: Date.UTC(2026, 4, 9, 14, 11, 8) };
    expect(statusLine(rollback, 120)).toBe(
      'killswitch ON, rollout, production, v18 to v17, 14:11:08Z (16:11 +02:00), read back ok, by ana, op 7F3K, INC-20260509-1',
    );
    expect(statusLine(armed.rollback, 0)).toContain('read back: checking');
    expect(clockTimes(0, -210)).toBe('00:00:00Z (20:30 -03:30)');
    expect(shortOperation('a-b')).toBe('AB');
  });
});
