import { randomUUID } from 'node:crypto';
import { ORPCError } from '@orpc/client';
import { assertNever } from '#shared/lib/assert-never.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import type { HostSettings } from '../engine-options.ts';
import { drillBeside, drillBesideLine } from './drill-beside.ts';
import { connect, type EngineClient } from './engine-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export type RollbackOptions = HostSettings & {
  readonly promptId: string;
  readonly toVersion: string | undefined;
  readonly reason: string | null;
  /** Flip again inside the recovery window of an earlier flip. */
  readonly isHeld: boolean;
  readonly isJson: boolean;
};

type Say = (line: string) => void;

/** How long the press may take until it is read back; the engine's own deadlines are shorter. */
const WAIT_MS = 20_000;
/** Posts and pages go out with the click; they may take this much longer. */
const NOTICE_WAIT_MS = 6_000;

/** One command, the whole flip: plan, press, read back, say what is so now. */
export async function rollback(options: RollbackOptions, say: Say): Promise<ExitCode> {
  const connection = await connect(options);
  const operationId = randomUUID();
  try {
    const pressed = await press(connection.client, operationId, options, say);
    if (typeof pressed === 'number') return pressed;
    const settled = await noticesSettled(connection.client, pressed);
    if (options.isJson) say(JSON.stringify(settled, null, 2));
    else for (const line of rollbackLines(settled)) say(line);
    return exitCodeOf(settled);
  } finally {
    await connection.close();
  }
}

async function press(
  client: EngineClient,
  operationId: string,
  options: RollbackOptions,
  say: Say,
): Promise<Rollback | ExitCode> {
  const refuse = (reason: string): ExitCode => {
    if (options.isJson) say(JSON.stringify({ state: 'refused', operationId, reason }));
    else say(`Refused: ${reason}`);
    return EXIT.refused;
  };
  try {
    const beside = options.isJson ? null : drillBesideLine(await drillBeside(client));
    if (beside !== null) say(beside);
    const plan = await client.rollback.plan({ promptId: options.promptId, toVersion: options.toVersion });
    if (plan.blocked !== null) return refuse(plan.blocked);
    if (plan.holdUntilMs !== null && !options.isHeld) {
      return refuse(`${plan.holdReason ?? 'A flip just went out.'} Give --again to flip all the same.`);
    }
    if (!options.isJson) {
      say(`${plan.effect} (${plan.lever} ${plan.key} in ${plan.environment}, through ${plan.source})`);
      for (const warning of plan.warnings) say(`Note: ${warning}`);
    }
    const open = await client.incident.list({ status: 'open' }).catch(() => []);
    const request = {
      operationId,
      promptId: options.promptId,
      incidentId: open.find(({ promptId }) => promptId === options.promptId)?.id ?? null,
      lever: plan.lever,
      toVersion: plan.toVersion,
      revisionShown: plan.state?.revision ?? null,
      reason: options.reason,
      held: options.isHeld,
      waitMs: WAIT_MS,
    };
    return await pressOnce(client, request);
  } catch (error) {
    if (error instanceof OutcomeUnknownError) {
      if (options.isJson) say(JSON.stringify({ state: 'unknown', operationId, reason: error.message }));
      else say(error.message);
      return EXIT.unknown;
    }
    if (error instanceof ORPCError && error.code === 'SOURCE_UNAVAILABLE') {
      // The lever could not even be read: nothing was sent.
      if (options.isJson) say(JSON.stringify({ state: 'failed', operationId, reason: error.message }));
      else say(`Nothing was changed: ${error.message}`);
      return EXIT.failed;
    }
    if (error instanceof ORPCError && error.defined) return refuse(error.message);
    if (error instanceof ORPCError && error.code === 'BAD_REQUEST') return refuse(error.message);
    throw error;
  }
}

/** The press left, its answer did not come, and nobody can be asked. */
export class OutcomeUnknownError extends Error {
  constructor(operationId: string) {
    super(
      `The engine was lost after the press (operation ${operationId}). Nobody can say yet whether the change is in effect: look at the flag, or ask \`fusebox status\`.`,
    );
    this.name = 'OutcomeUnknownError';
  }
}

type PressInput = Parameters<EngineClient['rollback']['press']>[0];

/**
 * Presses once. A refusal is thrown as it came. When the answer is lost, the operation id tells how it went; when that
 * cannot be asked either, OutcomeUnknownError: a press that may have landed is never reported as failed.
 */
export async function pressOnce(client: EngineClient, request: PressInput): Promise<Rollback> {
  try {
    return await client.rollback.press(request);
  } catch (error) {
    const isAnswer = error instanceof ORPCError;
    if (isAnswer && (error.defined || error.status < 500)) throw error;
    try {
      return await client.rollback.get({ operationId: request.operationId });
    } catch (second) {
      // The intent is written before anything is sent: an engine that answers and knows of none has sent nothing.
      if (isAnswer && second instanceof ORPCError && second.code === 'NOT_FOUND') throw error;
      throw new OutcomeUnknownError(request.operationId);
    }
  }
}

async function noticesSettled(client: EngineClient, pressed: Rollback): Promise<Rollback> {
  const untilMs = performance.now() + NOTICE_WAIT_MS;
  let latest = pressed;
  while (latest.notices.some(({ state }) => state === 'sending') && performance.now() < untilMs) {
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    latest = await client.rollback.get({ operationId: pressed.operationId }).catch(() => latest);
  }
  return latest;
}

/** The outcome as a script needs it. Only a refusal or a read that shows otherwise counts as "not done". */
export function exitCodeOf({ state }: Pick<Rollback, 'state'>): ExitCode {
  switch (state) {
    case 'in-effect':
    case 'seen-in-traffic':
      return EXIT.done;
    case 'refused':
    case 'not-in-effect':
    case 'changed-by-other':
      return EXIT.refused;
    case 'armed':
    case 'intent-recorded':
    case 'sent':
    case 'accepted':
    case 'unknown':
    case 'reading-back':
      return EXIT.unknown;
    default:
      return assertNever(state, 'rollback state');
  }
}

/** The outcome as a person reads it. */
export function rollbackLines(one: Rollback): string[] {
  const { accepted, readBack, inTraffic } = one.lamps;
  return [
    `${one.state}: ${one.stateDetail}`,
    `  accepted by the provider: ${accepted.state}, ${accepted.detail}`,
    `  read back equal: ${readBack.state}, ${readBack.detail}`,
    `  seen in traffic: ${inTraffic.state}, ${inTraffic.detail}`,
    ...one.notices.map(({ kind, target, state, detail }) =>
      `  ${kind} ${target}: ${state} ${detail}`.trimEnd(),
    ),
    `  operation ${one.operationId}`,
  ];
}
