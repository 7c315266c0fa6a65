import { parseSync } from 'oxc-parser';
import type { Gate } from './gate.ts';
import { verdictOf } from './gate.ts';
import { sourceFiles } from './source-files.ts';

const DIRECTIVE =
  /^[\s*]*(?:@ts-(?<ts>ignore|expect-error|nocheck)|(?<tool>oxlint|eslint)-disable(?:-next-line|-line)?)\b(?<rest>[^]*)$/;
const SHORTEST_REASON = 10;

/** What is wrong with one comment, or undefined if it suppresses nothing or says why it does. */
function fault(comment: string): string | undefined {
  const groups = DIRECTIVE.exec(comment)?.groups;
  if (groups === undefined) return undefined;
  const rest = groups['rest'] ?? '';
  if (groups['ts'] === 'ignore' || groups['ts'] === 'nocheck')
    return `@ts-${groups['ts']} hides errors for ever; use @ts-expect-error with a reason`;
  if (groups['tool'] === undefined)
    return rest.trim().length >= SHORTEST_REASON ? undefined : 'a reason must follow on the same line';
  const [rules = '', reason = ''] = rest.split(/\s--\s/, 2);
  if (rules.trim() === '') return 'name the rule that is switched off';
  return reason.trim().length >= SHORTEST_REASON ? undefined : 'a reason must follow after " -- "';
}

/** Every suppression stands with its reason. That each one still suppresses something is the lint gate's part. */
export const suppressionsGate: Gate = {
  name: 'suppressions',
  judge: async (root) => {
    const findings: string[] = [];
    for (const { path, text } of sourceFiles(root)) {
      for (const comment of parseSync(path, text).comments) {
        const wrong = fault(comment.value);
        if (wrong === undefined) continue;
        const line = text.slice(0, comment.start).split('\n').length;
        findings.push(`${path}:${line}: ${wrong} (suppression-reason)`);
      }
    }
    return verdictOf(findings);
  },
};
