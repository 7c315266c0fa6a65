import { z } from 'zod';
import type { RegistryTarget } from '#shared/model/workspace.ts';
import type { ConnectorDescriptor } from '../kind.ts';
import { createPointerBoard } from '../pointer-board.ts';
import { createPointerLever } from '../pointer-lever.ts';
import { openPointerStore } from '../pointer-store.ts';
import { createTestRun } from '../test-run.ts';

const promptShelfSettingsSchema = z.strictObject({});
type PromptShelfSettings = z.infer<typeof promptShelfSettingsSchema>;

/** The built-in prompt registry: labels of prompts in the data directory, read by services in this process. */
export const promptShelfConnector: ConnectorDescriptor<PromptShelfSettings> = {
  id: 'prompt-shelf',
  title: 'Built-in prompt registry',
  kinds: ['registry'],
  settings: promptShelfSettingsSchema,
  leastPrivilegeHint: 'Nothing leaves this machine: labels lie in a file of the data directory.',
  refreshIntervalMs: 10_000,
  async create(source, deps) {
    const store = await openPointerStore(deps.dataDir, deps.clock);
    const lever = createPointerLever<RegistryTarget>({
      store,
      clock: deps.clock,
      names: {
        lever: 'registry',
        connector: 'prompt-shelf',
        sourceId: source.id,
        words: ({ prompt, label }) => `the label ${label} of ${prompt}`,
        nameOf: ({ prompt }) => prompt,
        placeOf: ({ label }) => label,
      },
    });
    return {
      baseUrl: null,
      // Texts and authors are the workspace's; the shelf keeps where the labels point.
      registry: { ...lever, versions: () => Promise.resolve([]) },
      pointers: createPointerBoard(store),
      probe: () => Promise.resolve(),
      test() {
        const run = createTestRun(deps.clock);
        run.pass('labels', 'kept in the data directory');
        return Promise.resolve(run.result('The prompt registry is ready'));
      },
      close: () => Promise.resolve(),
    };
  },
};
