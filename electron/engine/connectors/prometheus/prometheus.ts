import { z } from 'zod';
import { secretRefSchema } from '#shared/model/workspace.ts';
import { addressSettings, pathOf, withAddressPolicy } from '../base-url.ts';
import { createHttpClient } from '../http.ts';
import type { Credentials } from '../http.ts';
import { SourceError } from '../kind.ts';
import type { ConnectorDescriptor } from '../kind.ts';
import { createTestRun } from '../test-run.ts';
import { createPrometheusReader } from './reader.ts';
import { buildInfoSchema, instantAnswerSchema } from './shapes.ts';

export const prometheusSettingsSchema = withAddressPolicy(
  z.strictObject({
    ...addressSettings,
    /** Sent as Bearer, where a proxy or the server asks for one. */
    token: secretRefSchema.optional(),
    /** Basic authentication instead of a token. */
    user: z.string().min(1).optional(),
    password: secretRefSchema.optional(),
    /** X-Scope-OrgID of Mimir, Cortex and Loki. */
    tenant: z.string().min(1).optional(),
    timeoutMs: z.number().int().min(100).max(60_000).default(5000),
  }),
);
export type PrometheusSettings = z.infer<typeof prometheusSettingsSchema>;

/** Prometheus, VictoriaMetrics, Mimir, Thanos: everything with the Prometheus HTTP API. Run against 2.42. */
export const prometheusConnector: ConnectorDescriptor<PrometheusSettings> = {
  id: 'prometheus',
  title: 'Prometheus',
  kinds: ['metrics'],
  settings: prometheusSettingsSchema,
  leastPrivilegeHint: 'Read access to the query API is all it needs; nothing is ever written.',
  refreshIntervalMs: 15_000,
  async create(source, deps) {
    const { settings } = source;
    const http = createHttpClient({
      system: 'Prometheus',
      baseUrl: settings.baseUrl,
      allowInsecure: settings.allowInsecure,
      clock: deps.clock,
      readTimeoutMs: settings.timeoutMs,
      writeTimeoutMs: settings.timeoutMs,
      credentials: () => credentialsOf(settings, deps.readSecret),
    });
    const sample = async (signal?: AbortSignal) => {
      const answer = await http.read(
        { path: pathOf('api', 'v1', 'query'), form: { query: 'vector(1)' }, signal },
        instantAnswerSchema,
      );
      if (answer.data.resultType !== 'vector' || answer.data.result.length !== 1)
        throw new SourceError('The query vector(1) gave no answer.', {
          fix: 'Check that baseUrl leads to the query API.',
        });
    };
    return {
      baseUrl: http.baseUrl,
      metrics: createPrometheusReader({
        http,
        clock: deps.clock,
        serverTimeoutMs: Math.max(100, Math.round(settings.timeoutMs * 0.9)),
      }),
      probe: sample,
      async test() {
        const run = createTestRun(deps.clock);
        run.warnOfPlainHttp(http.baseUrl);
        await run.attempt('reachable', async () => {
          const { data } = await http.read(
            { path: pathOf('api', 'v1', 'status', 'buildinfo') },
            buildInfoSchema,
          );
          return data?.version === undefined ? `${http.baseUrl} answers` : `version ${data.version}`;
        });
        await run.attempt('may query', async () => {
          await sample();
          return 'a sample query was answered';
        });
        return run.result('Prometheus is ready');
      },
      close: () => http.close(),
    };
  },
};

async function credentialsOf(
  settings: PrometheusSettings,
  readSecret: (ref: NonNullable<PrometheusSettings['token']>) => Promise<string>,
): Promise<Credentials> {
  const tenant: Record<string, string> =
    settings.tenant === undefined ? {} : { 'x-scope-orgid': settings.tenant };
  if (settings.token) {
    const token = await readSecret(settings.token);
    return { headers: { ...tenant, authorization: `Bearer ${token}` }, secrets: [token] };
  }
  if (settings.user !== undefined && settings.password) {
    const password = await readSecret(settings.password);
    const basic = Buffer.from(`${settings.user}:${password}`).toString('base64');
    return { headers: { ...tenant, authorization: `Basic ${basic}` }, secrets: [password, basic] };
  }
  return { headers: tenant, secrets: [] };
}
