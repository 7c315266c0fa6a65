import type { Clock } from '../clock.ts';
import type { NoticeOutcome } from '../connectors/kind.ts';

/** Real time a chat or paging service gets; the connectors have shorter ones of their own. */
const NOTICE_DEADLINE_MS = 10_000;

/** Waits for a post or a page, for a bounded time. Connectors promise never to throw; a broken one must still hurt nothing else. */
export async function attemptNotice(
  clock: Pick<Clock, 'deadline'>,
  call: Promise<NoticeOutcome>,
): Promise<NoticeOutcome> {
  const deadline = clock.deadline(NOTICE_DEADLINE_MS);
  const late = new Promise<NoticeOutcome>((resolve) => {
    deadline.addEventListener('abort', () => resolve({ ok: false, detail: 'no answer within 10 s' }), {
      once: true,
    });
  });
  return Promise.race([call, late]).catch((error: unknown) => ({ ok: false, detail: String(error) }));
}
