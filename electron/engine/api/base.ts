import { implement } from '@orpc/server';
import { contract } from '#shared/contract/contract.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { type Actor, type Command, CommandError } from '../ports.ts';
import type { ApiContext, ApiDesks } from './desks.ts';

/** The contract with our context; each domain file fills in its part. */
export const api = implement(contract).$context<ApiContext>();

/** What every command of a desk starts with. */
export function commandOf(input: { operationId: string }, actor: Actor): Command {
  return { operationId: input.operationId, actor };
}

/** The workspace's prompt, or the contract's NOT_FOUND. */
export function promptOf(desks: ApiDesks, promptId: string): WorkspacePrompt {
  const prompt = desks.workspace.prompt(promptId);
  if (!prompt) {
    const known = desks.workspace.current().prompts.map((one) => one.id);
    throw new CommandError(
      'NOT_FOUND',
      `There is no prompt ${promptId} in this workspace. It has: ${known.join(', ') || 'none yet'}.`,
      { what: 'prompt', id: promptId },
    );
  }
  return prompt;
}

/** The trace name of a prompt: how the telemetry store knows it. */
export function traceNameOf(prompt: WorkspacePrompt): string {
  return prompt.traceName ?? prompt.id;
}
