import type { PolicyAction } from '#shared/model/detection.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import {
  CommandError,
  type IncidentDesk,
  type PolicyDesk,
  type RollbackDesk,
  type SourceDesk,
  type WorkspaceDesk,
} from '../ports.ts';
import type { PolicyActionRecord, Records } from '../records/kind.ts';
import { createActionBook } from './action-book.ts';
import { createAnnouncer } from './announcer.ts';
import { carryOut, pressOf, type Ending } from './carry-out.ts';
import {
  MIN_AFTER_RESTART_MS,
  STALE_MS,
  announcedBefore,
  announcedNow,
  calledFor,
  cancelledBecause,
  isSameEpisode,
  isSwitchedOn,
  isTold,
} from './rules.ts';
import { POLICY_ACTOR, announcement, endLine, softTrigger } from './words.ts';

/** The page shows what is about to happen and what happened lately. */
const MAX_SHOWN = 20;
/** A veto, a closed incident or an edited workspace is noticed within this. */
const LOOK_MS = 1_000;
/** The announced time follows the wall clock when that jumps by more than this. */
const JUMP_MS = 2_000;
/** What another engine of the team announced is done here if that one has not done it by then. */
const TAKE_OVER_AFTER_MS = 10_000;

export type PolicyDeps = {
  readonly records: Records;
  readonly clock: Clock;
  readonly workspace: Pick<WorkspaceDesk, 'prompt'>;
  readonly sources: Pick<SourceDesk, 'instance'>;
  readonly incidents: Pick<IncidentDesk, 'openFor' | 'append'>;
  readonly rollbacks: RollbackDesk;
  readonly log: ConnectorLog;
  /** The actions of this prompt are others now. */
  readonly onChange: (promptId: string) => void;
};

/**
 * Carries out what a team allowed the cockpit to do by itself. Everything is written down before it happens; before `start()` nothing is
 * announced, so that a caller that does not stay never begins what nobody would carry out.
 */
export function createPolicies(deps: PolicyDeps): PolicyDesk {
  const { records, clock, workspace, incidents, rollbacks, log } = deps;
  const announcer = createAnnouncer(deps);
  const book = createActionBook(deps);
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  let isStarted = false;

  /** What other engines announced is followed here too: a veto can be given in any cockpit, and one that dies leaves nothing undone. */
  async function refresh(): Promise<void> {
    for (const record of await book.refresh()) if (isStarted) follow(record);
  }

  function follow({ action }: PolicyActionRecord): void {
    if (action.state === 'announced') launch(standBy(action.id));
  }

  const withAction = (record: PolicyActionRecord, change: Partial<PolicyAction>): PolicyActionRecord => ({
    ...record,
    action: { ...record.action, ...change },
  });

  function incidentOf({ incidentId, action }: PolicyActionRecord): string | null {
    const open = incidents.openFor(action.promptId)?.id ?? null;
    return incidentId === null || incidentId === open ? open : null;
  }

  function whyCancelled(record: PolicyActionRecord): string | null {
    const first = announcedBefore(record, book.all());
    if (first) return first.action.outcome ?? 'another cockpit announced it first';
    return cancelledBecause(record, {
      prompt: workspace.prompt(record.action.promptId),
      incident: incidents.openFor(record.action.promptId),
    });
  }

  /** Tells what is about to happen: timeline and channel. */
  async function announce(
    record: PolicyActionRecord,
    prompt: WorkspacePrompt,
    prefix: string,
  ): Promise<void> {
    const text = `${prefix}${announcement(record, prompt, clock.nowMs())}`;
    const incidentId = incidentOf(record);
    announcer.post(prompt, incidentId, text);
    await announcer.line(incidentId, { kind: 'notice', by: POLICY_ACTOR.name, text });
  }

  async function finish(id: string, ending: Ending): Promise<void> {
    const record = book.get(id);
    if (!record) return;
    const over = withAction(record, ending);
    if (await book.commit(over, endLine(over.action))) await tellEnd(over, POLICY_ACTOR.name);
  }

  async function tellEnd(over: PolicyActionRecord, by: string): Promise<void> {
    const incidentId = incidentOf(over);
    const text = endLine(over.action);
    const kind = over.action.state === 'vetoed' ? 'decided' : 'notice';
    const prompt = workspace.prompt(over.action.promptId);
    // A rollback that is done has its own status line in the channel, as after any press.
    const isTold = over.action.kind === 'killswitch' && over.action.state === 'done';
    if (prompt && !isTold) announcer.post(prompt, incidentId, `${prompt.title ?? prompt.id}: ${text}`);
    await announcer.line(incidentId, { kind, by, text });
  }

  /** Waits out the veto on the monotonic clock, then acts. Ends early when the action is no longer due. */
  async function run(id: string, waitMs: number): Promise<void> {
    const untilMs = clock.monotonicMs() + waitMs;
    const first = book.get(id);
    if (first?.action.kind === 'killswitch' && waitMs > 0) await lookAhead(id);
    for (;;) {
      await refresh();
      const record = book.get(id);
      if (!record || record.action.state !== 'announced') return;
      const because = whyCancelled(record);
      if (because !== null) return finish(record.action.id, { state: 'cancelled', outcome: because });
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0) return act(record);
      const actsAtMs = clock.nowMs() + leftMs;
      if (Math.abs(actsAtMs - record.action.actsAtMs) > JUMP_MS) {
        await book.commit(withAction(record, { actsAtMs }), null);
        continue;
      }
      await clock.sleep(Math.min(leftMs, LOOK_MS), stopping.signal);
    }
  }

  /** Another engine's action is left to that one; where it must have died over it, it is done here, unless somebody stopped it. */
  async function standBy(id: string): Promise<void> {
    let announcedFor: number | null = null;
    let untilMs = 0;
    for (;;) {
      const record = book.get(id);
      if (!record || record.action.state !== 'announced') return;
      const { actsAtMs } = record.action;
      const leftMs = actsAtMs - clock.nowMs();
      if (leftMs < -STALE_MS) return;
      if (actsAtMs !== announcedFor) {
        // Its time is by another machine's clock: the veto is never shorter here than it was announced.
        untilMs = clock.monotonicMs() + Math.max(leftMs, record.vetoMs) + TAKE_OVER_AFTER_MS;
        announcedFor = actsAtMs;
      }
      const isDue = clock.monotonicMs() >= untilMs;
      // While the record is away a veto given elsewhere is not heard here. Of what is cancelled its own engine tells.
      if (isDue && records.problem() === null) return whyCancelled(record) === null ? act(record) : undefined;
      await clock.sleep(LOOK_MS, stopping.signal);
      await refresh();
    }
  }

  /** Reads the lever while people still have time: what was there when it was announced, and whether a press would be taken at all. */
  async function lookAhead(id: string): Promise<void> {
    const record = book.get(id);
    if (!record || record.revisionShown !== null) return;
    const wish = { promptId: record.action.promptId, lever: null, toVersion: null };
    const plan = await rollbacks.plan(wish).catch(() => null);
    const present = book.get(id);
    if (!plan || present?.action.state !== 'announced') return;
    if (plan.blocked !== null) await finish(id, { state: 'failed', outcome: plan.blocked });
    else if (plan.state) await book.commit({ ...present, revisionShown: plan.state.revision }, null);
  }

  async function act(record: PolicyActionRecord): Promise<void> {
    const acting = {
      ...withAction(record, { state: 'acting', operationId: record.action.id }),
      engineId: records.engineId,
    };
    if (!(await book.commit(acting, `acts: ${acting.action.because}`))) return;
    await finish(acting.action.id, await carryOut(acting, { rollbacks, clock, signal: stopping.signal }));
  }

  function launch(work: Promise<void>): void {
    const guarded = work
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn({ error: String(error) }, 'policy stopped');
      })
      .finally(() => running.delete(guarded));
    running.add(guarded);
  }

  /** After a restart: announced again with time for a veto; a press that was begun is followed, never repeated. */
  async function resume(record: PolicyActionRecord): Promise<void> {
    const { action } = record;
    const nowMs = clock.nowMs();
    if (action.state === 'acting' && (await isBegun(action.id))) {
      return finish(record.action.id, await carryOut(record, { rollbacks, clock, signal: stopping.signal }));
    }
    // Nothing was sent: the machine writes its intent down first.
    const prompt = workspace.prompt(action.promptId);
    const isStale = nowMs - action.actsAtMs > STALE_MS;
    const because = isStale
      ? 'Fusebox was not running when it was due, and that is too long ago to act on'
      : whyCancelled(record);
    if (!prompt || because !== null) {
      return finish(action.id, { state: 'cancelled', outcome: because ?? 'its prompt is gone' });
    }
    const leftMs = Math.min(action.actsAtMs - nowMs, record.vetoMs);
    const waitMs = Math.max(leftMs, MIN_AFTER_RESTART_MS);
    const again = withAction(record, { state: 'announced', operationId: null, actsAtMs: nowMs + waitMs });
    if (!(await book.commit(again, 'announced again after a restart'))) return;
    await announce(again, prompt, 'After a restart: ');
    return run(action.id, waitMs);
  }

  async function isBegun(operationId: string): Promise<boolean> {
    // A refusal is recorded too: asked again, the machine gives the same answer.
    return (
      (await pressOf(rollbacks, operationId)) !== null || (await records.operation(operationId)) !== null
    );
  }

  return {
    actions(promptId) {
      const candidate = workspace.prompt(promptId)?.candidate ?? null;
      return book
        .all()
        .filter((record) => record.action.promptId === promptId && record.candidate === candidate)
        .map(({ action }) => action)
        .toSorted((a, b) => b.announcedAtMs - a.announcedAtMs || (a.id < b.id ? -1 : 1))
        .slice(0, MAX_SHOWN);
    },

    async veto({ policyActionId, actor, operationId }) {
      await book.load();
      await refresh();
      const record = book.get(policyActionId);
      if (!record) {
        const message = `Nothing is announced under ${policyActionId}.`;
        throw new CommandError('NOT_FOUND', message, { what: 'policy action', id: policyActionId });
      }
      const { action } = record;
      if (action.state === 'vetoed') return action;
      if (action.state !== 'announced') throw tooLate(action);
      const vetoed = withAction(record, {
        state: 'vetoed',
        vetoedBy: actor.name,
        outcome: `vetoed by ${actor.name}`,
      });
      if (!(await book.commit(vetoed, `vetoed by ${actor.name}`, { actor, operationId }))) {
        throw tooLate(book.get(policyActionId)?.action ?? action);
      }
      await tellEnd(vetoed, actor.name);
      return vetoed.action;
    },

    async onAlarm({ promptId, alarm, candidate, incidentId, isFirst = false, isAlone = false }) {
      if (!isStarted) return;
      await book.load();
      await refresh();
      const prompt = workspace.prompt(promptId);
      const nowMs = clock.nowMs();
      if (!prompt || alarm.resolvedAtMs !== null || nowMs - alarm.atMs > STALE_MS) return;
      if (isFirst && incidentId === null && isTold(prompt, alarm)) {
        announcer.post(prompt, null, softTrigger(prompt, candidate, alarm));
      }
      if (isAlone || prompt.candidate !== candidate) return;
      const kind = calledFor(alarm).find((each) => isSwitchedOn(prompt, each));
      if (!kind) return;
      const about = { kind, promptId, candidate, atMs: alarm.atMs, incidentId };
      const earlier = book.all().find((record) => isSameEpisode(record, about));
      if (earlier) {
        if (alarm.atMs > earlier.lastAlarmAtMs)
          await book.commit({ ...earlier, lastAlarmAtMs: alarm.atMs }, null);
        return;
      }
      const record = announcedNow(kind, prompt, {
        alarm,
        candidate,
        incidentId,
        engineId: records.engineId,
        nowMs,
      });
      if (!(await book.commit(record, `announced: ${alarm.sentence}`))) return;
      await announce(record, prompt, '');
      launch(run(record.action.id, record.vetoMs));
    },

    start() {
      if (isStarted) return;
      isStarted = true;
      records.onChangedElsewhere(() => launch(refresh()));
      launch(
        book.load().then(() => {
          for (const record of book.all()) {
            const { state } = record.action;
            // One from before the record was shared is nobody's and followed like theirs.
            if (record.engineId !== records.engineId) follow(record);
            else if (state === 'announced' || state === 'acting') launch(resume(record));
          }
        }),
      );
    },

    async stop() {
      stopping.abort(new Error('the engine stops'));
      await Promise.allSettled(running);
      await announcer.stop();
    },
  };
}

function tooLate(action: PolicyAction): CommandError {
  const reason = `Too late to veto: ${endLine(action)}`;
  const fix = action.state === 'done' ? 'Undo it in the incident view.' : 'Nothing is left to stop.';
  return new CommandError('REFUSED', reason, { reason, fix });
}
