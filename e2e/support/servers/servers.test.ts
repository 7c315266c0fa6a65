import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { missingPostgresReason, startPostgres } from './postgres.ts';
import { missingPrometheusReason, startPrometheus } from './prometheus.ts';
import { readFlag, readFlagEvents, seedPromptFlag, setFlagEnabled } from './prompt-flag.ts';
import { startServerProcess, waitUntilReady } from './server-process.ts';
import { missingUnleashReason, startUnleash } from './unleash.ts';
import type { UnleashServer } from './unleash.ts';

const noUnleash = await missingUnleashReason();
const noPrometheus = await missingPrometheusReason();
const noPostgres = await missingPostgresReason();
const reasonToSkip = (reason: string | undefined): string =>
  reason === undefined ? '' : ` (skipped: ${reason})`;

describe('a server process', () => {
  it('says what the server wrote when it ends before it is ready', async () => {
    const server = await startServerProcess({
      name: 'Broken',
      command: process.execPath,
      args: ['-e', 'console.error("port is taken"); process.exit(3)'],
    });
    await expect(waitUntilReady(server, 'Broken', () => Promise.resolve(false))).rejects.toThrow(
      /Broken ended before.*port is taken/s,
    );
  });

  it('kills a server that never becomes ready and says so', async () => {
    const server = await startServerProcess({
      name: 'Deaf',
      command: process.execPath,
      args: ['-e', 'setInterval(() => {}, 1e3)'],
    });
    await expect(waitUntilReady(server, 'Deaf', () => Promise.resolve(false), 200)).rejects.toThrow(
      'Deaf was not ready after 200 ms',
    );
    expect(server.hasExited()).toBe(true);
  });

  it('names a command that does not exist', async () => {
    await expect(
      startServerProcess({ name: 'Nothing', command: '/no/such/program', args: [] }),
    ).rejects.toThrow(/Nothing could not be started/);
  });

  it('ends a process that ignores SIGTERM', async () => {
    const script = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e3); console.log("up")';
    const server = await startServerProcess({
      name: 'Stubborn',
      command: process.execPath,
      args: ['-e', script],
    });
    await new Promise<void>((resolve) => server.onStdoutLine(() => resolve()));
    await server.stop('SIGTERM', 100);
    expect(server.hasExited()).toBe(true);
  });
});

describe.skipIf(noPostgres !== undefined)(`PostgreSQL${reasonToSkip(noPostgres)}`, () => {
  it('comes back on the same port after a crash, and stops', async () => {
    const postgres = await startPostgres();
    try {
      await postgres.crash();
      await postgres.restart();
      expect(postgres.logTail()).toContain('database system is ready to accept connections');
    } finally {
      await postgres.stop();
    }
  }, 60_000);
});

describe.skipIf(noUnleash !== undefined)(`Unleash${reasonToSkip(noUnleash)}`, () => {
  let unleash: UnleashServer;
  beforeAll(async () => {
    unleash = await startUnleash();
  }, 120_000);
  afterAll(() => unleash?.stop());

  it('serves a seeded prompt flag to an SDK, and says off after the switch', async () => {
    const flag = 'support_prompt_rollout';
    await seedPromptFlag(unleash, {
      flag,
      environment: 'production',
      control: 'v17',
      candidate: 'v18',
      candidateWeight: 50,
    });
    expect(await readFlag(unleash, flag, 'production')).toEqual({
      isEnabled: true,
      weights: { v17: 950, v18: 50 },
    });

    const sdk = await fetch(`${unleash.url}/api/client/features`, {
      headers: { authorization: unleash.backendToken },
    });
    expect(sdk.status).toBe(200);

    await setFlagEnabled(unleash, flag, 'production', false);
    expect((await readFlag(unleash, flag, 'production')).isEnabled).toBe(false);
    const events = await readFlagEvents(unleash, flag);
    expect(events[0]).toMatchObject({ type: 'feature-environment-disabled', environment: 'production' });
  });

  it('refuses a token it does not know', async () => {
    await expect(
      readFlag({ url: unleash.url, adminToken: '*:*.wrong' }, 'any', 'production'),
    ).rejects.toThrow(/answered 401/);
  });

  it('leaves a write unanswered while its database is frozen, and says GOOD all the same', async () => {
    const flag = 'frozen_database';
    await seedPromptFlag(unleash, {
      flag,
      environment: 'production',
      control: 'v17',
      candidate: 'v18',
      candidateWeight: 500,
    });
    unleash.postgres.pause();
    try {
      const write = fetch(
        `${unleash.url}/api/admin/projects/default/features/${flag}/environments/production/off`,
        {
          method: 'POST',
          headers: { authorization: unleash.adminToken },
          signal: AbortSignal.timeout(1_500),
        },
      );
      await expect(write).rejects.toMatchObject({ name: 'TimeoutError' });
      const health = await fetch(`${unleash.url}/health`);
      expect(await health.json()).toEqual({ health: 'GOOD' });
    } finally {
      unleash.postgres.resume();
    }
    await expect
      .poll(async () => (await readFlag(unleash, flag, 'production')).weights, { timeout: 15_000 })
      .toEqual({ v17: 500, v18: 500 });
  }, 40_000);
});

describe.skipIf(noPrometheus !== undefined)(`Prometheus${reasonToSkip(noPrometheus)}`, () => {
  let exporter: Server;
  beforeAll(async () => {
    exporter = createServer((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(
        '# TYPE llm_conversations_total counter\nllm_conversations_total{instance="worker-1",version="v17"} 42\n',
      );
    });
    await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => exporter.close());

  it("scrapes the given target each second and keeps the service's own instance label", async () => {
    const { port } = exporter.address() as AddressInfo;
    const prometheus = await startPrometheus({
      targets: [{ job: 'support-agent', address: `127.0.0.1:${port}` }],
    });
    try {
      await expect
        .poll(() => prometheus.query('llm_conversations_total'), { timeout: 15_000, interval: 200 })
        .toMatchObject([
          { labels: { job: 'support-agent', instance: 'worker-1', version: 'v17' }, value: 42 },
        ]);
    } finally {
      await prometheus.stop();
    }
  }, 40_000);
});
