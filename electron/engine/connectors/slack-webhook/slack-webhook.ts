import { z } from 'zod';
import { secretRefSchema } from '#shared/model/workspace.ts';
import { checkBaseUrl } from '../base-url.ts';
import { SourceError } from '../kind.ts';
import type { ConnectorDescriptor } from '../kind.ts';
import { postNotice } from '../notify.ts';
import { createTestRun } from '../test-run.ts';

const slackWebhookSettingsSchema = z.strictObject({
  /** The whole webhook address: it is the secret. */
  url: secretRefSchema,
  /** For receivers in one's own network without https. */
  allowInsecure: z.boolean().default(false),
  timeoutMs: z.number().int().min(100).max(10_000).default(3000),
});
type SlackWebhookSettings = z.infer<typeof slackWebhookSettingsSchema>;

/** Slack's own rule for text: these three characters are markup, everything else is literal. */
export const escapeSlackText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** An incoming webhook that takes `{"text": …}`: Slack, Mattermost, Rocket.Chat, Discord's /slack address. */
export const slackWebhookConnector: ConnectorDescriptor<SlackWebhookSettings> = {
  id: 'slack-webhook',
  title: 'Incoming webhook (Slack-compatible)',
  kinds: ['chat'],
  settings: slackWebhookSettingsSchema,
  leastPrivilegeHint: 'An incoming webhook posts to its one channel and can do nothing else.',
  refreshIntervalMs: 60_000,
  create(source, deps) {
    const { settings } = source;
    const check = async () => {
      const url = await deps.readSecret(settings.url);
      const checked = checkBaseUrl(url.replace(/[?#].*$/s, ''), settings.allowInsecure);
      if (!checked.ok)
        throw new SourceError(`The webhook address ${checked.problem}.`, {
          fix: 'Copy the whole address from where the webhook was made.',
        });
    };
    return Promise.resolve({
      // The host alone would be harmless, the path is the key: neither is shown.
      baseUrl: null,
      chat: {
        async post(message) {
          try {
            const url = await deps.readSecret(settings.url);
            return await postNotice(deps.clock, {
              system: 'The chat',
              url,
              allowInsecure: settings.allowInsecure,
              headers: {},
              body: JSON.stringify({
                text: escapeSlackText(message.text),
                // A hint: webhooks bound to one channel ignore it.
                ...(message.channel === null ? {} : { channel: message.channel }),
              }),
              deadlineMs: settings.timeoutMs,
              secrets: [url],
            });
          } catch (error) {
            return { ok: false, detail: wordsFor(error) };
          }
        },
      },
      // A post is the only call a webhook has, and a health check must not post.
      probe: check,
      async test() {
        const run = createTestRun(deps.clock);
        await run.attempt('address known', async () => {
          await check();
          return 'the webhook address is there; nothing was posted';
        });
        return run.result('The webhook is ready');
      },
      close: () => Promise.resolve(),
    });
  },
};

const wordsFor = (error: unknown) =>
  error instanceof SourceError ? `${error.message} ${error.fix}`.trim() : 'The post could not be made.';
