import type { Gate } from './gate.ts';
import { runTool } from './run-tool.ts';

/** The rules of .oxlintrc.json with type information; a suppression that suppresses nothing fails too. */
export const lintGate: Gate = {
  name: 'lint',
  judge: async (root) => {
    const { code, output } = await runTool(root, 'oxlint', [
      '--type-aware',
      '--deny-warnings',
      '--report-unused-disable-directives-severity=error',
      '--format=unix',
    ]);
    return code === 0 ? { ok: true } : { ok: false, report: output };
  },
};
