import type { WorkspacePrompt } from '#shared/model/workspace.ts';

/** Trace name of a prompt: what telemetry calls it. */
export function traceNameOf(prompt: WorkspacePrompt): string {
  return prompt.traceName ?? prompt.id;
}
