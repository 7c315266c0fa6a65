import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Scenario } from '#shared/model/scenario.ts';
import { readLibrary, type Library } from './library.ts';
import { problemLine, readScenario } from './read-scenario.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'assets', 'scenarios');
let library: Library;
let greeting: string;
beforeAll(async () => {
  library = await readLibrary({ shipped: FOLDER });
  greeting = await readFile(join(FOLDER, 'greeting-regression.yaml'), 'utf8');
});

const linesOf = (text: string, file = 'greeting-regression.yaml') =>
  readScenario(text, file).problems.map(problemLine);

describe('the library', () => {
  it('is readable as a whole', () => {
    expect(library.problems.map(problemLine)).toEqual([]);
    expect(library.scenarios.length).toBeGreaterThanOrEqual(22);
  });

  it('has a scenario for each of the eleven leaks, three of them for "not the prompt"', () => {
    const leaks = library.scenarios.map(({ leak }) => leak).filter((leak) => leak !== null);
    expect([...new Set(leaks)].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(leaks.filter((leak) => leak === 6)).toHaveLength(3);
  });

  it('and for what is no leak', () => {
    expect(library.scenarios.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'greeting-regression',
        'json-contract',
        'rude-language-drift',
        'noise-only',
        'very-low-traffic',
        'delayed-regression',
        'two-prompts',
        'one-cohort',
        'stalled-recovery',
      ]),
    );
  });

  it('gives nothing away in a brief: no version that is bad, no kind of fault', () => {
    const tells = ({ brief, faults }: Scenario) =>
      faults.flatMap(({ fault }) =>
        [fault.kind, fault.kind === 'model-change' ? fault.toModel : fault.kind].filter((word) =>
          brief.includes(word),
        ),
      );
    expect(library.scenarios.flatMap(tells)).toEqual([]);
  });

  it('shows in the texts of the versions what went wrong', () => {
    for (const { id, prompts, faults } of library.scenarios) {
      for (const { fault } of faults) {
        if (fault.kind !== 'bad-version') continue;
        const prompt = prompts.find((each) => each.id === fault.prompt);
        const text = (version: string) => prompt?.versions.find((each) => each.id === version)?.text ?? '';
        expect(text(fault.version), id).not.toBe('');
        expect(text(fault.version), id).not.toBe(
          text(fault.version === prompt?.candidate ? prompt.control : ''),
        );
      }
    }
  });
});

describe('a file that is wrong names line, field and what to write', () => {
  it.each([
    ['a misspelt key', 'minutes: 24', 'minuts: 24', /greeting-regression\.yaml:\d+ minuts: .*"minutes"/],
    ['a wrong kind', 'kind: regression', 'kind: regresion', /:3 kind: .*regression/],
    ['a text for a number', 'workers: 12', 'workers: many', /workers: "workers" must be/],
    [
      'an unknown version',
      'version: v18\n      complaintTimes: 4',
      'version: v19\n      complaintTimes: 4',
      /faults\[0\]\.fault\.version: There is no version v19/,
    ],
    [
      'an unknown cohort',
      'cohorts: [tenant_cohort_B]',
      'cohorts: [tenant_cohort_D]',
      /faults\[1\]\.fault\.cohorts\[0\]: There is no cohort/,
    ],
    ['cohorts that do not add up', 'share01: 0.45', 'share01: 0.4', /add up to 0\.95/],
    [
      'an onset the wrong way round',
      'onsetMinutes: [1, 4]',
      'onsetMinutes: [4, 1]',
      /Write the earlier time first/,
    ],
    ['an end before anybody can have noticed', 'minutes: 24', 'minutes: 9', /Let it run longer/],
    [
      'an unknown prompt',
      'page:\n    prompt: customer_support_agent',
      'page:\n    prompt: customer_suport_agent',
      /expected\.page\.prompt: .*"customer_support_agent"/,
    ],
    ['no YAML', 'title: ', 'title: "', /:\d+/],
  ])('%s', (_, from, to, said) => {
    expect(greeting).toContain(from);
    const lines = linesOf(greeting.replace(from, to));
    expect(lines.join('\n')).toMatch(said);
    expect(lines.every((line) => line.startsWith('greeting-regression.yaml'))).toBe(true);
  });

  it('a file under another name', () => {
    expect(linesOf(greeting, 'hello.yaml')).toEqual([
      'hello.yaml:1 id: The file is called hello.yaml, the scenario greeting-regression. Call the file greeting-regression.yaml.',
    ]);
  });

  it('a folder that is not there', async () => {
    const { scenarios, problems } = await readLibrary({ shipped: join(FOLDER, 'nowhere') });
    expect(scenarios).toEqual([]);
    expect(problems[0]?.message).toContain('cannot be read');
  });

  it('a team’s own stands beside the library, unless its id is taken', async () => {
    const own = await mkdtemp(join(tmpdir(), 'fusebox-scenarios-'));
    try {
      await writeFile(join(own, 'ours.yaml'), greeting.replace('id: greeting-regression', 'id: ours'));
      await writeFile(join(own, 'greeting-regression.yaml'), greeting.replace('minutes: 24', 'minutes: 25'));
      const { scenarios, ownIds, problems } = await readLibrary({ shipped: FOLDER, own });
      expect(scenarios).toHaveLength(library.scenarios.length + 1);
      expect(scenarios.at(-1)?.id).toBe('ours');
      expect([...ownIds]).toEqual(['ours']);
      expect(scenarios.find(({ id }) => id === 'greeting-regression')?.minutes).toBe(24);
      expect(problems.map(problemLine)).toEqual([
        'greeting-regression.yaml id: There is another scenario greeting-regression. Give it and its file another id.',
      ]);
    } finally {
      await rm(own, { recursive: true });
    }
  });
});
