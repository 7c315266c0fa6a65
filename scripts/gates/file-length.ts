import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gate } from './gate.ts';
import { verdictOf } from './gate.ts';
import { pathsMatching, SOURCE_FOLDERS, sourceFiles } from './source-files.ts';

const AIM_LINES = 300;
const LIMIT_LINES = 500;
/** A stylesheet belongs to one part of one screen: past the aim it is two of them. */
const STYLE_LIMIT_LINES = AIM_LINES;

type Length = { readonly path: string; readonly lines: number; readonly limit: number };

function lengthsOf(root: string): Length[] {
  const styles = pathsMatching(
    root,
    SOURCE_FOLDERS.map((folder) => `${folder}/**/*.css`),
  );
  return [
    ...sourceFiles(root).map(({ path, text }) => ({ path, lines: linesOf(text), limit: LIMIT_LINES })),
    ...styles.map((path) => ({
      path,
      lines: linesOf(readFileSync(join(root, path), 'utf8')),
      limit: STYLE_LIMIT_LINES,
    })),
  ];
}

const linesOf = (text: string): number => text.split('\n').length - 1;

/** A file over 300 lines is named; over 500 it fails (fixtures written as code included), a stylesheet over 300. */
export const fileLengthGate: Gate = {
  name: 'file length',
  judge: async (root) => {
    const lengths = lengthsOf(root);
    const tooLong = lengths.filter(({ lines, limit }) => lines > limit);
    const long = lengths.filter(({ lines, limit }) => lines > AIM_LINES && lines <= limit);
    return verdictOf(
      tooLong.map(
        ({ path, lines, limit }) => `${path}: ${lines} lines, the limit is ${limit}: split it (file-length)`,
      ),
      long.length === 0
        ? undefined
        : `over ${AIM_LINES} lines: ${long.map(({ path, lines }) => `${path} ${lines}`).join(', ')}`,
    );
  },
};
