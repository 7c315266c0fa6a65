import type { Verification } from '#shared/model/incident.ts';
import type { LeverState } from '#shared/model/prompt.ts';

/**
 * The verification when the lever itself no longer says what the rollback made it say: the traffic then follows the new
 * rules, and no worker is to blame for it. What had passed does not count while the flip does not stand.
 */
export function withChangedLever(
  verification: Verification,
  lever: LeverState,
  goodVersion: string,
): Verification {
  const who = lever.lastChangedBy === null ? 'somebody' : lever.lastChangedBy;
  const sentence = `${lever.key} was changed again by ${who}: it no longer serves ${goodVersion} to everyone.`;
  return {
    ...verification,
    checks: verification.checks.map((check) =>
      check.id === 'distribution'
        ? {
            ...check,
            state: 'failed' as const,
            detail: sentence,
            advice: `Ask ${who}, then press "Roll back to ${goodVersion}" again. No worker is at fault.`,
            progress01: null,
            passedAtMs: null,
          }
        : check,
    ),
    verdict: 'not-propagated',
    sentence,
    staleWorkers: [],
    wave2: { suspected: false, sentence: '' },
  };
}
