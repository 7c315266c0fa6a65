import { posix } from 'node:path';
import { assertNever } from '#shared/lib/assert-never.ts';
import { contentProblems, type CaseFacts } from '#shared/domain/evals/content.ts';
import { deepEvalGolden, deepEvalTarget, deepEvalTestFile } from '#shared/domain/evals/deepeval.ts';
import {
  inspectSample,
  inspectTarget,
  inspectTaskFile,
  type InspectSample,
} from '#shared/domain/evals/inspect-ai.ts';
import {
  RUBRIC_SPEC,
  RUBRIC_SPEC_FILE,
  openAiClassOf,
  openAiRegistryEntry,
  openAiSample,
} from '#shared/domain/evals/openai-evals.ts';
import { promptfooTest } from '#shared/domain/evals/promptfoo.ts';
import type { EvalFile, EvalFormat, EvalPreview } from '#shared/model/eval-case.ts';
import type { EvalSuite } from '#shared/model/workspace.ts';
import {
  ensureYamlKeys,
  hasEntry,
  lineOf,
  spliceJsonLines,
  spliceJsonList,
  spliceYamlList,
  type Spliced,
} from './suite-text.ts';

/** Reads a file of the checkout by its path inside it; null = it does not exist. */
export type ReadFile = (path: string) => Promise<string | null>;

type Place = Pick<EvalSuite, 'path' | 'target'>;

/**
 * Every file of the suite with the case in it, as it is and as it would be. Deterministic: the same case into the same files gives the
 * same bytes, and a second time changes nothing. Files that hold no cases (test code, task, judge) are written once and then the team's.
 */
export async function caseFiles(
  facts: CaseFacts,
  suite: Place,
  format: EvalFormat,
  read: ReadFile,
): Promise<EvalPreview> {
  const problems = contentProblems(facts.content, format);
  const files: EvalFile[] = [];
  const splice = async (path: string, how: (before: string | null) => Spliced) => {
    const before = await read(path);
    const spliced = how(before);
    if (spliced.ok) files.push({ path, before, after: spliced.text });
    else problems.push(`${path} is left alone: ${spliced.problem}.`);
  };
  /** The team's own once it is there. */
  const once = async (path: string, text: string) => {
    const before = await read(path);
    if (before === null) files.push({ path, before, after: text });
  };
  const folder = posix.dirname(suite.path);
  const name = posix.basename(suite.path);
  const isSame = sameCase(format, facts.id);
  switch (format) {
    case 'promptfoo':
      await splice(suite.path, (before) => spliceYamlList(before, promptfooTest(facts), isSame));
      break;
    case 'deepeval': {
      const target = deepEvalTarget(suite.target ?? 'app:run_prompt');
      if (!target) {
        problems.push(
          `"${suite.target ?? ''}" names no function: write module:function as target of the suite.`,
        );
        break;
      }
      await splice(suite.path, (before) => spliceJsonList(before, deepEvalGolden(facts), isSame));
      const testName = `test_${name.replace(/\.json$/, '').replaceAll(/\W+/g, '_')}.py`;
      await once(posix.join(folder, testName), deepEvalTestFile(name, target));
      break;
    }
    case 'openai-evals':
      await openAiFiles(facts, suite.path, { problems, splice, once, isSame });
      break;
    case 'inspect': {
      const target = inspectTarget(suite.target ?? 'prompts/prompt.txt');
      if (target === null) {
        problems.push(`"${suite.target ?? ''}" is no path of a prompt: write one as target of the suite.`);
        break;
      }
      await splice(suite.path, (before) => spliceJsonLines(before, inspectSample(facts), isSame));
      const taskName = `${name.replace(/\.jsonl$/, '').replaceAll(/\W+/g, '_')}_task.py`;
      await once(posix.join(folder, taskName), inspectTaskFile(name, target));
      break;
    }
    default:
      return assertNever(format);
  }
  return { format, files, problems: [...new Set(problems)] };
}

/** `<registry>/data/<eval>/<samples>.jsonl` decides the rest of the registry. */
async function openAiFiles(
  facts: CaseFacts,
  path: string,
  {
    problems,
    splice,
    once,
    isSame,
  }: {
    problems: string[];
    splice: (path: string, how: (before: string | null) => Spliced) => Promise<void>;
    once: (path: string, text: string) => Promise<void>;
    isSame: (entry: unknown) => boolean;
  },
): Promise<void> {
  const match = /^(?:(.*)\/)?data\/([\w-]+)\/([\w.-]+\.jsonl)$/.exec(path);
  const [, registry = '', evalName = '', samples = ''] = match ?? [];
  if (!match) {
    problems.push(
      `${path} is no place for samples: OpenAI Evals wants <registry>/data/<eval>/samples.jsonl.`,
    );
    return;
  }
  const kind = openAiClassOf(facts.content.assertions);
  const [assertion] = facts.content.assertions;
  const ignoreCase = assertion?.kind === 'contains' && assertion.ignoreCase;
  const entry = openAiRegistryEntry(evalName, `${evalName}/${samples}`, { kind, ignoreCase });
  await splice(path, (before) => {
    // Each line names its class by what it has: a criterion for the judge, or a text to compare with.
    const mixes = hasEntry(
      before ?? '',
      (line) => !isSame(line) && isSample(line) && ('criteria' in line ? 'rubric' : 'includes') !== kind,
    );
    return mixes
      ? {
          ok: false,
          problem:
            'its samples are judged in another way; OpenAI Evals has one way per eval: use another suite',
        }
      : spliceJsonLines(before, openAiSample(facts), isSame);
  });
  await splice(posix.join(registry, 'evals', `${evalName}.yaml`), (before) => ensureYamlKeys(before, entry));
  if (kind === 'rubric')
    await once(posix.join(registry, 'modelgraded', `${RUBRIC_SPEC}.yaml`), RUBRIC_SPEC_FILE);
}

function isSample(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && 'input' in value;
}

/** Finds the case in a file of the format. */
function sameCase(format: EvalFormat, caseId: string): (entry: unknown) => boolean {
  return (entry) => {
    if (typeof entry !== 'object' || entry === null) return false;
    const {
      id,
      name,
      case_id: ownId,
      metadata,
    } = entry as Partial<InspectSample> & {
      name?: unknown;
      case_id?: unknown;
    };
    switch (format) {
      case 'promptfoo':
        return metadata?.['case_id'] === caseId;
      case 'deepeval':
        return name === caseId;
      case 'openai-evals':
        return ownId === caseId;
      case 'inspect':
        return id === caseId;
      default:
        return assertNever(format);
    }
  };
}

/** Whether the suite's file has the case. */
export function isCaseIn(text: string, format: EvalFormat, caseId: string): boolean {
  return hasEntry(text, sameCase(format, caseId));
}

/** The case's 0-based place among the samples; 0 where the runner knows cases by name. */
export function caseLine(text: string, format: EvalFormat, caseId: string): number {
  return format === 'openai-evals' ? lineOf(text, sameCase(format, caseId)) : 0;
}
