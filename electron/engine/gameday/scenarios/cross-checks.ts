import type { Fault, Scenario } from '#shared/model/scenario.ts';
import { nearest } from '#engine/workspace/nearest.ts';

export type Disagreement = {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly fix: string;
};

/** What the schema cannot say: names that nobody defines, and times that do not fit each other. `file`: where it was read, by its name. */
export function disagreements(scenario: Scenario, file: string): Disagreement[] {
  return [
    ...fileName(scenario, file),
    ...scenario.prompts.flatMap((prompt, index) => ofPrompt(scenario, prompt, index)),
    ...scenario.faults.flatMap(({ fault }, index) => ofFault(scenario, fault, ['faults', index, 'fault'])),
    ...scenario.changes.flatMap(({ prompt }, index) =>
      unknownPrompt(scenario, prompt, ['changes', index, 'prompt']),
    ),
    ...scenario.earlierIncidents.flatMap(({ prompt }, index) =>
      unknownPrompt(scenario, prompt, ['earlierIncidents', index, 'prompt']),
    ),
    ...ofTimes(scenario),
    ...ofExpectations(scenario),
  ];
}

function fileName({ id }: Scenario, file: string): Disagreement[] {
  if (file.replace(/\.ya?ml$/, '') === id) return [];
  return [
    {
      path: ['id'],
      message: `The file is called ${file}, the scenario ${id}.`,
      fix: `Call the file ${id}.yaml.`,
    },
  ];
}

function ofPrompt(
  { prompts }: Scenario,
  { id, versions, control, candidate, cohorts }: Scenario['prompts'][number],
  index: number,
): Disagreement[] {
  const path = ['prompts', index];
  const found: Disagreement[] = [];
  if (prompts.findIndex((other) => other.id === id) < index) {
    found.push({
      path: [...path, 'id'],
      message: `There are two prompts ${id}.`,
      fix: 'Give each its own id.',
    });
  }
  const known = versions.map((version) => version.id);
  found.push(...unknownName('version', control, known, [...path, 'control']));
  if (candidate !== null) found.push(...unknownName('version', candidate, known, [...path, 'candidate']));
  const sum = cohorts.reduce((total, { share01 }) => total + share01, 0);
  if (Math.abs(sum - 1) > 0.001) {
    const message = `The shares of the cohorts add up to ${Number(sum.toFixed(3))}.`;
    found.push({ path: [...path, 'cohorts'], message, fix: 'They must add up to 1.' });
  }
  return found;
}

function ofFault(scenario: Scenario, fault: Fault, path: readonly (string | number)[]): Disagreement[] {
  if (!('prompt' in fault)) return [];
  const prompt = scenario.prompts.find(({ id }) => id === fault.prompt);
  if (!prompt) return unknownPrompt(scenario, fault.prompt, [...path, 'prompt']);
  if (fault.kind !== 'bad-version') return [];
  const versions = prompt.versions.map(({ id }) => id);
  const cohorts = prompt.cohorts.map(({ name }) => name);
  return [
    ...unknownName('version', fault.version, versions, [...path, 'version']),
    ...(fault.cohorts ?? []).flatMap((cohort, index) =>
      unknownName('cohort', cohort, cohorts, [...path, 'cohorts', index]),
    ),
  ];
}

function ofTimes({ onsetMinutes, minutes, expected, declaredByHandMinutes }: Scenario): Disagreement[] {
  const [first, last] = onsetMinutes;
  const found: Disagreement[] = [];
  if (first > last) {
    const message = `The onset is between ${first} and ${last}.`;
    found.push({ path: ['onsetMinutes'], message, fix: 'Write the earlier time first.' });
  }
  const due = Math.max(expected.page?.withinMinutes ?? 0, declaredByHandMinutes ?? 0);
  if (last + due >= minutes) {
    const message = `It ends after ${minutes} min, and is noticed ${last + due} min after its beginning at the latest.`;
    found.push({ path: ['minutes'], message, fix: 'Let it run longer.' });
  }
  return found;
}

function ofExpectations(scenario: Scenario): Disagreement[] {
  const { page } = scenario.expected;
  const found: Disagreement[] = [];
  if (page !== null) {
    const path = ['expected', 'page'];
    found.push(...unknownPrompt(scenario, page.prompt, [...path, 'prompt']));
    const prompt = scenario.prompts.find(({ id }) => id === page.prompt);
    if (prompt && page.version !== null) {
      const versions = prompt.versions.map(({ id }) => id);
      found.push(...unknownName('version', page.version, versions, [...path, 'version']));
    }
  }
  if (scenario.kind === 'quiet' && scenario.faults.length > 0) {
    const message = 'A quiet scenario has no faults.';
    found.push({ path: ['faults'], message, fix: 'Take them out, or give it another kind.' });
  }
  return found;
}

function unknownPrompt({ prompts }: Scenario, id: string, path: Disagreement['path']): Disagreement[] {
  return unknownName(
    'prompt',
    id,
    prompts.map((prompt) => prompt.id),
    path,
  );
}

function unknownName(
  what: string,
  name: string,
  known: readonly string[],
  path: Disagreement['path'],
): Disagreement[] {
  if (known.includes(name)) return [];
  const meant = nearest(name, known);
  const fix = meant === null ? `Write one of: ${known.join(', ')}.` : `Write "${meant}" instead.`;
  return [{ path, message: `There is no ${what} ${name} here.`, fix }];
}
