import { assertNever } from '#shared/lib/assert-never.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import type { RollbackState } from '#shared/model/rollback.ts';
import {
  after,
  byWhom,
  facts,
  lamp,
  lamps,
  move,
  settle,
  type Machine,
  type MachineEvent,
  type Reading,
  type When,
  type WriteAnswer,
} from './machine-parts.ts';

export type { Machine, MachineEvent, Reading, RollbackFacts, When, WriteAnswer } from './machine-parts.ts';

/** Shown as "checking" at most this long (trust.md 2.2). */
export const CHECK_DEADLINE_MS = 10_000;
/** A write without an answer may still land this long after the press: only then is it called not in effect. */
export const WATCH_MS = 120_000;
/** The same absolute write is sent again at most this often, and only this soon after the press. */
export const MAX_RESENDS = 2;
export const RESEND_WINDOW_MS = 30_000;

/** True when nothing more can happen to the write itself. */
export function isSettled(state: RollbackState): boolean {
  switch (state) {
    case 'refused':
    case 'in-effect':
    case 'not-in-effect':
    case 'changed-by-other':
    case 'seen-in-traffic':
      return true;
    case 'armed':
    case 'intent-recorded':
    case 'sent':
    case 'accepted':
    case 'unknown':
    case 'reading-back':
      return false;
    default:
      return assertNever(state, 'rollback state');
  }
}

/** The lever is known to be as wanted. */
export function isInEffect(state: RollbackState): boolean {
  return state === 'in-effect' || state === 'seen-in-traffic';
}

/** The machine's one step. Pure: the same machine, event and time always give the same machine. Unknown pairs change nothing. */
export function transition(machine: Machine, event: MachineEvent, when: When): Machine {
  const { state } = machine.rollback;
  if (event.kind === 'traffic') return isInEffect(state) ? seenTraffic(machine, event, when) : machine;
  if (isSettled(state)) return machine;
  switch (event.kind) {
    case 'intent-recorded':
      return move(machine, 'intent-recorded', 'written down before anything is sent', when);
    case 'already-so':
      return inEffect(machine, event.state, when, `already done${byWhom(event.state)}: nothing was sent`);
    case 'sending':
      return sending(machine, when);
    case 'answered':
      return answered(machine, event.answer, when);
    case 'reading-back':
      return move(
        lamps(machine, { readBack: lamp('checking', when, 'reading the flag back') }),
        'reading-back',
        machine.facts.wasAccepted ? 'accepted, reading it back' : 'no answer yet, reading it back',
        when,
      );
    case 'read':
      return read(machine, event.reading, when);
    case 'restarted':
      return restarted(machine, when);
    default:
      return assertNever(event, 'machine event');
  }
}

function sending(machine: Machine, when: When): Machine {
  const again = machine.facts.sends;
  const detail =
    again === 0 ? 'sent to the provider' : `no effect seen: sent again (${again} of ${MAX_RESENDS})`;
  return move(
    facts(lamps(machine, { accepted: lamp('checking', when, detail) }), { sends: again + 1 }),
    'sent',
    detail,
    when,
  );
}

function answered(machine: Machine, answer: WriteAnswer, when: When): Machine {
  switch (answer.kind) {
    case 'accepted':
      return move(
        facts(lamps(machine, { accepted: lamp('yes', when, answer.detail) }), { wasAccepted: true }),
        'accepted',
        answer.detail,
        when,
      );
    case 'unknown':
      return move(
        facts(lamps(machine, { accepted: lamp('checking', when, answer.detail) }), { hadUnknown: true }),
        'unknown',
        `no answer (${answer.detail}): it may or may not have been applied`,
        when,
      );
    case 'refused': {
      const words = answer.fix === '' ? answer.message : `${answer.message} ${answer.fix}`;
      // An earlier send without an answer may still be the one that worked: only reading can tell.
      if (machine.facts.hadUnknown) return move(machine, 'unknown', `second try refused: ${words}`, when);
      if (answer.isConflict) return move(facts(machine, { conflict: words }), 'unknown', words, when);
      const refused = lamps(machine, {
        accepted: lamp('no', when, words),
        readBack: lamp('waiting', when, 'nothing was changed'),
      });
      return settle(refused, 'refused', words, when);
    }
    default:
      return assertNever(answer, 'write answer');
  }
}

function read(machine: Machine, reading: Reading, when: When): Machine {
  switch (reading.kind) {
    case 'wanted': {
      const late = when.elapsedMs > CHECK_DEADLINE_MS && !machine.facts.isRecovered;
      const who = machine.facts.conflict !== null || machine.facts.sends === 0 ? byWhom(reading.state) : '';
      const detail =
        who === ''
          ? `read back: as wanted${late ? `, landed ${Math.round(when.elapsedMs / 1000)} s after the press` : ''}`
          : `already done${who}`;
      return inEffect(machine, reading.state, when, detail);
    }
    case 'old':
      return old(facts(machine, { otherRevision: null }), reading.state, when);
    case 'other': {
      const isConfirmed =
        machine.facts.otherRevision === reading.state.revision || machine.facts.conflict !== null;
      if (!isConfirmed) return facts(machine, { otherRevision: reading.state.revision });
      const detail = `changed by someone else${byWhom(reading.state)}: neither as before nor as wanted`;
      return settle(
        lamps(after(machine, reading.state), { readBack: lamp('no', when, detail) }),
        'changed-by-other',
        detail,
        when,
      );
    }
    case 'unreadable':
      return stillOpen(machine, `cannot be read: ${reading.detail}`, when);
    default:
      return assertNever(reading, 'reading');
  }
}

/** A read that shows the state from before the write. */
function old(machine: Machine, state: LeverState, when: When): Machine {
  const { conflict, sends, wasAccepted } = machine.facts;
  const seen = after(machine, state);
  if (conflict !== null) {
    return settle(lamps(seen, { accepted: lamp('no', when, conflict) }), 'refused', conflict, when);
  }
  if (sends === 0) {
    const detail = 'Fusebox stopped before anything was sent: press again';
    return settle(lamps(seen, { readBack: lamp('no', when, detail) }), 'not-in-effect', detail, when);
  }
  if (when.elapsedMs < WATCH_MS) {
    return stillOpen(seen, wasAccepted ? 'accepted, not yet visible' : 'not visible so far', when);
  }
  const detail = wasAccepted
    ? 'the provider said yes, but the flag never changed'
    : 'the flag is as before, after watching for 2 min';
  const dark = lamps(seen, {
    ...(wasAccepted ? {} : { accepted: lamp('no', when, detail) }),
    readBack: lamp('no', when, detail),
  });
  return settle(dark, 'not-in-effect', detail, when);
}

/** No verdict yet: "checking" until the deadline, then quietly "still watching". */
function stillOpen(machine: Machine, detail: string, when: When): Machine {
  const isChecking = when.elapsedMs < CHECK_DEADLINE_MS;
  const isWatching = when.elapsedMs < WATCH_MS;
  const words = isChecking
    ? detail
    : isWatching
      ? `${detail}; still watching`
      : `${detail}; still trying to read it`;
  if (machine.rollback.stateDetail === words) return machine;
  const readBack = lamp(isChecking ? 'checking' : 'waiting', when, words);
  const accepted = machine.rollback.lamps.accepted;
  const dimmed =
    !isChecking && accepted.state === 'checking' ? { ...accepted, state: 'waiting' as const } : accepted;
  return move(lamps(machine, { readBack, accepted: dimmed }), 'reading-back', words, when);
}

function inEffect(machine: Machine, state: LeverState, when: When, detail: string): Machine {
  const { accepted } = machine.rollback.lamps;
  const lit = lamps(after(machine, state), {
    accepted: accepted.state === 'yes' ? accepted : lamp('yes', when, detail),
    readBack: lamp('yes', when, detail),
    inTraffic: lamp('checking', when, 'waiting for conversations started after the change'),
  });
  return settle(facts(lit, { inEffectAtMs: when.atMs }), 'in-effect', detail, when);
}

function seenTraffic(
  machine: Machine,
  event: Extract<MachineEvent, { kind: 'traffic' }>,
  when: When,
): Machine {
  const before = machine.rollback.lamps.inTraffic;
  if (before.state === event.state && before.detail === event.detail) return machine;
  // The same answer on more evidence is no new moment: a lamp keeps the time at which it first said so.
  const now = lamp(event.state, when, event.detail);
  const shown = before.state === event.state ? { ...before, detail: event.detail } : now;
  const lit = lamps(machine, { inTraffic: shown });
  if (event.state === 'yes' && machine.rollback.state === 'in-effect') {
    return move(lit, 'seen-in-traffic', event.detail, when);
  }
  return lit;
}

function restarted(machine: Machine, when: When): Machine {
  const { sends } = machine.facts;
  const detail =
    sends === 0
      ? 'Fusebox restarted before anything was sent: reading the flag'
      : 'Fusebox restarted during the change: reading the flag, nothing is sent again';
  const unsure = lamps(machine, {
    readBack: lamp('checking', when, detail),
    ...(machine.rollback.lamps.accepted.state === 'checking'
      ? { accepted: lamp('waiting', when, 'no answer was recorded') }
      : {}),
  });
  const known = facts(unsure, {
    isRecovered: true,
    hadUnknown: machine.facts.hadUnknown || (sends > 0 && !machine.facts.wasAccepted),
  });
  return move(known, 'reading-back', detail, when);
}
