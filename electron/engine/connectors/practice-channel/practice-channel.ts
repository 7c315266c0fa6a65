import { z } from 'zod';
import type { ConnectorDescriptor, NoticeOutcome, PracticeNotice } from '../kind.ts';
import { createTestRun } from '../test-run.ts';

const practiceChannelSettingsSchema = z.strictObject({
  /** What people call it: "drill-channel". */
  name: z.string().min(1).max(80).default('practice channel'),
});
type PracticeChannelSettings = z.infer<typeof practiceChannelSettingsSchema>;

const KEPT = 200;

/**
 * Where a drill posts and pages: a list in memory. What it takes reaches nobody, by construction: it knows no address. Whoever made it reads
 * the list through `notices()` of the instance.
 */
export const practiceChannelConnector: ConnectorDescriptor<PracticeChannelSettings> = {
  id: 'practice-channel',
  title: 'Practice channel (drills)',
  kinds: ['chat', 'paging'],
  settings: practiceChannelSettingsSchema,
  leastPrivilegeHint:
    'Nothing leaves this machine: posts and pages of a drill are kept in memory and reach nobody.',
  refreshIntervalMs: 60_000,
  create(source, deps) {
    const { name } = source.settings;
    const notices: PracticeNotice[] = [];
    function take(kind: 'post' | 'page', text: string): Promise<NoticeOutcome> {
      notices.push({ atMs: deps.clock.nowMs(), kind, text });
      if (notices.length > KEPT) notices.shift();
      return Promise.resolve({ ok: true, detail: `${name} took it; it reaches nobody outside the drill` });
    }
    return Promise.resolve({
      baseUrl: null,
      chat: { post: ({ text }) => take('post', text) },
      paging: { page: ({ summary }) => take('page', summary) },
      notices: () => notices,
      probe: () => Promise.resolve(),
      test() {
        const run = createTestRun(deps.clock);
        run.pass('practice only', `${name} keeps posts and pages; they reach nobody`);
        return Promise.resolve(run.result('The practice channel is ready'));
      },
      close: () => Promise.resolve(),
    });
  },
};
