import { isInEffect, isSettled, type Machine } from '#shared/domain/rollback/machine.ts';
import { statusLine } from '#shared/domain/rollback/status-line.ts';
import type { Notice, Rollback } from '#shared/model/rollback.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { NoticeOutcome } from '../connectors/kind.ts';
import { attemptNotice } from './attempt-notice.ts';
import type { Book } from './book.ts';
import { TOOL, localOffset, type IncidentDeps } from './deps.ts';
import type { Executor } from './executor.ts';
import { chatTarget, timelineEntry } from './timeline-text.ts';

/** The line waits this long for the read-back, so that it can say how it ended; then it goes out saying "checking". */
const LINE_WAITS_MS = 3_000;

/** The notices an operation starts with: who will be told, or that nobody is configured. */
export function plannedNotices(prompt: WorkspacePrompt): Notice[] {
  return [
    prompt.chat
      ? notice('post', chatTarget(prompt), 'sending', 'waiting to be sent')
      : notice('post', 'incident channel', 'not-configured', 'no chat source: add `chat:` to this prompt'),
    prompt.paging
      ? notice('page', pageTarget(prompt), 'sending', 'waiting to be sent')
      : notice(
          'page',
          prompt.owner ?? 'owner',
          'not-configured',
          'no paging source: add `paging:` to this prompt',
        ),
  ];
}

export function pageTarget(prompt: WorkspacePrompt): string {
  if (!prompt.paging) return '';
  return `${prompt.owner ?? 'the owner'} through ${prompt.paging.source}`;
}

function notice(kind: Notice['kind'], target: string, state: Notice['state'], detail: string): Notice {
  return { kind, target, state, detail, atMs: null };
}

/** Sends the post and the page that go with a press. Own results, never in the way of the flip. */
export function createNotifier(deps: IncidentDeps, book: Book, executor: Executor) {
  const { sources, clock, log } = deps;
  const running = new Set<Promise<void>>();

  async function record(
    operationId: string,
    kind: Notice['kind'],
    change: Partial<Notice>,
    line: string | null,
  ) {
    const machine = book.machine(operationId);
    if (!machine) return;
    const atMs = clock.nowMs();
    const { rollback } = machine;
    const notices = rollback.notices.map((entry) =>
      entry.kind === kind ? { ...entry, ...change, atMs } : entry,
    );
    const { incidentId } = rollback;
    await book.commit({
      machines: [{ ...machine, rollback: { ...rollback, notices } }],
      timeline:
        incidentId === null || line === null
          ? []
          : [timelineEntry(incidentId, { kind: 'notice', by: TOOL, text: line, atMs, recordedAtMs: atMs })],
    });
  }

  const attempt = (call: Promise<NoticeOutcome>) => attemptNotice(clock, call);

  async function post(prompt: WorkspacePrompt, operationId: string): Promise<void> {
    const { chat } = prompt;
    if (!chat) return;
    const poster = sources.instance(chat.source)?.chat;
    if (!poster) {
      const detail = `the source ${chat.source} is not connected`;
      await record(operationId, 'post', { state: 'failed', detail }, `not posted: ${detail}`);
      return;
    }
    const say = async (machine: Machine) => {
      const text = statusLine(machine.rollback, localOffset(deps, machine.rollback.pressedAtMs));
      const outcome = await attempt(
        poster.post({ text, channel: chat.channel ?? null, incidentId: machine.rollback.incidentId }),
      );
      await record(
        operationId,
        'post',
        { state: outcome.ok ? 'sent' : 'failed', detail: outcome.ok ? text : outcome.detail },
        outcome.ok
          ? `posted to ${chatTarget(prompt)}: ${text}`
          : `could not post to ${chatTarget(prompt)}: ${outcome.detail}`,
      );
    };
    await executor.settled(operationId, LINE_WAITS_MS);
    const first = book.machine(operationId);
    if (!first) return;
    await say(first);
    if (isSettled(first.rollback.state)) return;
    // The channel was told "checking": it also hears how that ended.
    await executor.settled(operationId, Number.MAX_SAFE_INTEGER);
    const ended = book.machine(operationId);
    if (ended && isSettled(ended.rollback.state)) await say(ended);
  }

  async function page(prompt: WorkspacePrompt, operationId: string): Promise<void> {
    const { paging } = prompt;
    const machine = book.machine(operationId);
    if (!paging || !machine) return;
    const { rollback } = machine;
    const pager = sources.instance(paging.source)?.paging;
    if (!pager) {
      const detail = `the source ${paging.source} is not connected`;
      await record(operationId, 'page', { state: 'failed', detail }, `not paged: ${detail}`);
      return;
    }
    const incident = rollback.incidentId === null ? null : book.view(rollback.incidentId);
    const outcome = await attempt(
      pager.page({
        summary: pageSummary(prompt, rollback),
        severity: incident?.severity ?? prompt.severity,
        incidentId: rollback.incidentId,
        promptId: prompt.id,
        owner: prompt.owner ?? null,
        service: paging.service ?? null,
        dedupKey: rollback.incidentId ?? rollback.operationId,
      }),
    );
    await record(
      operationId,
      'page',
      { state: outcome.ok ? 'sent' : 'failed', detail: outcome.detail },
      outcome.ok ? `paged ${pageTarget(prompt)}` : `could not page ${pageTarget(prompt)}: ${outcome.detail}`,
    );
  }

  const start = (work: Promise<void>) => {
    const guarded = work
      .catch((error: unknown) => log.warn({ error: String(error) }, 'notice failed'))
      .finally(() => running.delete(guarded));
    running.add(guarded);
  };

  return {
    /** Starts both and returns at once. */
    send(prompt: WorkspacePrompt, operationId: string): void {
      start(post(prompt, operationId));
      start(page(prompt, operationId));
    },
    /** After a restart: what was on its way is not sent again, and says so. */
    async abandon(operationId: string): Promise<void> {
      const machine = book.machine(operationId);
      for (const entry of machine?.rollback.notices ?? []) {
        if (entry.state !== 'sending') continue;
        const detail = 'Fusebox stopped before the answer; not sent again';
        await record(operationId, entry.kind, { state: 'failed', detail }, `${entry.kind}: ${detail}`);
      }
    },
    async stop(): Promise<void> {
      await Promise.allSettled(running);
    },
  };
}

function pageSummary(prompt: WorkspacePrompt, rollback: Rollback): string {
  const title = prompt.title ?? prompt.id;
  const verb = isInEffect(rollback.state) ? 'rolled back' : 'being rolled back';
  return `${title} is ${verb} from ${rollback.fromVersion ?? 'an unknown version'} to ${rollback.toVersion} by ${rollback.actor}`;
}
