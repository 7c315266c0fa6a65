import { startCockpit } from './cockpit.ts';
import type { Cockpit } from './cockpit.ts';
import { startFaultProxy } from './faults/fault-proxy.ts';
import type { FaultProxy } from './faults/fault-proxy.ts';
import { PROMPT_NAME, PROMPT_TEXTS, promptSha } from './sample-service/prompts.ts';
import { startSampleService } from './sample-service/sample-service.ts';
import type { SampleService } from './sample-service/sample-service.ts';
import { freePort } from './servers/free-port.ts';
import { missingPrometheusReason, startPrometheus } from './servers/prometheus.ts';
import type { PrometheusServer } from './servers/prometheus.ts';
import { readFlag, seedPromptFlag } from './servers/prompt-flag.ts';
import type { FlagState } from './servers/prompt-flag.ts';
import { missingUnleashReason } from './servers/unleash.ts';
import type { UnleashServer } from './servers/unleash.ts';
import { startWebhookReceiver } from './servers/webhook-receiver.ts';
import type { WebhookReceiver } from './servers/webhook-receiver.ts';

/** Everything of one incident on real systems: each with a fault proxy in front where a test may want one. */
export type RealLoop = {
  promptId: string;
  flag: string;
  unleashProxy: FaultProxy;
  prometheus: PrometheusServer;
  prometheusProxy: FaultProxy;
  service: SampleService;
  chat: WebhookReceiver;
  pager: WebhookReceiver;
  cockpit: Cockpit;
  /** What Unleash's own admin API says, past the proxy. */
  readFlag: () => Promise<FlagState>;
  stop: () => Promise<void>;
};

const ENVIRONMENT = 'production';
const CONTROL = 'v17';
const CANDIDATE = 'v18';

/** Why the loop cannot run on this machine; undefined when it can. */
export async function missingLoopReason(): Promise<string | undefined> {
  return (await missingUnleashReason()) ?? (await missingPrometheusReason());
}

/**
 * A service under a prompt flag of its own name on the given Unleash, its telemetry going to a fresh cockpit, its metrics to a
 * fresh Prometheus, and the cockpit reading all three. The regression has not begun.
 */
export async function startRealLoop(options: {
  unleash: UnleashServer;
  flag: string;
  seed: number;
}): Promise<RealLoop> {
  const { unleash, flag } = options;
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.toReversed()) await one();
  };
  const keep = <Server extends { stop: () => Promise<void> }>(server: Server): Server => {
    stops.push(server.stop);
    return server;
  };
  try {
    await seedPromptFlag(unleash, {
      flag,
      environment: ENVIRONMENT,
      control: CONTROL,
      candidate: CANDIDATE,
      candidateWeight: 500,
      payloads: { control: promptSha(CONTROL), candidate: promptSha(CANDIDATE) },
    });
    const servicePort = await freePort();
    const unleashProxy = keep(await startFaultProxy(unleash.url));
    const prometheus = keep(
      await startPrometheus({ targets: [{ job: 'support-agent', address: `127.0.0.1:${servicePort}` }] }),
    );
    const prometheusProxy = keep(await startFaultProxy(prometheus.url));
    const chat = keep(await startWebhookReceiver());
    const pager = keep(await startWebhookReceiver());
    const cockpit = keep(
      await startCockpit({
        workspace: workspaceOf({ flag, unleash: unleashProxy, prometheus: prometheusProxy }),
        env: {
          UNLEASH_ADMIN_TOKEN: unleash.adminToken,
          CHAT_WEBHOOK_URL: chat.url,
          PAGER_WEBHOOK_URL: pager.url,
        },
      }),
    );
    const { info } = await cockpit.calls().engine.info();
    if (info.otlpEndpoint === null) throw new Error(`the cockpit receives no OTLP:\n${cockpit.logTail()}`);
    const service = keep(
      await startSampleService({
        unleash,
        flag,
        otlpEndpoint: new URL(info.otlpEndpoint).origin,
        port: servicePort,
        seed: options.seed,
        // Enough for the statistics to speak within a minute.
        conversationsPerS: 80,
      }),
    );
    return {
      promptId: PROMPT_NAME,
      flag,
      unleashProxy,
      prometheus,
      prometheusProxy,
      service,
      chat,
      pager,
      cockpit,
      readFlag: () => readFlag(unleash, flag, ENVIRONMENT),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Places = {
  flag: string;
  unleash: { url: string };
  prometheus: { url: string };
};

const selector = 'prompt="$prompt",version="$version",cohort=~"$cohort"';
const increaseOf = (counter: string): string => `sum(increase(${counter}{${selector}}[$window]))`;

/** Complaints and csat are read from Prometheus, safety trips and downstream errors from the traces. */
function workspaceOf({ flag, unleash, prometheus }: Places): object {
  return {
    version: 1,
    name: 'Northwind Parcel',
    telemetry: { port: 0 },
    sources: [
      {
        id: 'unleash',
        connector: 'unleash',
        settings: { baseUrl: unleash.url, token: { env: 'UNLEASH_ADMIN_TOKEN' }, sdkRefreshMs: 500 },
      },
      { id: 'prometheus', connector: 'prometheus', settings: { baseUrl: prometheus.url } },
      { id: 'chat', connector: 'slack-webhook', settings: { url: { env: 'CHAT_WEBHOOK_URL' } } },
      { id: 'pager', connector: 'generic-webhook', settings: { url: { env: 'PAGER_WEBHOOK_URL' } } },
    ],
    prompts: [
      {
        id: PROMPT_NAME,
        title: 'Customer support agent',
        service: 'support-agent',
        owner: 'amara@example.com',
        control: CONTROL,
        candidate: CANDIDATE,
        versions: [CONTROL, CANDIDATE].map((id) => ({ id, sha: promptSha(id), text: PROMPT_TEXTS[id] })),
        flag: { source: 'unleash', key: flag, project: 'default', environment: ENVIRONMENT },
        signals: {
          complaints: {
            source: 'prometheus',
            events: increaseOf('llm_complaints_total'),
            conversations: increaseOf('llm_conversations_total'),
          },
          csat: {
            source: 'prometheus',
            sum: increaseOf('llm_csat_score_sum'),
            count: increaseOf('llm_csat_score_count'),
            sumSquares: increaseOf('llm_csat_score_squares_sum'),
          },
        },
        cohorts: ['tenant_cohort_A', 'tenant_cohort_B', 'tenant_cohort_C'],
        chat: { source: 'chat' },
        paging: { source: 'pager' },
      },
    ],
  };
}
