import type { Clock } from '../clock.ts';
import { checkBaseUrl } from './base-url.ts';
import type { NoticeOutcome } from './kind.ts';
import { messageInBody, quotable, retryAfterMs } from './response-text.ts';
import { sendOnce } from './send.ts';
import type { SendAnswer } from './send.ts';

export type Notice = {
  readonly system: string;
  /** The address is a secret: whoever has it can post. It never reaches a message. */
  readonly url: string;
  readonly allowInsecure: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly deadlineMs: number;
  readonly secrets: readonly string[];
};

const RETRY_DELAY_MS = 300;

/**
 * Posts a notice, with one second try where the first cannot have been taken in or the receiver asks for it (no connection, cut,
 * 5xx, 429), all within one deadline. A notice may arrive twice; a receiver that minds gets a key to tell by. Never throws.
 */
export async function postNotice(clock: Clock, notice: Notice): Promise<NoticeOutcome> {
  const checked = checkBaseUrl(withoutQuery(notice.url), notice.allowInsecure);
  if (!checked.ok) return { ok: false, detail: `The webhook address ${checked.problem}.` };
  const startedMs = performance.now();
  const leftMs = () => Math.floor(notice.deadlineMs - (performance.now() - startedMs));
  const attempt = () =>
    sendOnce(clock, {
      url: notice.url,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...notice.headers },
      body: notice.body,
      deadlineMs: Math.max(1, leftMs()),
    });
  let answer = await attempt();
  if (isWorthASecondTry(answer)) {
    const asked = answer.kind === 'answered' ? retryAfterMs(answer.retryAfter, clock.nowMs()) : null;
    const waitMs = asked ?? RETRY_DELAY_MS;
    if (waitMs < leftMs() - 50) {
      // Real time: a provider's wish to wait does not run faster in a drill.
      await realSleep(clock, waitMs);
      answer = await attempt();
    }
  }
  return outcome(notice, answer);
}

const realSleep = (clock: Clock, ms: number) =>
  new Promise<void>((resolve) => {
    clock.deadline(ms).addEventListener('abort', () => resolve(), { once: true });
  });

const withoutQuery = (url: string) => url.replace(/[?#].*$/s, '');

function isWorthASecondTry(answer: SendAnswer): boolean {
  return answer.kind !== 'answered' || answer.status >= 500 || answer.status === 429;
}

function outcome(notice: Notice, answer: SendAnswer): NoticeOutcome {
  const { system } = notice;
  switch (answer.kind) {
    case 'not-sent':
      return { ok: false, detail: `${system} was not reached: ${answer.message}. ${answer.fix}` };
    case 'no-answer':
      return {
        ok: false,
        detail: `${system} gave no answer (${answer.detail}); it may have arrived all the same.`,
      };
    case 'answered': {
      if (answer.status >= 200 && answer.status < 300) return { ok: true, detail: `${system} took it` };
      const said = messageInBody(answer.body);
      const quoted = said === null ? '' : ` It says: "${quotable(said, notice.secrets)}"`;
      return {
        ok: false,
        detail: `${system} answered ${answer.status}.${quoted} ${adviceFor(answer.status)}`.trim(),
      };
    }
  }
}

function adviceFor(status: number): string {
  if (status === 404 || status === 410 || status === 403 || status === 401)
    return 'Make a new webhook there and put its address where the workspace says it is.';
  if (status === 429) return 'Too many posts; the next one may pass.';
  if (status >= 300 && status < 400) return 'It redirects, which is never followed.';
  return 'Look at the settings of the webhook there.';
}
