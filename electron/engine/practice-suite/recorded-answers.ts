import { glob, readFile, writeFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import type { SuiteRunner } from '#engine/evals/kind.ts';
import { answerTo, recordingSchema, type Recording } from './answers.ts';
import { grade } from './checks.ts';
import { renderTemplate, resolveVariables } from './template.ts';

const testSchema = z.object({
  description: z.string().optional(),
  vars: z.record(z.string(), z.string()).default({}),
  metadata: z.record(z.string(), z.unknown()).default({}),
  assert: z
    .array(z.object({ type: z.string(), value: z.string().optional(), threshold: z.number().optional() }))
    .min(1),
});
type Test = z.infer<typeof testSchema>;
const configSchema = z.object({ prompts: z.array(z.string()).length(1), tests: z.string() });

/**
 * The eval runner for practice: no model, no process, the same result every time. It reads a suite in Promptfoo's format, takes the
 * answers that were recorded of a version, grades them by the checks declared in each test, and writes Promptfoo's version 3 output.
 * What it reads is inside of its folder: a version's name becomes part of a path.
 *   recorded-answers -c promptfooconfig.yaml --answers recorded/v17.json -o out.json [--filter-metadata key=value]
 * `FUSEBOX_EVAL_RUN` says which of several recorded answers it is (1 = the first). Exit codes are Promptfoo's: 0, 100 when a test
 * failed or broke, 1 when the configuration is wrong. Never throws.
 */
export const recordedAnswers: SuiteRunner = async (args, { cwd, env }) => {
  try {
    return {
      exitCode: await run(args, cwd, Number(env['FUSEBOX_EVAL_RUN'] ?? '1')),
      how: 'exited',
      tail: '',
    };
  } catch (error) {
    return { exitCode: 1, how: 'exited', tail: error instanceof Error ? error.message : String(error) };
  }
};

async function run(args: readonly string[], cwd: string, turn: number): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string', short: 'c', default: 'promptfooconfig.yaml' },
      answers: { type: 'string' },
      output: { type: 'string', short: 'o' },
      'filter-metadata': { type: 'string' },
    },
  });
  const textOf = (name: string) => readFile(inside(cwd, name), 'utf8');
  const config = configSchema.parse(parse(await textOf(values.config)));
  const recording = recordingSchema.parse(JSON.parse(await textOf(values.answers ?? '')));
  const [key = '', wanted] = (values['filter-metadata'] ?? '').split('=');
  const results: Awaited<ReturnType<typeof runTest>>[] = [];
  for (const test of await testsOf(config.tests, cwd)) {
    if (key !== '' && test.metadata[key] !== wanted) continue;
    results.push(runTest(test, results.length, { prompt: config.prompts[0] ?? '', recording, turn }));
  }
  const count = (reason: number) => results.filter(({ failureReason }) => failureReason === reason).length;
  const stats = { successes: count(0), failures: count(1), errors: count(2), tokenUsage: {}, durationMs: 0 };
  const output = { results: { version: 3, prompts: [], results, stats }, config: {}, shareableUrl: null };
  if (values.output !== undefined) await writeFile(values.output, `${JSON.stringify(output, null, 2)}\n`);
  return stats.failures + stats.errors === 0 ? 0 : 100;
}

/** Throws on a path that leads out of the folder. */
function inside(folder: string, name: string): string {
  const place = resolve(folder, name);
  const way = relative(folder, place);
  if (way === '' || way.startsWith('..') || isAbsolute(way))
    throw new Error(`${name} is no file of this suite`);
  return place;
}

async function testsOf(pattern: string, cwd: string): Promise<Test[]> {
  const names: string[] = [];
  for await (const name of glob(pattern.replace(/^file:\/\//, ''), { cwd })) names.push(name);
  const lists = await Promise.all(
    names.toSorted().map(async (name) => parse(await readFile(resolve(cwd, name), 'utf8')) as unknown),
  );
  return lists.flatMap((list) => z.array(testSchema).parse(list ?? []));
}

function runTest(
  test: Test,
  testIdx: number,
  { prompt, recording, turn }: { prompt: string; recording: Recording; turn: number },
) {
  const common = { id: `result-${testIdx}`, testIdx, promptIdx: 0, testCase: test, metadata: test.metadata };
  try {
    const resolved = resolveVariables(test.vars);
    const vars = Object.fromEntries(
      Object.entries(resolved).map(([name, text]) => [name, renderTemplate(text, resolved)]),
    );
    const output = answerTo(recording, renderTemplate(prompt, vars), turn);
    const componentResults = test.assert.map((check) =>
      grade(
        check.value === undefined ? check : { ...check, value: renderTemplate(check.value, vars) },
        output,
      ),
    );
    const failed = componentResults.find((component) => !component.pass);
    const pass = failed === undefined;
    const score =
      componentResults.reduce((sum, component) => sum + component.score, 0) / componentResults.length;
    const reason = failed?.reason ?? 'All assertions passed';
    return {
      ...common,
      vars,
      success: pass,
      score,
      failureReason: pass ? 0 : 1,
      ...(pass ? {} : { error: reason }),
      response: { output },
      gradingResult: { pass, score, reason, componentResults },
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      ...common,
      vars: test.vars,
      success: false,
      score: 0,
      failureReason: 2,
      error: message,
      gradingResult: null,
    };
  }
}
