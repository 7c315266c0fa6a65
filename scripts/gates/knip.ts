import type { Gate } from './gate.ts';
import { runTool } from './run-tool.ts';

/** No file, export or dependency that nothing uses (knip.jsonc says what counts as use). */
export const knipGate: Gate = {
  name: 'knip',
  judge: async (root) => {
    const { code, output } = await runTool(root, 'knip', ['--no-progress', '--no-config-hints']);
    return code === 0 ? { ok: true } : { ok: false, report: output };
  },
};
