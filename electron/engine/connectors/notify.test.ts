import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createClock } from '../clock.ts';
import { startFakeServer } from './fake-server.ts';
import { genericWebhookConnector } from './generic-webhook/generic-webhook.ts';
import type { ConnectorDeps } from './kind.ts';
import { escapeSlackText, slackWebhookConnector } from './slack-webhook/slack-webhook.ts';

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

const SIGNED = { signingSecret: { env: 'SIGN' } };
const KEY = '/services/T000/B000/very-secret-path';

async function start(settings: Record<string, unknown> = {}, signing: Record<string, unknown> = SIGNED) {
  const server = await startFakeServer(() => ({ text: 'ok' }));
  const secrets: Record<string, string> = {
    URL: `${server.url}${KEY}`,
    SIGN: 'signing-secret',
    NOWHERE: `http://127.0.0.1:9${KEY}`,
    PLAIN: `http://hooks.example.com${KEY}`,
  };
  const deps: ConnectorDeps = {
    clock: createClock(),
    fetch: globalThis.fetch,
    readSecret: (ref) => Promise.resolve('env' in ref ? (secrets[ref.env] ?? '') : ''),
    log: { info: () => undefined, warn: () => undefined },
    dataDir: '/nonexistent',
  };
  const slackSettings = slackWebhookConnector.settings.parse({
    url: { env: 'URL' },
    timeoutMs: 900,
    ...settings,
  });
  const genericSettings = genericWebhookConnector.settings.parse({
    url: { env: 'URL' },
    timeoutMs: 900,
    ...settings,
    ...signing,
  });
  const slack = await slackWebhookConnector.create({ id: 'chat', settings: slackSettings }, deps);
  const generic = await genericWebhookConnector.create({ id: 'pager', settings: genericSettings }, deps);
  running.push(server, slack, generic);
  const post = (text: string, channel: string | null = null) =>
    slack.chat!.post({ text, channel, incidentId: 'INC-1' });
  const page = () =>
    generic.paging!.page({
      summary: 'Complaints 4.1x on v18',
      severity: 'P2',
      incidentId: 'INC-1',
      promptId: 'support_agent',
      owner: 'dana',
      service: 'support',
      dedupKey: 'INC-1',
    });
  return { server, slack, generic, post, page };
}

describe('posting to a chat', () => {
  it('sends plain text, escaped, with the channel as a hint', async () => {
    const { server, post } = await start();
    expect(await post('v18 <b> & co -> v17', '#incidents')).toEqual({ ok: true, detail: 'The chat took it' });
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: KEY });
    expect(JSON.parse(server.requests[0]!.body)).toEqual({
      text: 'v18 &lt;b&gt; &amp; co -&gt; v17',
      channel: '#incidents',
    });
    expect(escapeSlackText('<!channel> &amp;')).toBe('&lt;!channel&gt; &amp;amp;');
  });

  it('tries a second time after 500, a reset, or a short wish to wait', async () => {
    const { server, post } = await start();
    server.faultNext({ kind: 'answer', reply: { status: 500 }, after: false });
    expect((await post('one')).ok).toBe(true);
    server.faultNext({ kind: 'reset', after: false });
    expect((await post('two')).ok).toBe(true);
    server.faultNext({
      kind: 'answer',
      reply: { status: 429, headers: { 'retry-after': '0.2' } },
      after: false,
    });
    expect((await post('three')).ok).toBe(true);
    expect(server.requests).toHaveLength(6);
  });

  it('does not wait longer than its deadline, and tries no third time', async () => {
    const { server, post } = await start();
    server.faultNext({
      kind: 'answer',
      reply: { status: 429, headers: { 'retry-after': '60' } },
      after: false,
    });
    expect((await post('one')).detail).toContain('429');
    expect(server.requests).toHaveLength(1);
    server.faultNext({ kind: 'answer', reply: { status: 503 }, after: false });
    server.faultNext({ kind: 'answer', reply: { status: 503 }, after: false });
    expect((await post('two')).ok).toBe(false);
    expect(server.requests).toHaveLength(3);
    server.faultNext({ kind: 'hang', after: false });
    const hung = await post('three');
    expect(hung.ok).toBe(false);
    expect(hung.detail).toContain('may have arrived');
  });

  it('never throws and never shows the address, whatever happens', async () => {
    const { server, post } = await start();
    const details: string[] = [];
    for (const status of [400, 401, 403, 404, 410, 302]) {
      server.faultNext({
        kind: 'answer',
        reply: {
          status,
          json: { error: `no_service ${server.url}${KEY}` },
          headers: { location: 'https://x/' },
        },
        after: false,
      });
      const outcome = await post('x');
      expect(outcome.ok).toBe(false);
      details.push(outcome.detail);
    }
    for (const env of ['NOWHERE', 'PLAIN', 'EMPTY']) {
      const other = await start({ url: { env } });
      const outcome = await other.post('x');
      expect(outcome.ok).toBe(false);
      details.push(outcome.detail);
      details.push(JSON.stringify(await other.slack.test()));
      details.push(JSON.stringify(await other.page()));
    }
    expect(details.join('\n')).not.toContain('very-secret-path');
    expect(details.join('\n')).toContain('Make a new webhook');
  });

  it('tests and probes without posting', async () => {
    const { server, slack, generic } = await start();
    await slack.probe();
    await generic.probe();
    expect(await slack.test()).toMatchObject({ ok: true });
    expect(await generic.test()).toMatchObject({ ok: true });
    expect(server.requests).toHaveLength(0);
    const plain = await start({ url: { env: 'PLAIN' } });
    expect(await plain.slack.test()).toMatchObject({ ok: false });
    await expect(plain.slack.probe()).rejects.toMatchObject({ name: 'SourceError' });
  });
});

describe('paging', () => {
  it('sends the documented payload, signed', async () => {
    const { server, page } = await start();
    expect(await page()).toMatchObject({ ok: true });
    const { body, headers } = server.requests[0]!;
    expect(JSON.parse(body)).toEqual({
      event: 'prompt-incident',
      summary: 'Complaints 4.1x on v18',
      severity: 'P2',
      incidentId: 'INC-1',
      promptId: 'support_agent',
      owner: 'dana',
      service: 'support',
      dedupKey: 'INC-1',
      sentAt: expect.any(String) as string,
    });
    expect(headers['x-fusebox-signature']).toBe(
      `sha256=${createHmac('sha256', 'signing-secret').update(body).digest('hex')}`,
    );
  });

  it('is unsigned where there is no signing secret', async () => {
    const { server, page } = await start({}, {});
    expect((await page()).ok).toBe(true);
    expect(server.requests[0]?.headers['x-fusebox-signature']).toBeUndefined();
  });
});
