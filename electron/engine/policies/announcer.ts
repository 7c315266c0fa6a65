import type { TimelineKind } from '#shared/model/incident.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import type { ConnectorLog, NoticeOutcome } from '../connectors/kind.ts';
import type { IncidentDesk, SourceDesk } from '../ports.ts';
import { POLICY_ACTOR } from './words.ts';

/** Real time a chat service gets; the connectors have shorter ones of their own. */
const POST_DEADLINE_MS = 10_000;

export type Announcer = {
  /** One line into the timeline of the incident, if there is one that is open, and never in the way of what it tells about. */
  line(incidentId: string | null, line: { kind: TimelineKind; by: string; text: string }): Promise<void>;
  /** Into the prompt's channel, in the background; its timeline says how that went. */
  post(prompt: WorkspacePrompt, incidentId: string | null, text: string): void;
  stop(): Promise<void>;
};

/** Tells people what a policy does: the timeline and the channel. */
export function createAnnouncer(deps: {
  readonly clock: Clock;
  readonly incidents: Pick<IncidentDesk, 'append'>;
  readonly sources: Pick<SourceDesk, 'instance'>;
  readonly log: ConnectorLog;
}): Announcer {
  const { clock, incidents, sources, log } = deps;
  const running = new Set<Promise<void>>();

  const line: Announcer['line'] = async (incidentId, entry) => {
    if (incidentId === null) return;
    try {
      await incidents.append(incidentId, { ...entry, atMs: clock.nowMs() });
    } catch (error) {
      log.warn({ incidentId, error: String(error) }, 'policy: no line in the timeline');
    }
  };

  async function posting(prompt: WorkspacePrompt, incidentId: string | null, text: string): Promise<void> {
    const { chat } = prompt;
    if (!chat) return;
    const target = chat.channel ? `${chat.channel} through ${chat.source}` : chat.source;
    const poster = sources.instance(chat.source)?.chat;
    const outcome: NoticeOutcome = poster
      ? await inTime(poster.post({ text, channel: chat.channel ?? null, incidentId }))
      : { ok: false, detail: `the source ${chat.source} is not connected` };
    if (!outcome.ok) log.warn({ promptId: prompt.id, detail: outcome.detail }, 'policy: not posted');
    await line(incidentId, {
      kind: 'notice',
      by: POLICY_ACTOR.name,
      text: outcome.ok ? `posted to ${target}: ${text}` : `could not post to ${target}: ${outcome.detail}`,
    });
  }

  /** A connector promises never to throw and to answer in time; a broken one must not hold anything up. */
  async function inTime(call: Promise<NoticeOutcome>): Promise<NoticeOutcome> {
    const late = new Promise<NoticeOutcome>((resolve) => {
      const give = () => resolve({ ok: false, detail: 'no answer within 10 s' });
      clock.deadline(POST_DEADLINE_MS).addEventListener('abort', give, { once: true });
    });
    return Promise.race([call, late]).catch((error: unknown) => ({ ok: false, detail: String(error) }));
  }

  return {
    line,
    post(prompt, incidentId, text) {
      const work = posting(prompt, incidentId, text)
        .catch((error: unknown) => log.warn({ error: String(error) }, 'policy: notice failed'))
        .finally(() => running.delete(work));
      running.add(work);
    },
    async stop() {
      await Promise.allSettled(running);
    },
  };
}
