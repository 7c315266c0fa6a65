import type { PromptVersion } from '#shared/model/prompt.ts';
import type { Fault, Scenario } from '#shared/model/scenario.ts';

/** A prompt of the workspace as a scenario may take it: names and texts alone, no lever, no source, no channel. */
export type Cast = {
  readonly id: string;
  readonly owner: string | null;
  readonly control: string;
  readonly candidate: string | null;
  /** Newest last. */
  readonly versions: readonly PromptVersion[];
};

/**
 * The scenario with its first prompt played by one of the workspace: its id, owner, and its versions with author, message and text in
 * place of the scenario's control and candidate. What goes wrong stays the scenario's. A name that would then stand for two versions
 * gets the scenario's version a suffix.
 */
export function castScenario(scenario: Scenario, cast: Cast): Scenario {
  const [first, ...others] = scenario.prompts;
  if (!first) return scenario;
  const names = versionNames(first, cast);
  const nameOf = (version: string) => names.get(version) ?? version;
  const promptOf = (id: string) => (id === first.id ? cast.id : id);
  const ofFirst = (id: string, version: string) => (id === first.id ? nameOf(version) : version);
  const known = new Map(cast.versions.map((version) => [version.id, version]));
  const { page } = scenario.expected;
  return {
    ...scenario,
    prompts: [
      {
        ...first,
        id: cast.id,
        owner: cast.owner,
        control: nameOf(first.control),
        candidate: first.candidate === null ? null : nameOf(first.candidate),
        versions: first.versions.map((version) => {
          const id = nameOf(version.id);
          const real = known.get(id);
          if (!real) return { ...version, id };
          const { sha, author, message, text } = real;
          return {
            ...version,
            id,
            sha,
            author: author ?? version.author,
            message: message ?? version.message,
            text: text ?? version.text,
          };
        }),
      },
      // A prompt of that name elsewhere in the scenario would be two.
      ...others.map((prompt) => (prompt.id === cast.id ? { ...prompt, id: `${prompt.id}-2` } : prompt)),
    ],
    faults: scenario.faults.map((planned) => ({
      ...planned,
      fault: castFault(planned.fault, promptOf, ofFirst),
    })),
    changes: scenario.changes.map((change) => ({ ...change, prompt: promptOf(change.prompt) })),
    earlierIncidents: scenario.earlierIncidents.map((earlier) => ({
      ...earlier,
      prompt: promptOf(earlier.prompt),
      badVersion: ofFirst(earlier.prompt, earlier.badVersion),
    })),
    expected: {
      ...scenario.expected,
      page: page && {
        ...page,
        prompt: promptOf(page.prompt),
        version: page.version === null ? null : ofFirst(page.prompt, page.version),
      },
    },
  };
}

/** The scenario's version names and what they become; every one of the result is another. */
function versionNames(prompt: Scenario['prompts'][number], cast: Cast): Map<string, string> {
  const names = new Map([[prompt.control, cast.control]]);
  const newest = cast.versions.findLast(({ id }) => id !== cast.control)?.id;
  const candidate = cast.candidate ?? newest;
  if (prompt.candidate !== null && candidate !== undefined) names.set(prompt.candidate, candidate);
  const taken = new Set(names.values());
  for (const { id } of prompt.versions) {
    if (names.has(id)) continue;
    let name = id;
    while (taken.has(name)) name = `${name}-drill`;
    taken.add(name);
    names.set(id, name);
  }
  return names;
}

function castFault(
  fault: Fault,
  promptOf: (id: string) => string,
  versionOf: (promptId: string, version: string) => string,
): Fault {
  if (!('prompt' in fault)) return fault;
  const prompt = promptOf(fault.prompt);
  return fault.kind === 'bad-version'
    ? { ...fault, prompt, version: versionOf(fault.prompt, fault.version) }
    : { ...fault, prompt };
}
