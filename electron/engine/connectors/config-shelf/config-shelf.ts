import { z } from 'zod';
import type { ConfigTarget } from '#shared/model/workspace.ts';
import type { ConnectorDescriptor } from '../kind.ts';
import { createPointerBoard } from '../pointer-board.ts';
import { createPointerLever } from '../pointer-lever.ts';
import { openPointerStore } from '../pointer-store.ts';
import { createTestRun } from '../test-run.ts';

const configShelfSettingsSchema = z.strictObject({});
type ConfigShelfSettings = z.infer<typeof configShelfSettingsSchema>;

/** The built-in config store: pins of versions in the data directory, read by services in this process. */
export const configShelfConnector: ConnectorDescriptor<ConfigShelfSettings> = {
  id: 'config-shelf',
  title: 'Built-in config store',
  kinds: ['config'],
  settings: configShelfSettingsSchema,
  leastPrivilegeHint: 'Nothing leaves this machine: pins lie in a file of the data directory.',
  refreshIntervalMs: 10_000,
  async create(source, deps) {
    const store = await openPointerStore(deps.dataDir, deps.clock);
    return {
      baseUrl: null,
      config: createPointerLever<ConfigTarget>({
        store,
        clock: deps.clock,
        names: {
          lever: 'config',
          connector: 'config-shelf',
          sourceId: source.id,
          words: ({ key, environment }) => `the pin ${key} in ${environment}`,
          nameOf: ({ key }) => key,
          placeOf: ({ environment }) => environment,
        },
      }),
      pointers: createPointerBoard(store),
      probe: () => Promise.resolve(),
      test() {
        const run = createTestRun(deps.clock);
        run.pass('pins', 'kept in the data directory');
        return Promise.resolve(run.result('The config store is ready'));
      },
      close: () => Promise.resolve(),
    };
  },
};
