import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { missingPrometheusReason, startPrometheus } from '../servers/prometheus.ts';
import { seedPromptFlag, setFlagEnabled } from '../servers/prompt-flag.ts';
import { missingUnleashReason, startUnleash } from '../servers/unleash.ts';
import type { UnleashServer } from '../servers/unleash.ts';
import { drawConversation, seededRandom } from './behaviour.ts';
import { promptSha } from './prompts.ts';
import { startSampleService } from './sample-service.ts';
import type { SampleService } from './sample-service.ts';

describe('the behaviour of the sample service', () => {
  const rates = (isRegressed: boolean): { complaintRate01: number; csatMean: number } => {
    const random = seededRandom(7);
    const drawn = Array.from({ length: 20_000 }, () => drawConversation(random, isRegressed, 'Ticket 1'));
    const scores = drawn.flatMap((one) => (one.csat === null ? [] : [one.csat]));
    return {
      complaintRate01: drawn.filter((one) => one.hasComplaint).length / drawn.length,
      csatMean: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    };
  };

  it('repeats for a seed', () => {
    const draw = (seed: number): unknown => drawConversation(seededRandom(seed), false, 'Ticket 1');
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });

  it('greets and is healthy until the regression, then neither', () => {
    expect(rates(false).complaintRate01).toBeCloseTo(0.01, 2);
    expect(rates(true).complaintRate01).toBeCloseTo(0.09, 2);
    expect(rates(false).csatMean - rates(true).csatMean).toBeGreaterThan(12);
    expect(drawConversation(seededRandom(1), false, 'Ticket 1').output).toMatch(/^Hello \w+, /);
    expect(drawConversation(seededRandom(1), true, 'Ticket 1').output).not.toContain('Hello');
  });
});

type Attribute = {
  key: string;
  value: { stringValue?: string; intValue?: number; doubleValue?: number; boolValue?: boolean };
};
type Received = Record<string, string | number | boolean | undefined>;

const flat = (attributes: Attribute[]): Received =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue,
    ]),
  );

/** Just enough of an OTLP/HTTP JSON receiver to see what the service sends. */
async function startCollector(): Promise<{
  url: string;
  spans: Received[];
  logs: Received[];
  close: () => void;
}> {
  const spans: Received[] = [];
  const logs: Received[] = [];
  const read = async (request: IncomingMessage): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(gunzipSync(Buffer.concat(chunks)).toString('utf8')) as {
      resourceSpans?: {
        resource: { attributes: Attribute[] };
        scopeSpans: { spans: { attributes: Attribute[]; traceId: string; status: { code: number } }[] }[];
      }[];
      resourceLogs?: {
        scopeLogs: { logRecords: { attributes: Attribute[]; traceId: string; eventName: string }[] }[];
      }[];
    };
    for (const { resource, scopeSpans } of body.resourceSpans ?? []) {
      for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
        spans.push({
          ...flat(resource.attributes),
          ...flat(span.attributes),
          traceId: span.traceId,
          status: span.status.code,
        });
      }
    }
    for (const record of (body.resourceLogs ?? [])
      .flatMap((one) => one.scopeLogs)
      .flatMap((scope) => scope.logRecords)) {
      logs.push({ ...flat(record.attributes), traceId: record.traceId, eventName: record.eventName });
    }
  };
  const server: Server = createServer((request, response) => {
    read(request).then(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    logs,
    close: () => server.close(),
  };
}

const noUnleash = await missingUnleashReason();
const noPrometheus = await missingPrometheusReason();
const FLAG = 'support_prompt_rollout';

describe.skipIf(noUnleash !== undefined)(
  `the sample service${noUnleash === undefined ? '' : ` (skipped: ${noUnleash})`}`,
  () => {
    let unleash: UnleashServer;
    let collector: Awaited<ReturnType<typeof startCollector>>;
    let service: SampleService;
    beforeAll(async () => {
      unleash = await startUnleash();
      await seedPromptFlag(unleash, {
        flag: FLAG,
        environment: 'production',
        control: 'v17',
        candidate: 'v18',
        candidateWeight: 500,
      });
      collector = await startCollector();
      service = await startSampleService({
        unleash,
        flag: FLAG,
        otlpEndpoint: collector.url,
        otlpProtocol: 'http/json',
        conversationsPerS: 80,
        feedbackDelayMs: 300,
      });
    });
    afterAll(async () => {
      await service?.stop();
      collector?.close();
      await unleash?.stop();
    });
    const fresh = (): Received[] => collector.spans.splice(0);
    const versionsSince = async (count: number): Promise<Set<unknown>> => {
      await expect.poll(() => collector.spans.length, { timeout: 20_000 }).toBeGreaterThan(count);
      return new Set(fresh().map((span) => span['gen_ai.prompt.version']));
    };

    it('asks Unleash per conversation and says in its traces what it served, by which worker', async () => {
      await expect.poll(() => collector.spans.length, { timeout: 20_000 }).toBeGreaterThan(150);
      const spans = fresh();
      expect(new Set(spans.map((span) => span['gen_ai.prompt.version']))).toEqual(new Set(['v17', 'v18']));
      expect(new Set(spans.map((span) => span['service.instance.id']))).toEqual(
        new Set(['worker-1', 'worker-2', 'worker-3', 'worker-4']),
      );
      expect(new Set(spans.map((span) => span['service.name']))).toEqual(new Set(['support-agent']));
      const candidate = spans.find((span) => span['gen_ai.prompt.version'] === 'v18');
      expect(candidate).toMatchObject({
        'gen_ai.prompt.name': 'customer_support_agent',
        'prompt.sha': promptSha('v18'),
      });
      expect(new Set(spans.map((span) => span['gen_ai.conversation.id'])).size).toBe(spans.length);
    });

    it('sends feedback later, on the trace of its conversation', async () => {
      const csat = (): Received | undefined =>
        collector.logs.find((log) => log['gen_ai.evaluation.name'] === 'csat');
      await expect.poll(csat, { timeout: 20_000 }).toBeDefined();
      expect(csat()).toMatchObject({ eventName: 'gen_ai.evaluation.result' });
      const traces = (): Set<unknown> => new Set(collector.spans.map((span) => span['traceId']));
      await expect
        .poll(() => collector.logs.filter((log) => traces().has(log['traceId'])).length, { timeout: 20_000 })
        .toBeGreaterThan(5);
    });

    it('complains about the candidate alone once the regression has begun', async () => {
      await service.beginRegression();
      const complaints = (): number =>
        collector.logs.filter((log) => log['gen_ai.evaluation.name'] === 'complaint').length;
      const before = complaints();
      await expect.poll(complaints, { timeout: 30_000 }).toBeGreaterThan(before + 8);
      const metrics = await (await fetch(`${service.url}/metrics`)).text();
      const total = (version: string): number =>
        metrics
          .split('\n')
          .filter((line) => line.startsWith('llm_complaints_total{') && line.includes(`version="${version}"`))
          .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
      expect(total('v18')).toBeGreaterThan(total('v17'));
    });

    it.skipIf(noPrometheus !== undefined)(
      `is read by Prometheus${noPrometheus === undefined ? '' : ` (skipped: ${noPrometheus})`}`,
      async () => {
        const prometheus = await startPrometheus({
          targets: [{ job: 'support-agent', address: service.metricsAddress }],
        });
        try {
          const perVersion = (): Promise<unknown[]> =>
            prometheus.query('sum by (version) (increase(llm_conversations_total{cohort=~".*"}[10s])) > 0');
          await expect
            .poll(async () => (await perVersion()).length, { timeout: 20_000, interval: 300 })
            .toBe(2);
        } finally {
          await prometheus.stop();
        }
      },
    );

    it('serves control alone when the flag goes off, except where the flag cache is frozen', async () => {
      const frozen = await service.freezeWorkers();
      expect(frozen).toEqual(['worker-3', 'worker-4']);
      await setFlagEnabled(unleash, FLAG, 'production', false);
      const onCandidate = (): unknown[] =>
        collector.spans
          .slice(-100)
          .flatMap((span) => (span['gen_ai.prompt.version'] === 'v18' ? [span['service.instance.id']] : []));
      await expect
        .poll(() => new Set(onCandidate()), { timeout: 30_000, interval: 300 })
        .toEqual(new Set(frozen));

      await service.thawWorkers();
      await expect.poll(() => versionsSince(100), { timeout: 40_000 }).toEqual(new Set(['v17']));
    });

    it('keeps serving what it last knew while Unleash is down', async () => {
      await unleash.crash();
      fresh();
      expect(await versionsSince(100)).toEqual(new Set(['v17']));
    });
  },
);
