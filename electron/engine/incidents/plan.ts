import { holdFor } from '#shared/domain/rollback/recovery-window.ts';
import { noWayBack } from '#shared/domain/rollback/way-back.ts';
import { NOTHING_EARLIER } from '#shared/model/incident.ts';
import type { LeverKind } from '#shared/model/prompt.ts';
import type { RollbackPlan } from '#shared/model/rollback.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { LeverRead } from '../connectors/kind.ts';
import { CommandError } from '../ports.ts';
import type { Book } from './book.ts';
import { bindLever, leverKinds, serveOperation, type BoundLever } from './bound-lever.ts';
import type { IncidentDeps } from './deps.ts';
import type { Executor } from './executor.ts';
import { pageTarget } from './notices.ts';
import { chatTarget } from './timeline-text.ts';
import { isOpen } from './press.ts';

/** What a press would do now, read fresh. Never throws for a lever in trouble: the plan says what is wrong and what to do. */
export async function planRollback(
  deps: IncidentDeps,
  book: Book,
  executor: Executor,
  prompt: WorkspacePrompt,
  wish: { readonly lever: LeverKind | null; readonly toVersion: string | null },
): Promise<RollbackPlan> {
  const incident = book.openFor(prompt.id);
  const toVersion = wish.toVersion ?? incident?.goodVersion ?? prompt.control;
  const kind = wish.lever ?? preferredLever(prompt, toVersion);
  const bad = incident?.badVersion ?? prompt.candidate ?? null;
  const fromVersion = bad === toVersion ? null : bad;
  const operation = serveOperation(kind, toVersion);
  const hold = holdFor(book.machinesOf(prompt.id), deps.clock.nowMs());
  const target = prompt.flag && kind === 'flag' ? prompt.flag : null;
  const plan: RollbackPlan = {
    promptId: prompt.id,
    lever: kind,
    source: target?.source ?? '',
    key: target?.key ?? '',
    environment: target?.environment ?? prompt.environment,
    operation,
    fromVersion,
    toVersion,
    fromShare01: null,
    effect: `all traffic of ${prompt.title ?? prompt.id} gets ${toVersion}`,
    propagation: '',
    posts: prompt.chat ? `posts the status line to ${chatTarget(prompt)}` : null,
    pages: prompt.paging ? `pages ${pageTarget(prompt)}` : null,
    state: null,
    blocked: null,
    warnings: warningsFor(prompt, toVersion, book),
    holdUntilMs: hold?.untilMs ?? null,
    holdReason: hold?.reason ?? null,
    hasUndo: true,
    consoleUrl: prompt.links.console ?? null,
  };
  if (toVersion === NOTHING_EARLIER) {
    return { ...plan, effect: 'changes nothing', blocked: noWayBack(toVersion, null), hasUndo: false };
  }
  let lever: BoundLever;
  try {
    lever = bindLever(prompt, kind, deps.sources);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const fix = typeof error.data['fix'] === 'string' ? error.data['fix'] : '';
    return { ...plan, blocked: `${error.message} ${fix}`.trim(), hasUndo: false };
  }
  const bound = {
    ...plan,
    source: lever.source,
    key: lever.key,
    environment: lever.environment,
    propagation: lever.capabilities.propagation.text,
    consoleUrl: lever.consoleUrl ?? plan.consoleUrl,
    warnings: lever.capabilities.blastRadius
      ? [...plan.warnings, `Changes with it: ${lever.capabilities.blastRadius}`]
      : plan.warnings,
  };
  let read: LeverRead;
  try {
    read = await executor.read(lever);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ...bound, warnings: [...bound.warnings, `${lever.source} cannot be read right now: ${detail}`] };
  }
  return withRead(bound, lever, read);
}

/** A flag's off state serves the control; anything else is reached by a lever that points. */
function preferredLever(prompt: WorkspacePrompt, toVersion: string): LeverKind {
  const kinds = leverKinds(prompt);
  const pointing = toVersion === prompt.control ? undefined : kinds.find((kind) => kind !== 'flag');
  return pointing ?? kinds[0] ?? 'flag';
}

function withRead(plan: RollbackPlan, lever: BoundLever, read: LeverRead): RollbackPlan {
  const { state } = read;
  const does = lever.plan(read, plan.operation);
  const isAlreadySo = lever.isInEffect(read, plan.operation);
  const needsApproval = does.needsApproval || state.needsApproval;
  const approval = `${lever.key} needs an approval in ${lever.source}: open a change request in its console.`;
  return {
    ...plan,
    state,
    fromShare01: state.intended.find(({ version }) => version === plan.fromVersion)?.share01 ?? null,
    effect: isAlreadySo ? `${plan.toVersion} is served already: nothing will be sent` : does.effect,
    blocked: isAlreadySo ? null : (does.refused ?? (needsApproval ? approval : null)),
    warnings: [...plan.warnings, ...does.warnings],
    consoleUrl: state.consoleUrl ?? plan.consoleUrl,
  };
}

/** Known bugs of the version to go back to (leak 7), and a change of this prompt that is still on its way. */
function warningsFor(prompt: WorkspacePrompt, toVersion: string, book: Book): string[] {
  const issues = prompt.versions.find((version) => version.id === toVersion)?.knownIssues ?? [];
  const open = book.machinesOf(prompt.id).find(isOpen);
  return [
    ...issues.map((issue) => `${toVersion} has a known bug that comes back: ${issue}`),
    ...(open
      ? [`An earlier change by ${open.rollback.actor} is not confirmed yet: ${open.rollback.stateDetail}.`]
      : []),
  ];
}
