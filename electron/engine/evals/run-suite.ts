import { mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { assertNever } from '#shared/lib/assert-never.ts';
import { readResult, type CaseResult } from '#shared/domain/evals/results/read.ts';
import type { EvalFormat } from '#shared/model/eval-case.ts';
import type { EvalSuite } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import type { SuiteRunner } from './kind.ts';
import { runCommand, type CommandEnd } from './run-command.ts';

/** Results of a suite are tables of text; more than this is none of ours to read. */
const RESULT_LIMIT_BYTES = 50 * 1024 * 1024;

/** What every program needs to start; the rest of the environment, secrets among it, is named by the suite. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'PATHEXT',
  'COMSPEC',
];

export type SuiteRun = {
  readonly suite: EvalSuite;
  readonly cwd: string;
  readonly caseId: string;
  /** The case's 0-based place, where the runner knows cases by place. */
  readonly lineIndex: number;
  readonly version: string;
  /** 1-based: which repeat on this version it is. */
  readonly turn: number;
};

/** Runs the suite's command once for one version and reads what it says about the case. Never throws: what breaks is a run that broke. */
export async function runSuite(
  run: SuiteRun,
  world: {
    readonly clock: Clock;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly signal: AbortSignal;
    /** Runners that come with Fusebox, by the name a command calls them. */
    readonly runners?: Readonly<Record<string, SuiteRunner>> | undefined;
  },
): Promise<CaseResult> {
  const { suite, cwd, caseId, version } = run;
  const broken = (detail: string): CaseResult => ({ verdict: 'error', detail });
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-eval-run-'));
  try {
    await mkdir(join(folder, 'settings'));
    const output = join(folder, 'output');
    const placed = suite.command.map((argument) =>
      argument.replaceAll(/\$(version|case|run|output)\b/g, (_all, name: string) => {
        const values: Record<string, string> = { version, case: caseId, run: String(run.turn) };
        return values[name] ?? output;
      }),
    );
    const resultPath = suite.resultFile === undefined ? output : join(cwd, suite.resultFile);
    const before = await stat(resultPath).catch(() => null);
    const env = {
      ...chosen(world.env, [...PASSED_ON, ...suite.env]),
      FUSEBOX_EVAL_VERSION: version,
      FUSEBOX_EVAL_RUN: String(run.turn),
      FUSEBOX_EVAL_CASE: caseId,
      FUSEBOX_EVAL_OUTPUT: output,
      PROMPTFOO_DISABLE_TELEMETRY: '1',
      PROMPTFOO_DISABLE_UPDATE: '1',
      PROMPTFOO_CONFIG_DIR: join(folder, 'settings'),
      DEEPEVAL_TELEMETRY_OPT_OUT: 'YES',
    };
    const [program = '', ...args] = placed;
    const own = world.runners?.[program];
    const end = own
      ? await own(args, { cwd, env })
      : await runCommand(placed, {
          cwd,
          env,
          timeoutMs: suite.timeoutSeconds * 1_000,
          clock: world.clock,
          signal: world.signal,
        });
    const said = withoutSecrets(lastLines(end.tail), chosen(world.env, suite.env));
    const problem = endProblem(suite, end);
    if (problem !== null) return broken(said === '' ? problem : `${problem}: ${said}`);
    const text = await resultText(resultPath, before?.mtimeMs ?? null);
    if (typeof text !== 'string') {
      return broken(`the command left no results (${text.why})${said === '' ? '' : `: ${said}`}`);
    }
    const result = readResult(suite.format, text, { caseId, lineIndex: run.lineIndex });
    return { ...result, detail: withoutSecrets(result.detail, chosen(world.env, suite.env)) };
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Why the end of the command alone makes the run worthless; null = the results decide. */
function endProblem(suite: EvalSuite, end: CommandEnd): string | null {
  switch (end.how) {
    case 'timed-out':
      return `the command took longer than ${suite.timeoutSeconds} s and was ended`;
    case 'cancelled':
      return 'it was cancelled';
    case 'not-started':
      return `the command could not be started (${end.tail})`;
    case 'exited':
      return exitProblem(suite.format, end.exitCode);
    default:
      return assertNever(end.how);
  }
}

/** What each runner's exit code says about the run itself, beside "some case failed". */
function exitProblem(format: EvalFormat, exitCode: number | null): string | null {
  if (exitCode === null) return 'the command was ended by a signal';
  switch (format) {
    case 'promptfoo':
      return exitCode === 1
        ? 'Promptfoo ended with code 1: its options or its configuration are wrong'
        : null;
    case 'deepeval':
      if (exitCode <= 1) return null;
      return exitCode === 5
        ? 'no tests were collected (code 5)'
        : `the tests could not run (code ${exitCode})`;
    case 'openai-evals':
    case 'inspect':
      return exitCode === 0 ? null : `the command ended with code ${exitCode}`;
    default:
      return assertNever(format);
  }
}

/** The results, from a file or the only JSON file of a folder. An old file, from before this run, is none. */
async function resultText(path: string, beforeMs: number | null): Promise<string | { why: string }> {
  const found = await stat(path).catch(() => null);
  if (!found) return { why: 'no output file' };
  if (found.isDirectory()) {
    const names = (await readdir(path)).filter((name) => /\.jsonl?$/.test(name));
    const [only] = names;
    if (only === undefined || names.length > 1)
      return { why: `${names.length} JSON files in the output folder` };
    return resultText(join(path, only), null);
  }
  if (beforeMs !== null && found.mtimeMs <= beforeMs)
    return { why: 'its result file is from before this run' };
  if (found.size > RESULT_LIMIT_BYTES) return { why: 'its output is over 50 MB' };
  return readFile(path, 'utf8');
}

function chosen(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A runner may print a key that it was given; the record is read by many. */
function withoutSecrets(text: string, secrets: Readonly<Record<string, string>>): string {
  let shown = text;
  for (const [name, value] of Object.entries(secrets)) {
    if (value.length >= 6) shown = shown.replaceAll(value, `<${name}>`);
  }
  return shown;
}

function lastLines(text: string): string {
  return stripVTControlCharacters(text).trim().split('\n').slice(-6).join(' / ').slice(-600);
}
