import type { Gate } from './gate.ts';
import { runTool } from './run-tool.ts';

/** Every file is written the way oxfmt writes it. */
export const formatGate: Gate = {
  name: 'format',
  judge: async (root) => {
    const { code, output } = await runTool(root, 'oxfmt', ['--check', '.']);
    return code === 0 ? { ok: true } : { ok: false, report: `${output}\n(npm run format writes them)` };
  },
};
