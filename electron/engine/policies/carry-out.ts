import { isInEffect, isSettled } from '#shared/domain/rollback/machine.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import type { Clock } from '../clock.ts';
import { CommandError, type RollbackDesk } from '../ports.ts';
import type { PolicyActionRecord } from '../records/kind.ts';
import { POLICY_ACTOR, reasonOf } from './words.ts';

/** How often a press on its way is looked at. */
const LOOK_MS = 500;

export type Ending = { readonly state: 'done' | 'failed' | 'cancelled'; readonly outcome: string };

const failed = (outcome: string): Ending => ({ state: 'failed', outcome });
const cancelled = (outcome: string): Ending => ({ state: 'cancelled', outcome });

/** The operation of this action, if its intent was ever written down; null = nothing can have been sent. */
export async function pressOf(rollbacks: RollbackDesk, operationId: string): Promise<Rollback | null> {
  try {
    return await rollbacks.get(operationId);
  } catch (error) {
    if (error instanceof CommandError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

/**
 * Carries an action out through the rollback machine and stays until it is settled. A refusal of the machine is an ending with its
 * reason; nothing is tried twice. The operation id is the action's own, so that the machine applies it once whatever happens here.
 * Rejects only when `signal` aborts.
 */
export async function carryOut(
  record: PolicyActionRecord,
  deps: { readonly rollbacks: RollbackDesk; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Ending> {
  const { rollbacks, clock, signal } = deps;
  const { action } = record;
  let rollback = await pressOf(rollbacks, action.id);
  if (!rollback) {
    try {
      const begun = await begin(record, rollbacks);
      if ('outcome' in begun) return begun;
      rollback = begun;
    } catch (error) {
      // The intent may have been written before something else went wrong: then the machine is at work and decides.
      rollback = await pressOf(rollbacks, action.id);
      if (!rollback) return failed(wordsOf(error));
    }
  }
  while (!isSettled(rollback.state)) {
    await clock.sleep(LOOK_MS, signal);
    rollback = await rollbacks.get(action.id);
  }
  return endingOf(rollback);
}

async function begin(record: PolicyActionRecord, rollbacks: RollbackDesk): Promise<Rollback | Ending> {
  const { action, candidate, revisionShown } = record;
  const { promptId } = action;
  const lever = action.kind === 'freeze-ramp' ? 'flag' : null;
  const plan = await rollbacks.plan({ promptId, lever, toVersion: null });
  const command = {
    operationId: action.id,
    actor: POLICY_ACTOR,
    promptId,
    incidentId: record.incidentId,
    waitMs: 0,
  };
  switch (action.kind) {
    case 'killswitch': {
      if (plan.state && servesNothing(plan.state, candidate))
        return cancelled(`${candidate} gets no traffic any more`);
      return rollbacks.press({
        ...command,
        lever: plan.lever,
        toVersion: plan.toVersion,
        // As announced: whoever changed the lever since then has something else in mind.
        revisionShown: revisionShown ?? plan.state?.revision ?? null,
        reason: reasonOf(action),
        held: false,
      });
    }
    case 'freeze-ramp': {
      const { state } = plan;
      if (!state) return failed([plan.blocked, ...plan.warnings].filter((text) => text !== null).join(' '));
      if (servesNothing(state, candidate))
        return cancelled(`${candidate} gets no traffic, so there is nothing to hold`);
      const share01 = shareOf(state, candidate);
      if (share01 === null)
        return failed(`What share ${candidate} has cannot be derived from the rules of ${state.key}.`);
      return rollbacks.pauseRamp({ ...command, share01 });
    }
  }
}

function shareOf(state: LeverState, version: string): number | null {
  return state.intended.find((entry) => entry.version === version)?.share01 ?? null;
}

function servesNothing(state: LeverState, version: string): boolean {
  if (state.isOn === false && state.offVersion !== version) return true;
  return state.intended.length > 0 && (shareOf(state, version) ?? 0) === 0;
}

function endingOf(rollback: Rollback): Ending {
  if (!isInEffect(rollback.state)) return failed(sentence(rollback.stateDetail));
  const { operation } = rollback;
  const what =
    operation.kind === 'set-share'
      ? `${operation.version} is held at ${Math.round(operation.share01 * 1_000) / 10} %`
      : `${rollback.toVersion} is served to everybody`;
  return { state: 'done', outcome: sentence(`${what}: ${rollback.stateDetail}`) };
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

function wordsOf(error: unknown): string {
  if (!(error instanceof CommandError))
    return sentence(error instanceof Error ? error.message : String(error));
  const fix = error.data['fix'];
  return typeof fix === 'string' && fix !== ''
    ? `${sentence(error.message)} ${fix}`
    : sentence(error.message);
}
