import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { Gate } from './gate.ts';
import { verdictOf } from './gate.ts';
import { pathsMatching, SOURCE_FOLDERS } from './source-files.ts';

const LINK = /!?\[[^\]]*\]\((?<target>[^)\s]+)(?:\s+"[^"]*")?\)/g;
const CODE = /`(?<code>[^`\n]+)`/g;
const PATH_LIKE = /^[\w.@-]+(?:\/[\w.@-]+)*\/?$/;
const TOP_FOLDERS: readonly string[] = [...SOURCE_FOLDERS, 'assets', '.ci'];

/** Paths below the root that a Markdown text points at: relative links, and `code` that reads like a path of the tree. */
export function pathsNamedIn(readme: string, text: string): string[] {
  const named: string[] = [];
  for (const { groups } of text.matchAll(LINK)) {
    const target = (groups?.['target'] ?? '').split('#')[0] ?? '';
    if (target === '' || /^[a-z]+:/i.test(target)) continue;
    named.push(posix.join(posix.dirname(readme), decodeURI(target)));
  }
  for (const { groups } of text.matchAll(CODE)) {
    const code = groups?.['code'] ?? '';
    if (PATH_LIKE.test(code) && TOP_FOLDERS.includes(code.split('/')[0] ?? '') && code.includes('/'))
      named.push(code);
  }
  return named;
}

/** A document that points at a file that is not there misleads its reader: every path in every Markdown file exists. */
export const readmePathsGate: Gate = {
  name: 'readme paths',
  judge: async (root) => {
    const findings: string[] = [];
    for (const readme of pathsMatching(root, ['*.md', '**/*.md'])) {
      for (const named of pathsNamedIn(readme, readFileSync(join(root, readme), 'utf8'))) {
        // `shared/domain/x.ts` in a folder README may also be meant from that folder.
        const found = existsSync(join(root, named)) || existsSync(join(root, dirname(readme), named));
        if (!found) findings.push(`${readme}: ${named} does not exist (readme-paths)`);
      }
    }
    return verdictOf(findings);
  },
};
