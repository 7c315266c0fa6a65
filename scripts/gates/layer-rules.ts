/**
 * Who may import whom, as one table. Only what the linter's rule cannot say stands here: allow-lists, and rules
 * between two sibling folders. Patterns are path.matchesGlob patterns on paths from the root; the first layer whose
 * `files` match is the one that binds. `{own}` is the folder that the `*` in `files` stands for.
 */
export type Layer = {
  readonly name: string;
  readonly files: readonly string[];
  /** Files of the tree that may be imported. */
  readonly mayImport: readonly string[];
  /** Taken out of `mayImport` again. */
  readonly neverImport?: readonly string[];
  /** Files that may be imported for their types alone. */
  readonly mayImportTypes?: readonly string[];
  /** Packages by name; a trailing `*` matches the rest, `*` alone everything. */
  readonly packages: readonly string[];
};

const TEST_PACKAGES = ['vitest', 'fast-check'] as const;

export const LAYERS: readonly Layer[] = [
  {
    name: 'tests of shared/',
    files: ['shared/**/*.test.ts'],
    mayImport: ['shared/**'],
    packages: ['zod', '@orpc/contract', ...TEST_PACKAGES],
  },
  { name: 'shared/lib', files: ['shared/lib/**'], mayImport: ['shared/lib/**'], packages: [] },
  {
    name: 'shared/model',
    files: ['shared/model/**'],
    mayImport: ['shared/lib/**', 'shared/model/**'],
    packages: ['zod'],
  },
  {
    name: 'shared/domain',
    files: ['shared/domain/**'],
    mayImport: ['shared/lib/**', 'shared/model/**', 'shared/domain/**'],
    packages: [],
  },
  {
    name: 'shared/contract',
    files: ['shared/contract/**'],
    mayImport: ['shared/lib/**', 'shared/model/**', 'shared/contract/**'],
    packages: ['zod', '@orpc/contract'],
  },
  {
    // A test may build the thing it tests out of any part of its own runtime; so may the bench it stands on, and the second process of one.
    name: 'tests of electron/',
    files: [
      'electron/**/*.test.ts',
      'electron/**/*-bench.ts',
      'electron/**/crash-runner.ts',
      'electron/**/bench-runner.ts',
    ],
    mayImport: ['shared/**', 'electron/**'],
    packages: ['*'],
  },
  {
    name: 'a connector',
    files: ['electron/engine/connectors/*/**'],
    mayImport: [
      'shared/lib/**',
      'shared/model/**',
      'electron/engine/*.ts',
      'electron/engine/*/kind.ts',
      'electron/engine/*/ports.ts',
      'electron/engine/connectors/*.ts',
      'electron/engine/connectors/{own}/**',
    ],
    packages: ['*'],
  },
  {
    name: 'engine/incidents',
    files: ['electron/engine/incidents/**'],
    mayImport: [
      'shared/lib/**',
      'shared/model/**',
      'shared/domain/**',
      'electron/engine/*.ts',
      'electron/engine/*/kind.ts',
      'electron/engine/*/ports.ts',
      // The one error of the store that an incident must tell from the others: somebody else was first.
      'electron/engine/records/conflicts.ts',
      'electron/engine/incidents/**',
    ],
    neverImport: ['electron/engine/app.ts'],
    packages: ['node:*', 'zod', 'pino'],
  },
  {
    name: 'engine/api',
    files: ['electron/engine/api/**'],
    mayImport: ['shared/**', 'electron/engine/**'],
    neverImport: ['electron/engine/connectors/*/**'],
    packages: ['*'],
  },
  {
    // The composition root and the registries are where concrete parts are named.
    name: 'the composition of the engine',
    files: ['electron/engine/*.ts', 'electron/engine/connectors/*.ts'],
    mayImport: ['shared/**', 'electron/engine/**'],
    packages: ['*'],
  },
  {
    // A simulated fleet stands outside: of the engine it knows the wire, the clock and the dice that every flag SDK has.
    name: 'engine/fleet',
    files: ['electron/engine/fleet/**'],
    mayImport: [
      'shared/lib/**',
      'shared/model/**',
      'shared/domain/detection/kind.ts',
      'electron/engine/clock.ts',
      'electron/engine/connectors/kind.ts',
      'electron/engine/connectors/flag-bucket.ts',
      'electron/engine/telemetry/otlp/**',
      'electron/engine/fleet/**',
    ],
    packages: ['node:*', 'zod', 'protobufjs', 'eventsource-parser', ...TEST_PACKAGES],
  },
  {
    // A drill's world is an engine of its own: it is built by the composition, and spoken to through the public contract.
    name: 'engine/gameday',
    files: ['electron/engine/gameday/**'],
    mayImport: [
      'shared/lib/**',
      'shared/model/**',
      'shared/domain/**',
      'shared/contract/**',
      'electron/engine/**',
    ],
    neverImport: ['electron/engine/api/**', 'electron/engine/connectors/*/**', 'electron/engine/app.ts'],
    mayImportTypes: ['electron/engine/api/router.ts', 'electron/engine/app.ts'],
    packages: ['*'],
  },
  {
    name: 'a module of the engine',
    files: ['electron/engine/*/**'],
    mayImport: [
      'shared/lib/**',
      'shared/model/**',
      'shared/domain/**',
      'shared/contract/**',
      'electron/engine/**',
    ],
    neverImport: ['electron/engine/api/**', 'electron/engine/connectors/*/**', 'electron/engine/app.ts'],
    packages: ['*'],
  },
  {
    name: 'electron/hosts',
    files: ['electron/hosts/**'],
    mayImport: ['shared/**', 'electron/hosts/**', 'electron/engine/**'],
    neverImport: [
      'electron/engine/connectors/**',
      'electron/engine/incidents/**',
      'electron/engine/records/**',
      'electron/engine/telemetry/**',
    ],
    packages: ['*'],
  },
  {
    name: 'electron/main',
    files: ['electron/main/**'],
    mayImport: ['shared/**', 'electron/main/**'],
    packages: ['electron', 'node:*'],
  },
  {
    name: 'electron/preload',
    files: ['electron/preload/**'],
    mayImport: ['shared/**', 'electron/preload/**'],
    packages: ['electron'],
  },
  {
    name: 'tests of renderer/',
    files: ['renderer/**/*.test.ts', 'renderer/**/*.test.tsx'],
    mayImport: ['shared/**', 'renderer/**'],
    packages: ['*'],
  },
  {
    name: 'a view',
    files: ['renderer/views/*/**'],
    mayImport: ['shared/{lib,model,domain}/**', 'renderer/**'],
    mayImportTypes: ['shared/contract/**'],
    neverImport: ['renderer/views/!({own})/**', 'renderer/app/main.tsx'],
    packages: ['*'],
  },
  {
    name: 'renderer/parts',
    files: ['renderer/parts/**', 'renderer/theme/**'],
    mayImport: ['shared/{lib,model,domain}/**', 'renderer/{parts,theme}/**'],
    mayImportTypes: ['shared/contract/**'],
    packages: ['*'],
  },
  {
    name: 'renderer',
    files: ['renderer/**'],
    mayImport: ['shared/{lib,model,domain}/**', 'renderer/**'],
    mayImportTypes: ['shared/contract/**'],
    packages: ['*'],
  },
  {
    // A connector against the vendor's real server: slow, so it lives there, but it is about that connector alone.
    name: 'connector tests on real servers',
    files: ['e2e/connectors/**'],
    mayImport: [
      'e2e/**',
      'shared/**',
      'electron/engine/*.ts',
      'electron/engine/connectors/**',
      // What turns the answers of a metrics connector into whole counts is only right against the real server.
      'electron/engine/watch/metric-*.ts',
    ],
    packages: ['*'],
  },
  {
    // The record store against a real database: slow, so it lives there, but it is about the store and what writes to it.
    name: 'record tests on real servers',
    files: ['e2e/records/**'],
    mayImport: [
      'e2e/**',
      'shared/**',
      'electron/engine/*.ts',
      'electron/engine/{records,incidents,postmortem,wave2,evals,policies,presence,connectors}/**',
    ],
    packages: ['*'],
  },
  {
    // Two engines in one process, so that whatever arrives at a real system can only have come from the drill.
    name: 'isolation of drills',
    files: ['e2e/isolation/**'],
    mayImport: ['e2e/**', 'shared/**', 'electron/engine/*.ts'],
    packages: ['*'],
  },
  {
    // The parity suite holds both transports to the contract itself, and learns from it what there is to call.
    name: 'e2e/parity',
    files: ['e2e/parity/**'],
    mayImport: ['e2e/**', 'shared/{model,domain,contract}/**'],
    packages: ['*'],
  },
  {
    name: 'e2e',
    files: ['e2e/**'],
    mayImport: ['e2e/**', 'shared/model/**', 'shared/domain/**'],
    packages: ['*'],
  },
  { name: 'scripts', files: ['scripts/**'], mayImport: ['scripts/**', '*.config.ts'], packages: ['*'] },
];
