import { execFile } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { grade } from './checks.ts';
import { renderTemplate, resolveVariables } from './template.ts';

/*
 * Runs files in Promptfoo's format and writes its version 3 output, without Promptfoo's 1.7 GB:
 *   node run.ts -c promptfooconfig.yaml -o out.json [--filter-metadata key=value] [--no-cache] [--no-table] [--no-write]
 * Providers are `exec:` commands, called as Promptfoo calls them: prompt, options and context as the last three arguments.
 * Exit codes are Promptfoo's: 0, 100 when a test failed or broke, 1 when the configuration is wrong.
 */

const testSchema = z.object({
  description: z.string().optional(),
  vars: z.record(z.string(), z.string()).default({}),
  metadata: z.record(z.string(), z.unknown()).default({}),
  assert: z.array(
    z.object({ type: z.string(), value: z.string().optional(), threshold: z.number().optional() }),
  ),
});
type Test = z.infer<typeof testSchema>;
const configSchema = z.object({
  prompts: z.array(z.string()).length(1),
  providers: z.array(z.string().startsWith('exec:')).length(1),
  tests: z.union([z.string(), z.array(z.string())]),
});

const { values } = parseArgs({
  options: {
    config: { type: 'string', short: 'c' },
    output: { type: 'string', short: 'o' },
    'filter-metadata': { type: 'string' },
    'no-cache': { type: 'boolean' },
    'no-table': { type: 'boolean' },
    'no-write': { type: 'boolean' },
  },
});

async function main(): Promise<number> {
  const configPath = resolve(values.config ?? 'promptfooconfig.yaml');
  const root = dirname(configPath);
  const config = configSchema.parse(parse(readFileSync(configPath, 'utf8')));
  const fileText = (name: string) => readFileSync(join(root, name.replace(/^file:\/\//, '')), 'utf8');
  const [prompt = ''] = config.prompts.map((text) => (text.startsWith('file://') ? fileText(text) : text));
  const tests = [config.tests]
    .flat()
    .flatMap((pattern) => globSync(pattern.replace(/^file:\/\//, ''), { cwd: root }).toSorted())
    .flatMap((name) => z.array(testSchema).parse(parse(fileText(name))));
  const [key, wanted] = (values['filter-metadata'] ?? '=').split('=');
  const chosen = tests.filter((test) => !key || String(test.metadata[key]) === wanted);
  const command = (config.providers[0] ?? '').replace(/^exec:\s*/, '').split(' ');
  const results: Awaited<ReturnType<typeof runTest>>[] = [];
  for (const [testIdx, test] of chosen.entries())
    results.push(await runTest(test, testIdx, { prompt, command, root }));
  const count = (reason: number) => results.filter(({ failureReason }) => failureReason === reason).length;
  const stats = { successes: count(0), failures: count(1), errors: count(2), tokenUsage: {}, durationMs: 1 };
  const timestamp = new Date().toISOString();
  const output = {
    evalId: `eval-${timestamp}`,
    results: { version: 3, timestamp, prompts: [], results, stats },
    config: {},
    shareableUrl: null,
    metadata: { promptfooVersion: '0.121.20', exportedAt: timestamp },
  };
  if (values.output !== undefined) writeFileSync(values.output, `${JSON.stringify(output, null, 2)}\n`);
  return stats.failures + stats.errors === 0 ? 0 : 100;
}

async function runTest(
  test: Test,
  testIdx: number,
  { prompt, command, root }: { prompt: string; command: readonly string[]; root: string },
) {
  const common = {
    id: `result-${testIdx}`,
    testIdx,
    promptIdx: 0,
    promptId: 'prompt',
    namedScores: {},
    latencyMs: 1,
    cost: 0,
    testCase: test,
    metadata: test.metadata,
  };
  try {
    const resolved = resolveVariables(test.vars);
    const vars = Object.fromEntries(
      Object.entries(resolved).map(([name, text]) => {
        if (text.startsWith('file://')) return [name, readFileSync(join(root, text.slice(7)), 'utf8')];
        return [name, renderTemplate(text, resolved)];
      }),
    );
    const output = await ask(command, [renderTemplate(prompt, vars), '{}', JSON.stringify({ vars })], root);
    const componentResults = test.assert.map((check) =>
      grade(
        check.value === undefined ? check : { ...check, value: renderTemplate(check.value, vars) },
        output,
      ),
    );
    const pass = componentResults.every((component) => component.pass);
    const score =
      componentResults.reduce((sum, component) => sum + component.score, 0) / componentResults.length;
    const reason = componentResults.find((component) => !component.pass)?.reason ?? 'All assertions passed';
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

function ask(command: readonly string[], args: readonly string[], cwd: string): Promise<string> {
  const [program = '', ...first] = command;
  return new Promise((done, fail) => {
    execFile(program, [...first, ...args], { cwd }, (error, stdout) => {
      if (error) fail(new Error(error.message, { cause: error }));
      else done(stdout.trim());
    });
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
