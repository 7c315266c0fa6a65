import type { PlantedCase } from './planted-case.ts';

/** `importer` may not import `forbidden`, though it may import `allowed`. Both are specifiers as written in source. */
function layer(rule: string, importer: string, forbidden: string, allowed: string): PlantedCase {
  const text = (specifier: string): string =>
    `import { it } from '${specifier}';\nexport const used: unknown = it;\n`;
  return {
    gate: 'layers',
    rule,
    planted: { [importer]: text(forbidden) },
    clean: { [importer]: text(allowed) },
  };
}

const LIB = '#shared/lib/lever.ts';

/** At least one case for each row of the table in scripts/gates/layer-rules.ts, and for each form of import. */
export const LAYER_CASES: readonly PlantedCase[] = [
  layer('tests of shared/ may not import node:fs', 'shared/domain/a.test.ts', 'node:fs', 'fast-check'),
  layer('shared/lib may not import zod', 'shared/lib/a.ts', 'zod', './lever.ts'),
  layer(
    'shared/lib may not import shared/model/flag.ts',
    'shared/lib/a.ts',
    '../model/flag.ts',
    './lever.ts',
  ),
  layer(
    'shared/model may not import shared/domain/tree.ts',
    'shared/model/a.ts',
    '#shared/domain/tree.ts',
    'zod',
  ),
  layer('shared/domain may not import zod', 'shared/domain/a.ts', 'zod', '#shared/model/flag.ts'),
  layer(
    'shared/contract may not import shared/domain',
    'shared/contract/a.ts',
    '#shared/domain/tree.ts',
    '@orpc/contract',
  ),
  layer(
    'shared/contract may not import @orpc/server',
    'shared/contract/a.ts',
    '@orpc/server',
    '@orpc/contract',
  ),
  layer(
    'a connector may not import electron/engine/connectors/prometheus/a.ts',
    'electron/engine/connectors/unleash/a.ts',
    '../prometheus/a.ts',
    './b.ts',
  ),
  layer(
    'a connector may not import electron/engine/incidents',
    'electron/engine/connectors/unleash/a.ts',
    '#engine/incidents/lifecycle.ts',
    '#engine/connectors/kind.ts',
  ),
  layer(
    'a connector may not import electron/engine/api',
    'electron/engine/connectors/unleash/a.ts',
    '#engine/api/router.ts',
    '#engine/clock.ts',
  ),
  layer(
    'engine/incidents may not import electron/engine/connectors/unleash',
    'electron/engine/incidents/a.ts',
    '#engine/connectors/unleash/a.ts',
    '#engine/connectors/kind.ts',
  ),
  layer('engine/incidents may not import ky', 'electron/engine/incidents/a.ts', 'ky', 'node:crypto'),
  layer(
    'engine/incidents may not import electron/engine/app.ts',
    'electron/engine/incidents/a.ts',
    '../app.ts',
    '../clock.ts',
  ),
  layer(
    'engine/fleet may not import electron/engine/watch/watch-desk.ts',
    'electron/engine/fleet/a.ts',
    '#engine/watch/watch-desk.ts',
    '#engine/clock.ts',
  ),
  layer(
    'engine/gameday may not import electron/engine/connectors/unleash',
    'electron/engine/gameday/world/a.ts',
    '#engine/connectors/unleash/a.ts',
    '#engine/connectors/kind.ts',
  ),
  layer(
    'engine/gameday may not import electron/engine/app.ts, except as a type',
    'electron/engine/gameday/world/a.ts',
    '#engine/app.ts',
    '#engine/clock.ts',
  ),
  layer(
    'engine/api may not import electron/engine/connectors/unleash',
    'electron/engine/api/a.ts',
    '#engine/connectors/unleash/a.ts',
    '#engine/incidents/lifecycle.ts',
  ),
  layer(
    'the composition of the engine may not import electron/hosts',
    'electron/engine/app.ts',
    '../hosts/web.ts',
    './api/router.ts',
  ),
  layer(
    'a module of the engine may not import electron/engine/api',
    'electron/engine/watch/a.ts',
    '#engine/api/router.ts',
    LIB,
  ),
  layer(
    'electron/hosts may not import electron/engine/records',
    'electron/hosts/web.ts',
    '#engine/records/store.ts',
    '#engine/app.ts',
  ),
  layer(
    'electron/main may not import electron/engine/app.ts',
    'electron/main/a.ts',
    '#engine/app.ts',
    'electron',
  ),
  layer('electron/main may not import pino', 'electron/main/a.ts', 'pino', 'node:path'),
  layer(
    'electron/main may not import electron/preload',
    'electron/main/a.ts',
    '../preload/preload.ts',
    './b.ts',
  ),
  layer('electron/preload may not import node:fs', 'electron/preload/preload.ts', 'node:fs', 'electron'),
  layer(
    'tests of electron/ may not import renderer',
    'electron/engine/live/a.test.ts',
    '#renderer/live/a.ts',
    'vitest',
  ),
  layer('tests of renderer/ may not import electron', 'renderer/live/a.test.ts', '#engine/app.ts', 'vitest'),
  layer(
    'a view may not import renderer/views/incident/a.ts',
    'renderer/views/board/a.ts',
    '#renderer/views/incident/a.ts',
    '#renderer/views/board/b.ts',
  ),
  layer(
    'a view may not import renderer/views/incident/a.ts',
    'renderer/views/board/a.ts',
    '../incident/a.ts',
    './b.ts',
  ),
  layer(
    'a view may not import shared/contract/contract.ts, except as a type',
    'renderer/views/board/a.ts',
    '#shared/contract/contract.ts',
    LIB,
  ),
  layer(
    'renderer/parts may not import renderer/live',
    'renderer/parts/a.ts',
    '#renderer/live/store.ts',
    '#renderer/theme/colour.ts',
  ),
  layer(
    'renderer may not import electron/engine',
    'renderer/live/a.ts',
    '../../electron/engine/app.ts',
    '../client/a.ts',
  ),
  layer(
    'connector tests on real servers may not import electron/engine/incidents',
    'e2e/connectors/a.test.ts',
    '#engine/incidents/lifecycle.ts',
    '#engine/connectors/unleash/a.ts',
  ),
  layer(
    'record tests on real servers may not import electron/engine/watch',
    'e2e/records/a.test.ts',
    '#engine/watch/watch-desk.ts',
    '#engine/records/open-records.ts',
  ),
  layer(
    'isolation of drills may not import electron/engine/gameday',
    'e2e/isolation/a.test.ts',
    '#engine/gameday/kind.ts',
    '#engine/app.ts',
  ),
  layer(
    'e2e/parity may not import shared/lib/lever.ts',
    'e2e/parity/a.test.ts',
    LIB,
    '#shared/contract/contract.ts',
  ),
  layer('e2e may not import shared/lib/lever.ts', 'e2e/journeys/a.ts', LIB, '#shared/model/flag.ts'),
  layer('scripts may not import electron', 'scripts/a.ts', '../electron/engine/app.ts', './b.ts'),
  {
    gate: 'layers',
    rule: 'belongs to no layer',
    planted: { 'shared/helpers/a.ts': 'export const a = 1;\n' },
    clean: { 'shared/lib/a.ts': 'export const a = 1;\n' },
  },
  ...[
    "export { it } from 'ky';",
    "export * from 'ky';",
    "export type { KyInstance } from 'ky';",
    "export const it = async (): Promise<unknown> => import('ky');",
    "export type It = import('ky').KyInstance;",
    "export const it: unknown = require('ky');",
  ].map((form) => ({
    gate: 'layers',
    rule: 'engine/incidents may not import ky',
    planted: { 'electron/engine/incidents/a.ts': `${form}\n` },
    clean: { 'electron/engine/incidents/a.ts': `${form.replace("'ky'", "'node:crypto'")}\n` },
  })),
];
