import { z } from 'zod';
import { secretRefSchema } from '#shared/model/workspace.ts';
import { createClock } from '#engine/clock.ts';
import { SourceError } from '../kind.ts';
import type { ConnectorDescriptor, FlagBoard } from '../kind.ts';
import { createTestRun } from '../test-run.ts';
import { evaluate } from './evaluate.ts';
import { boardFlagSchema } from './flags.ts';
import { createBoardLever } from './lever.ts';
import { startOfrepServer } from './ofrep-server.ts';
import { FIRST_SEEN, openFlagStore } from './store.ts';

export const flagBoardSettingsSchema = z.strictObject({
  /** Port of the OFREP server on 127.0.0.1; 0 = any free one. */
  port: z.number().int().min(0).max(65535).default(0),
  /** Environment of addresses without one. */
  environment: z
    .string()
    .regex(/^[\w-]+$/)
    .default('production'),
  /** Services must then send it as Bearer or X-API-Key. */
  token: secretRefSchema.optional(),
  /** Flags that are created when they do not exist yet; existing ones are left alone. */
  flags: z.array(boardFlagSchema).default([]),
});
export type FlagBoardSettings = z.infer<typeof flagBoardSettingsSchema>;

/** The built-in flag store: for small teams and the demonstration, where no flag vendor is at hand. */
export const flagBoardConnector: ConnectorDescriptor<FlagBoardSettings> = {
  id: 'flag-board',
  title: 'Built-in flag board',
  kinds: ['flags'],
  settings: flagBoardSettingsSchema,
  leastPrivilegeHint:
    'Nothing leaves this machine: services on it evaluate flags over OFREP on 127.0.0.1; only the cockpit changes them.',
  refreshIntervalMs: 10_000,
  async create(source, deps) {
    const { settings } = source;
    const store = await openFlagStore(deps.dataDir, deps.clock);
    const realTime = createClock();
    const { token } = settings;
    const server = await startOfrepServer({
      store,
      port: settings.port,
      defaultEnvironment: settings.environment,
      token: async () => (token ? deps.readSecret(token) : null),
      sleep: (ms, signal) => realTime.sleep(ms, signal),
    }).catch((error: unknown) => {
      const code = (error as NodeJS.ErrnoException).code;
      throw new SourceError(
        code === 'EADDRINUSE'
          ? `Port ${settings.port} on 127.0.0.1 is taken.`
          : `The flag board cannot listen on port ${settings.port}.`,
        { fix: 'Write another settings.port, or 0 for any free one.', cause: error },
      );
    });
    const board: FlagBoard = {
      url: server.url,
      async ensureFlag(flag) {
        const present = store.get(flag.key, flag.environment);
        return present ? present.flag : board.setFlag(flag, 'fusebox', FIRST_SEEN);
      },
      async setFlag(flag, by, comment = '') {
        const outcome = await store.change({ flag, by, comment, operationId: null, expectedRevision: null });
        if (outcome.kind === 'stored') return outcome.stored.flag;
        throw new Error('a change without a condition cannot conflict');
      },
      flag: (key, environment) => store.get(key, environment)?.flag ?? null,
      evaluate: (flag, targetingKey) => evaluate(flag, targetingKey, 0).variant ?? null,
      onChange: (listener) => store.onChange(({ flag, changedAtMs }) => listener(flag, changedAtMs)),
    };
    for (const flag of settings.flags) await board.ensureFlag(flag);
    deps.log.info({ source: source.id, url: server.url }, 'flag board listens');

    return {
      baseUrl: server.url,
      flags: createBoardLever({ sourceId: source.id, store, clock: deps.clock }),
      board,
      probe: () => Promise.resolve(),
      async test() {
        const run = createTestRun(deps.clock);
        run.pass('listening', `${server.url}/ofrep/v1/evaluate/flags`);
        const count = store.list(settings.environment).length;
        run.pass('flags', `${count} in ${settings.environment}`);
        if (token)
          await run.attempt('token known', async () => {
            await deps.readSecret(token);
            return 'services must send it';
          });
        return run.result('The flag board is ready');
      },
      close: () => server.close(),
    };
  },
};
