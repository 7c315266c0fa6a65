import { describe, expect, it } from 'vitest';
import { flip, goodResponse, incident, MINUTE, ONSET } from '#shared/domain/drill/test-drill.ts';
import type { BlockerId } from '#shared/model/closing.ts';
import type { Incident, Verification } from '#shared/model/incident.ts';
import { nextMove, type Memory } from './next-move.ts';

const FRESH: Memory = {
  acted: new Set(),
  isRepaired: false,
  hasHeldRamp: false,
  hasTriedToClose: false,
  presses: 0,
  proofs: 0,
  gateLooks: 0,
};
const NOW = ONSET + 5 * MINUTE;
const next = (it: Incident, memory: Partial<Memory> = {}, hasFixReady = false, nowMs = NOW) =>
  nextMove(it, null, { ...FRESH, ...memory }, { hasFixReady }, nowMs);

function decided(
  outcome: 'roll-back' | 'forward-fix' | 'not-the-prompt',
  change: Partial<Incident> = {},
): Incident {
  const recorded = { outcome, by: 'Dana', atMs: ONSET + 4.5 * MINUTE };
  return incident({ decision: { answers: [], advice: outcome, adviceSentence: '', recorded }, ...change });
}
const FLIPPED = { rollbacks: [flip(NOW)] };
function verification(change: Partial<Verification>): Verification {
  return {
    sinceMs: NOW,
    checks: [],
    verdict: 'running',
    sentence: '',
    staleWorkers: [],
    recoveryWindowEndsMs: NOW + 5 * MINUTE,
    attentionEndsMs: NOW + 15 * MINUTE,
    wave2: { suspected: false, sentence: '' },
    ...change,
  };
}
const blockers = (...ids: BlockerId[]): Pick<Incident, 'blockers'> => ({
  blockers: ids.map((id) => ({ id, sentence: '', place: 'postmortem', isWaivable: true, waiver: null })),
});

describe('the scripted responder', () => {
  it('decides as the tree advises, once it has looked for a cause', () => {
    expect(next(incident({ triage: 'prompt' }))).toEqual({ kind: 'decide', outcome: 'roll-back' });
  });

  it('answers that a fix is ready where one is, before it decides', () => {
    const answers = [
      { question: 'fix-within-hour', answer: 'no', suggested: 'no', evidence: '', by: null, atMs: null },
    ] as const;
    const decision = {
      answers: [...answers],
      advice: 'roll-back',
      adviceSentence: '',
      recorded: null,
    } as const;
    const it = incident({ triage: 'prompt', decision: { ...decision, answers: [...answers] } });
    expect(next(it, {}, true)).toEqual({ kind: 'say-fix-is-ready' });
  });

  it('waits where nothing is advised', () => {
    const decision = { answers: [], advice: 'undecided', adviceSentence: '', recorded: null } as const;
    const it = incident({
      triage: 'prompt',
      decision: { ...decision, answers: [] },
      ...blockers('undecided'),
    });
    expect(next(it)).toBeNull();
  });

  it('presses once, and never again while a press is under way or in effect', () => {
    expect(next(decided('roll-back'))).toEqual({ kind: 'press' });
    expect(
      next(
        decided('roll-back', {
          rollbacks: [flip(NOW, { state: 'sent' })],
          ...blockers('rollback-unsettled'),
        }),
      ),
    ).toBeNull();
    expect(next(decided('roll-back', { ...FLIPPED, ...blockers('recovery') }))).toBeNull();
    expect(next(decided('roll-back', { rollbacks: [flip(NOW, { state: 'refused' })] }))).toEqual({
      kind: 'press',
    });
    expect(next(decided('roll-back', blockers('rollback-missing')), { presses: 4 })).toBeNull();
  });

  it('holds the ramp before the fix ships, and presses nothing', () => {
    expect(next(decided('forward-fix'))).toEqual({ kind: 'hold-ramp' });
    expect(next(decided('forward-fix'), { hasHeldRamp: true })).toEqual({
      kind: 'act',
      action: 'ship-fixed-version',
    });
  });

  it.each([
    ['provider', 'call-provider'],
    ['upstream-data', 'fix-upstream-data'],
    ['model-change', 'pin-model'],
  ] as const)('not the prompt: calls whoever owns the cause (%s)', (triage, action) => {
    expect(next(decided('not-the-prompt', { triage }))).toEqual({ kind: 'act', action });
  });

  it('restarts the workers that are named, once', () => {
    const it = decided('roll-back', {
      ...FLIPPED,
      ...blockers('recovery'),
      verification: verification({ verdict: 'not-propagated', staleWorkers: ['w-1'] }),
    });
    expect(next(it)).toEqual({ kind: 'act', action: 'restart-stale-workers' });
    expect(next(it, { acted: new Set(['restart-stale-workers']) })).toBeNull();
  });

  it('repairs what was stored when wave 2 is suspected', () => {
    const it = decided('roll-back', {
      ...FLIPPED,
      verification: verification({ verdict: 'wave-2', wave2: { suspected: true, sentence: '' } }),
    });
    expect(next(it)).toEqual({ kind: 'act', action: 'repair-and-replay-queue' });
  });

  it('decides anew where the checks say that it was not the prompt, and does not flip to and fro', () => {
    const it = decided('roll-back', {
      ...FLIPPED,
      verification: verification({ verdict: 'not-the-prompt' }),
    });
    expect(next(it)).toEqual({ kind: 'decide', outcome: 'not-the-prompt' });
  });

  it('tries to close, writes what is asked for, proves it, waits for its gate, and closes', () => {
    const it = (...ids: BlockerId[]) => goodResponse({ triage: 'prompt', evals: null, ...blockers(...ids) });
    const tried = { hasTriedToClose: true };
    expect(next(it('cause', 'eval-case'))).toEqual({ kind: 'try-to-close' });
    expect(next(it('cause', 'eval-case'), tried)).toEqual({ kind: 'write', about: 'eval-case' });
    expect(next(it('cause', 'eval-gate'), tried)).toEqual({ kind: 'write', about: 'cause' });
    expect(next(it('eval-case'), tried)).toEqual({ kind: 'write', about: 'eval-case' });
    const written = goodResponse({ ...blockers('eval-case') });
    expect(next(written, tried)).toEqual({ kind: 'prove-case' });
    expect(next(written, { ...tried, proofs: 1 })).toEqual({ kind: 'prove-case' });
    expect(next(written, { ...tried, proofs: 2 })).toEqual({ kind: 'waive', blocker: 'eval-case' });
    expect(next(it('eval-gate'), tried)).toEqual({ kind: 'check-gate' });
    expect(next(it('eval-gate'), { ...tried, gateLooks: 4 })).toEqual({
      kind: 'waive',
      blocker: 'eval-gate',
    });
    expect(next(it(), tried)).toEqual({ kind: 'close' });
    expect(next(it('recovery'), tried)).toBeNull();
  });
});
