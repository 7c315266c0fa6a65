import { randomUUID } from 'node:crypto';
import { isSettled, type Machine, type MachineEvent } from '#shared/domain/rollback/machine.ts';
import { shortOperation } from '#shared/domain/rollback/status-line.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import type { Lamp, LeverOperation, Rollback } from '#shared/model/rollback.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { LeverRead } from '../connectors/kind.ts';
import { CommandError, type Command } from '../ports.ts';
import type { IncidentRecord, OperationRecord, SnapshotRecord } from '../records/kind.ts';
import type { Book } from './book.ts';
import type { BoundLever } from './bound-lever.ts';
import { clockTime, type IncidentDeps } from './deps.ts';
import type { Executor, Operation } from './executor.ts';
import { plannedNotices } from './notices.ts';
import { percent, timelineEntry } from './timeline-text.ts';
import type { createTurns } from './turns.ts';

/** Traffic is judged on conversations started at least this long after the flip (mission: 30 s). */
const MIN_PROPAGATION_MS = 30_000;
const MAX_PROPAGATION_MS = 5 * 60_000;

export type PressRequest = Command & {
  readonly prompt: WorkspacePrompt;
  readonly lever: BoundLever;
  readonly operation: LeverOperation;
  readonly incidentId: string | null;
  readonly fromVersion: string | null;
  readonly toVersion: string;
  readonly reason: string | null;
  /** What the person saw; null accepts whatever is there. */
  readonly revisionShown: string | null;
  /** For an undo. */
  readonly undoes: string | null;
  readonly restore: unknown;
  /** Facts of the incident that the press settles by itself (decided, identified), written with the intent. */
  readonly settles: (record: IncidentRecord) => IncidentRecord;
  readonly notifies: boolean;
  /** Looks at the fresh read and may refuse. */
  readonly guard?: (read: LeverRead) => void;
};

/**
 * The way from the press to the intent on disk: fresh read, comparison with what was shown, snapshot, armed, intent. Returns with the
 * operation ready to be driven, or throws with nothing written to the provider.
 */
export function createPresser(
  deps: IncidentDeps,
  book: Book,
  executor: Executor,
  turns: ReturnType<typeof createTurns>,
) {
  const { clock, records, levers } = deps;

  async function freshRead(lever: BoundLever): Promise<LeverRead> {
    try {
      return await executor.read(lever, 'rules');
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new CommandError(
        'SOURCE_UNAVAILABLE',
        `${lever.source} could not be read, so nothing was sent: ${detail}`,
        { source: lever.source, detail },
      );
    }
  }

  /**
   * The read at the press. Who changed the lever last, and when, may take a call more: it is asked for only where it will be told,
   * when the lever is not as shown or is as wanted already.
   */
  async function readAtPress({ lever, operation, restore, revisionShown }: PressRequest): Promise<LeverRead> {
    const read = await freshRead(lever);
    const { revision, lastChangedBy } = read.state;
    const isAsShown = revisionShown === null || revisionShown === revision;
    if (lastChangedBy !== null || (isAsShown && !lever.isInEffect(read, operation, restore))) return read;
    const again = await executor.read(lever).catch(() => null);
    return again?.state.revision === revision ? again : read;
  }

  async function compare(request: PressRequest, read: LeverRead): Promise<void> {
    const { lever, operation, restore, revisionShown, prompt, incidentId, actor } = request;
    if (lever.isInEffect(read, operation, restore)) return;
    const { state } = read;
    if (revisionShown !== null && revisionShown !== state.revision) {
      const shown = levers.last(prompt.id).state;
      const known = shown?.revision === revisionShown ? describe(shown) : revisionShown;
      const now = describe(state);
      const who = state.lastChangedBy === null ? 'someone else' : state.lastChangedBy;
      const at = state.lastChangedAtMs === null ? '' : ` at ${clockTime(state.lastChangedAtMs)}`;
      const message = `${lever.key} was changed by ${who}${at} since it was shown: it is now ${now}. Nothing was sent.`;
      if (incidentId !== null) {
        const atMs = clock.nowMs();
        const line = { kind: 'lever' as const, by: actor.name, atMs, recordedAtMs: atMs };
        await book.commit({
          timeline: [timelineEntry(incidentId, { ...line, text: `press stopped: ${message}` })],
        });
      }
      throw new CommandError('CHANGED_SINCE_SHOWN', message, {
        shown: known,
        now,
        by: state.lastChangedBy,
        atMs: state.lastChangedAtMs,
      });
    }
    request.guard?.(read);
    const plan = lever.plan(read, operation);
    if (plan.refused !== null) {
      const fix = 'Use the other lever, or change it in its console.';
      throw new CommandError('REFUSED', plan.refused, { reason: plan.refused, fix });
    }
    if (plan.needsApproval || state.needsApproval) {
      const reason = `${lever.key} in ${lever.environment} needs an approval in ${lever.source}: nothing is live yet.`;
      const fix = lever.consoleUrl
        ? `Open a change request: ${lever.consoleUrl}`
        : 'Open a change request there.';
      throw new CommandError('REFUSED', reason, { reason, fix });
    }
  }

  return async function press(
    request: PressRequest,
    done: OperationRecord,
  ): Promise<{ operation: Operation; isAlreadySo: boolean; release: () => void }> {
    const pressedMonotonicMs = clock.monotonicMs();
    const pressedAtMs = clock.nowMs();
    const { lever, operationId, prompt } = request;
    const release = await turns.take(`${lever.source}/${lever.key}/${lever.environment}`);
    try {
      // Both only read: side by side.
      const [read, head] = await Promise.all([readAtPress(request), records.auditHead()]);
      await compare(request, read);
      const snapshot: SnapshotRecord = {
        id: randomUUID(),
        promptId: prompt.id,
        takenAtMs: clock.nowMs(),
        state: read.state,
        body: read.snapshot,
      };
      const machine = arm(request, read.state, snapshot.id, pressedAtMs);
      const operation: Operation = {
        operationId,
        lever,
        expected: read,
        restore: request.restore,
        comment: comment(request, head ? `${head.seq}:${head.hash.slice(0, 12)}` : null),
        via: request.actor.via,
        pressedMonotonicMs,
      };
      executor.claim(lever, operationId);
      const record = request.incidentId === null ? null : book.record(request.incidentId);
      const settled = record ? request.settles(record) : null;
      const isAlreadySo = lever.isInEffect(read, request.operation, request.restore);
      const events: MachineEvent[] = [{ kind: 'intent-recorded' }];
      if (isAlreadySo) events.push({ kind: 'already-so', state: read.state });
      await executor.apply(operation, events, {
        armed: machine,
        incident: settled && settled !== record ? settled : undefined,
        // What another person has settled meanwhile stays; a rollback is never held up by it.
        yields: true,
        timeline: record && settled ? settledLines(record, settled, request, clock.nowMs()) : [],
        also: [
          { kind: 'snapshot', value: snapshot },
          { kind: 'operation', value: done },
        ],
      });
      return { operation, isAlreadySo, release };
    } catch (error) {
      release();
      throw error;
    }
  };
}

/** The lines for what the press settled by itself. */
function settledLines(before: IncidentRecord, after: IncidentRecord, { actor }: PressRequest, atMs: number) {
  const line = { by: actor.name, atMs, recordedAtMs: atMs };
  return [
    ...(before.identifiedAtMs === null && after.identifiedAtMs !== null
      ? [
          timelineEntry(after.id, {
            ...line,
            kind: 'identified',
            text: `bad version: ${after.badVersion ?? ''}, by rolling it back`,
          }),
        ]
      : []),
    ...(before.decided === null && after.decided !== null
      ? [timelineEntry(after.id, { ...line, kind: 'decided', text: 'decided to roll back, by pressing it' })]
      : []),
  ];
}

function arm(request: PressRequest, before: LeverState, snapshotId: string, atMs: number): Machine {
  const { lever, prompt } = request;
  const detail = `read: ${describe(before)}`;
  const dark: Lamp = { state: 'waiting', atMs: null, afterMs: null, detail: '' };
  const rollback: Rollback = {
    operationId: request.operationId,
    incidentId: request.incidentId,
    promptId: prompt.id,
    lever: lever.kind,
    source: lever.source,
    key: lever.key,
    environment: lever.environment,
    operation: request.operation,
    fromVersion: request.fromVersion,
    toVersion: request.toVersion,
    reason: request.reason,
    actor: request.actor.name,
    state: 'armed',
    stateDetail: detail,
    pressedAtMs: atMs,
    settledAtMs: null,
    revisionShown: request.revisionShown,
    before,
    after: null,
    snapshotId,
    lamps: { accepted: dark, readBack: dark, inTraffic: dark },
    notices: request.notifies ? plannedNotices(prompt) : [],
    history: [{ state: 'armed', atMs, detail }],
    undoes: request.undoes,
  };
  const { worstMs } = lever.capabilities.propagation;
  return {
    rollback,
    facts: {
      revisionBefore: before.revision,
      sends: 0,
      isRecovered: false,
      hadUnknown: false,
      wasAccepted: false,
      conflict: null,
      otherRevision: null,
      propagationMs: Math.min(MAX_PROPAGATION_MS, Math.max(MIN_PROPAGATION_MS, worstMs)),
      inEffectAtMs: null,
      undoneBy: null,
    },
  };
}

/** The provider's own audit log becomes a witness: operation and head of our audit chain (trust.md 1.11). */
function comment(request: PressRequest, auditHead: string | null): string {
  const parts = [
    `Fusebox: ${request.reason ?? 'prompt incident'}`,
    request.incidentId,
    `by ${request.actor.name}`,
    `op ${shortOperation(request.operationId)}`,
    auditHead === null ? null : `audit ${auditHead}`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

/** "on, v18 5 %, v17 95 %" */
export function describe(state: LeverState): string {
  const shares = state.intended.map(({ version, share01 }) => `${version} ${percent(share01)}`).join(', ');
  const power = state.isOn === null ? '' : state.isOn ? 'on' : 'off';
  return [power, shares].filter((part) => part !== '').join(', ') || `revision ${state.revision}`;
}

export function isOpen(machine: Machine): boolean {
  return !isSettled(machine.rollback.state);
}
