import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { secretRefSchema } from '#shared/model/workspace.ts';
import { checkBaseUrl } from '../base-url.ts';
import { SourceError } from '../kind.ts';
import type { ConnectorDescriptor } from '../kind.ts';
import { postNotice } from '../notify.ts';
import { createTestRun } from '../test-run.ts';

const genericWebhookSettingsSchema = z.strictObject({
  /** The whole address: often it holds a key, so it is treated as a secret. */
  url: secretRefSchema,
  /** With it, every page is signed: X-Fusebox-Signature: sha256=<hex HMAC of the body>. */
  signingSecret: secretRefSchema.optional(),
  allowInsecure: z.boolean().default(false),
  timeoutMs: z.number().int().min(100).max(10_000).default(3000),
});
type GenericWebhookSettings = z.infer<typeof genericWebhookSettingsSchema>;

/** A webhook that pages somebody. The payload is described in the README of the connectors. */
export const genericWebhookConnector: ConnectorDescriptor<GenericWebhookSettings> = {
  id: 'generic-webhook',
  title: 'Webhook for paging',
  kinds: ['paging'],
  settings: genericWebhookSettingsSchema,
  leastPrivilegeHint: 'An address that can open an alert for one service and nothing else.',
  refreshIntervalMs: 60_000,
  create(source, deps) {
    const { settings } = source;
    const check = async () => {
      const url = await deps.readSecret(settings.url);
      const checked = checkBaseUrl(url.replace(/[?#].*$/s, ''), settings.allowInsecure);
      if (!checked.ok)
        throw new SourceError(`The webhook address ${checked.problem}.`, {
          fix: 'Copy the whole address again.',
        });
      if (settings.signingSecret) await deps.readSecret(settings.signingSecret);
    };
    return Promise.resolve({
      baseUrl: null,
      paging: {
        async page(alert) {
          try {
            const url = await deps.readSecret(settings.url);
            const key = settings.signingSecret ? await deps.readSecret(settings.signingSecret) : null;
            const body = JSON.stringify({
              event: 'prompt-incident',
              summary: alert.summary,
              severity: alert.severity,
              incidentId: alert.incidentId,
              promptId: alert.promptId,
              owner: alert.owner,
              service: alert.service,
              dedupKey: alert.dedupKey,
              sentAt: new Date(deps.clock.nowMs()).toISOString(),
            });
            return await postNotice(deps.clock, {
              system: 'The pager',
              url,
              allowInsecure: settings.allowInsecure,
              headers:
                key === null
                  ? {}
                  : {
                      'x-fusebox-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
                    },
              body,
              deadlineMs: settings.timeoutMs,
              secrets: key === null ? [url] : [url, key],
            });
          } catch (error) {
            return {
              ok: false,
              detail:
                error instanceof SourceError
                  ? `${error.message} ${error.fix}`.trim()
                  : 'The page could not be sent.',
            };
          }
        },
      },
      probe: check,
      async test() {
        const run = createTestRun(deps.clock);
        await run.attempt('address known', async () => {
          await check();
          return 'the webhook address is there; nobody was paged';
        });
        return run.result('The webhook is ready');
      },
      close: () => Promise.resolve(),
    });
  },
};
