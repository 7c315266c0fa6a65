import type { SourceTest } from '#shared/model/source.ts';
import { pathOf } from '../base-url.ts';
import { createHttpClient } from '../http.ts';
import type { HttpClient } from '../http.ts';
import { SourceError } from '../kind.ts';
import type { ConnectorDescriptor } from '../kind.ts';
import { createTestRun } from '../test-run.ts';
import { createUnleashLever } from './lever.ts';
import { unleashSettingsSchema } from './settings.ts';
import type { UnleashSettings } from './settings.ts';
import { featureSearchSchema, projectEnvironmentsSchema, projectsSchema } from './shapes.ts';
import { SYSTEM } from './write.ts';
import type { Clock } from '#engine/clock.ts';

/** Unleash, admin API (tested against 7.6.5; the same calls on 8.2.0). */
export const unleashConnector: ConnectorDescriptor<UnleashSettings> = {
  id: 'unleash',
  title: 'Unleash',
  kinds: ['flags'],
  settings: unleashSettingsSchema,
  leastPrivilegeHint:
    'A personal or service-account token of a member of this one project; with custom roles only "toggle in environment" and "update strategy". Then Unleash\'s own log names who it was.',
  refreshIntervalMs: 10_000,
  async create(source, deps) {
    const { settings } = source;
    const http = createHttpClient({
      system: SYSTEM,
      baseUrl: settings.baseUrl,
      allowInsecure: settings.allowInsecure,
      clock: deps.clock,
      readTimeoutMs: settings.readTimeoutMs,
      writeTimeoutMs: settings.writeTimeoutMs,
      credentials: async (use) => {
        const token = await deps.readSecret(
          use === 'write' ? (settings.writeToken ?? settings.token) : settings.token,
        );
        return { headers: { authorization: token }, secrets: [token] };
      },
    });
    return {
      baseUrl: http.baseUrl,
      flags: createUnleashLever({ sourceId: source.id, http, settings, clock: deps.clock }),
      // Authorised and from the database: /health says GOOD while the database is gone.
      async probe(signal) {
        await http.read(
          { path: pathOf('api', 'admin', 'environments', 'project', settings.project), signal },
          projectEnvironmentsSchema,
        );
      },
      test: () => testUnleash(http, settings, deps.clock),
      close: () => http.close(),
    };
  },
};

/** Reads only: a test must not write to a flag. */
async function testUnleash(http: HttpClient, settings: UnleashSettings, clock: Clock): Promise<SourceTest> {
  const run = createTestRun(clock);
  try {
    const { environments } = await http.read(
      { path: pathOf('api', 'admin', 'environments', 'project', settings.project) },
      projectEnvironmentsSchema,
    );
    run.pass('reachable', `${http.baseUrl} answers`);
    run.warnOfPlainHttp(http.baseUrl);
    run.pass('token accepted', 'the token may read the admin API');
    const names = environments.map((one) => one.name);
    run.check(
      'environment exists',
      names.includes(settings.environment),
      names.includes(settings.environment)
        ? `${settings.environment} is there`
        : `there is no ${settings.environment}; there are: ${names.join(', ') || 'none'}`,
    );
  } catch (error) {
    const status = error instanceof SourceError ? error.status : null;
    run.check('reachable', status !== null, status === null ? run.words(error) : `${http.baseUrl} answers`);
    if (status !== null) run.check('token accepted', status !== 401 && status !== 403, run.words(error));
    return run.result('Unleash is ready');
  }
  await run.attempt('project visible', async () => {
    const { projects } = await http.read({ path: pathOf('api', 'admin', 'projects') }, projectsSchema);
    if (!projects.some((project) => project.id === settings.project))
      throw new SourceError(
        `The token does not see the project ${settings.project}; it sees: ${projects.map((project) => project.id).join(', ') || 'none'}.`,
        { fix: "Correct settings.project, or add the token's user to the project." },
      );
    return `${settings.project} is visible`;
  });
  await run.attempt('may read flags', async () => {
    const { total } = await http.read(
      {
        path: pathOf('api', 'admin', 'search', 'features'),
        query: { project: `IS:${settings.project}`, limit: '1', offset: '0' },
      },
      featureSearchSchema,
    );
    return `${total} flags in ${settings.project}`;
  });
  return run.result('Unleash is ready');
}
