import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { GATES } from '../gates/all.ts';
import { runGates } from '../gates/run-gates.ts';
import { NO_COUNTS, playwrightCounts, settledCounts, vitestCounts, type Counts } from './counts.ts';
import { runCommand } from './run-command.ts';

/** A part of `npm test`. `obstacle` says why it cannot run on this machine. */
export type Suite = {
  readonly name: string;
  readonly obstacle?: (root: string) => string | undefined;
  /** It starts the built cockpit, and real servers. */
  readonly isOfTheWhole?: true;
  readonly run: (root: string) => Promise<Counts>;
};

const CHROMIUM_PLACES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function chromiumObstacle(): string | undefined {
  const chosen = process.env['CHROMIUM'];
  const places = chosen === undefined ? CHROMIUM_PLACES.map((name) => join('/usr/bin', name)) : [chosen];
  return places.some((place) => existsSync(place)) ? undefined : `no Chromium at ${places.join(', ')}`;
}

/** Where a suite leaves its report; an old one is removed first, so that it cannot be taken for a new one. */
function freshReport(root: string, name: string): string {
  const folder = join(root, 'test-results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  rmSync(file, { force: true });
  return file;
}

function vitestSuite(name: string, args: readonly string[]): Suite {
  return {
    name,
    run: async (root) => {
      const report = freshReport(root, name);
      const code = await runCommand(root, 'node', [
        join(import.meta.dirname, 'run-vitest.ts'),
        report,
        ...args,
      ]);
      return settledCounts(report, code, vitestCounts);
    },
  };
}

const gates: Suite = {
  name: 'gates',
  run: async (root) => {
    const runs = await runGates(GATES, root, ({ gate, verdict, tookMs }) =>
      console.log(`${verdict.ok ? 'ok  ' : 'FAIL'}  ${gate.padEnd(24)} ${(tookMs / 1000).toFixed(1)} s`),
    );
    for (const { gate, verdict } of runs) {
      if (!verdict.ok) console.log(`\n--- ${gate} ---\n${verdict.report.trimEnd()}`);
    }
    const failures = runs.filter(({ verdict }) => !verdict.ok).map(({ gate }) => gate);
    return { passed: runs.length - failures.length, failed: failures.length, skipped: 0, failures };
  },
};

const build: Suite = {
  name: 'build',
  run: async (root) => {
    const code = await runCommand(root, 'node', [join(root, 'scripts', 'build.ts')]);
    return code === 0
      ? { ...NO_COUNTS, passed: 1 }
      : { ...NO_COUNTS, failed: 1, failures: [`build: it ended with ${code}`] };
  },
};

/** In the page, through pages and journeys; Playwright writes its report where its variable says. */
const journeys: Suite = {
  name: 'journeys',
  isOfTheWhole: true,
  obstacle: chromiumObstacle,
  run: async (root) => {
    const report = freshReport(root, 'journeys');
    const code = await runCommand(
      root,
      'playwright',
      ['test', '-c', 'e2e/playwright.config.ts', '--reporter=list,json'],
      {
        env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
      },
    );
    return settledCounts(report, code, playwrightCounts);
  },
};

/** Every suite, the quick ones first. The build stands before those that start the built cockpit. */
export const SUITES: readonly Suite[] = [
  gates,
  vitestSuite('planted', ['--project', 'house']),
  vitestSuite('unit', ['--project', 'node', '--project', 'page']),
  vitestSuite('drills', ['--project', 'drills']),
  build,
  { ...vitestSuite('servers', ['--config', 'e2e/vitest.config.ts']), isOfTheWhole: true },
  journeys,
  {
    ...vitestSuite('packaging', ['--project', 'packaging']),
    obstacle: () =>
      process.platform === 'linux' && process.arch === 'x64' ? undefined : 'packs for Linux x64 only',
  },
];

/** The suites of these names, none = all, with the build where one of them needs it. Names that nobody has come back apart. */
export function chooseSuites(names: readonly string[]): {
  readonly suites: readonly Suite[];
  readonly unknown: readonly string[];
} {
  const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
  const isChosen = ({ name }: Suite) => names.length === 0 || names.includes(name);
  const needsBuild = SUITES.some((suite) => isChosen(suite) && suite.isOfTheWhole);
  return { suites: SUITES.filter((suite) => isChosen(suite) || (suite === build && needsBuild)), unknown };
}
