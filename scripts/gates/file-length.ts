import type { Gate } from './gate.ts';
import { verdictOf } from './gate.ts';
import { sourceFiles } from './source-files.ts';

const AIM_LINES = 300;
const LIMIT_LINES = 500;

/** A file over 300 lines is named; over 500 it fails (styles and fixtures written as code included). */
export const fileLengthGate: Gate = {
  name: 'file length',
  judge: async (root) => {
    const lengths = sourceFiles(root).map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    const tooLong = lengths.filter(({ lines }) => lines > LIMIT_LINES);
    const long = lengths.filter(({ lines }) => lines > AIM_LINES && lines <= LIMIT_LINES);
    return verdictOf(
      tooLong.map(
        ({ path, lines }) => `${path}: ${lines} lines, the limit is ${LIMIT_LINES}: split it (file-length)`,
      ),
      long.length === 0
        ? undefined
        : `over ${AIM_LINES} lines: ${long.map(({ path, lines }) => `${path} ${lines}`).join(', ')}`,
    );
  },
};
