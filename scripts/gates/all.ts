import { fileLengthGate } from './file-length.ts';
import { formatGate } from './format.ts';
import type { Gate } from './gate.ts';
import { knipGate } from './knip.ts';
import { layersGate } from './layers.ts';
import { lintGate } from './lint.ts';
import { lockFileGate } from './lock-file.ts';
import { readmePathsGate } from './readme-paths.ts';
import { suppressionsGate } from './suppressions.ts';
import { LAYER_PROJECTS, typesGate } from './types.ts';

/** Every gate of `npm run check`, slowest first so that the short ones fill the gaps. */
export const GATES: readonly Gate[] = [
  lintGate,
  knipGate,
  ...LAYER_PROJECTS.map((project) => typesGate(project)),
  formatGate,
  layersGate,
  fileLengthGate,
  suppressionsGate,
  readmePathsGate,
  lockFileGate,
];
