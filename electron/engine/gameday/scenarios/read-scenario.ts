import type { ScenarioProblem } from '#shared/model/drill.ts';
import { scenarioSchema, type Scenario } from '#shared/model/scenario.ts';
import { explain } from '#engine/workspace/explain.ts';
import { parseYaml } from '#engine/workspace/positions.ts';
import { disagreements } from './cross-checks.ts';

export type ReadScenario = {
  /** Null where something is wrong. */
  readonly scenario: Scenario | null;
  readonly problems: readonly ScenarioProblem[];
};

/** One scenario from the text of its file. `file` is its name, for what is said about it; never throws. */
export function readScenario(text: string, file: string): ReadScenario {
  const yaml = parseYaml(text);
  const at = (problem: Omit<ScenarioProblem, 'file'>): ScenarioProblem => ({ file, ...problem });
  if (yaml.problems.length > 0) return { scenario: null, problems: yaml.problems.map(at) };
  const parsed = scenarioSchema.safeParse(yaml.value);
  if (!parsed.success) {
    const found = explain(parsed.error.issues, { schema: scenarioSchema, yaml, value: yaml.value });
    return { scenario: null, problems: found.map(at) };
  }
  const wrong = disagreements(parsed.data, file).map(({ path, message, fix }) =>
    at({ line: yaml.lineOf(path), path: pathWords(path), message, fix }),
  );
  return { scenario: wrong.length === 0 ? parsed.data : null, problems: wrong };
}

function pathWords(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

/** `greeting.yaml:12 faults[0].fault.version: …` */
export function problemLine({ file, line, path, message, fix }: ScenarioProblem): string {
  return `${file}${line === null ? '' : `:${line}`}${path === '' ? '' : ` ${path}`}: ${message} ${fix}`;
}
