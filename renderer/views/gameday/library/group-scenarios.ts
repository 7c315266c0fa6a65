import type { ScenarioSummary } from '#shared/model/drill.ts';
import type { Scenario } from '#shared/model/scenario.ts';
import { KIND_TITLES, LEAK_TITLES, SOURCE_TITLES } from '../words.ts';

export type ScenarioGroup = {
  readonly id: Scenario['kind'] | 'recorded' | 'untold';
  readonly title: string;
  readonly scenarios: readonly ScenarioSummary[];
};

const KINDS: readonly Scenario['kind'][] = ['regression', 'leak', 'not-the-prompt', 'quiet'];

/** The library in its groups, leaks by their number, recorded ones last; groups that hold nothing are left out. */
export function groupScenarios(scenarios: readonly ScenarioSummary[], filter: string): ScenarioGroup[] {
  const found = scenarios.filter((scenario) => matches(scenario, filter));
  const library = found.filter(({ source }) => source !== 'recorded');
  const groups: ScenarioGroup[] = KINDS.map((kind) => ({
    id: kind,
    title: KIND_TITLES[kind],
    scenarios: library
      .filter((scenario) => scenario.kind === kind)
      .toSorted((a, b) => (a.leak ?? 0) - (b.leak ?? 0) || a.title.localeCompare(b.title)),
  }));
  // To somebody who does not run game days nobody says what kind it is.
  groups.push({
    id: 'untold',
    title: 'All scenarios',
    scenarios: library.filter(({ kind }) => kind === null),
  });
  groups.push({
    id: 'recorded',
    title: 'Recorded incidents',
    scenarios: found.filter(({ source }) => source === 'recorded'),
  });
  return groups.filter((group) => group.scenarios.length > 0);
}

/** Every word of the filter stands somewhere in what the row says. */
function matches(scenario: ScenarioSummary, filter: string): boolean {
  const { id, title, purpose, leak, prompts, source, bundleOf, kind } = scenario;
  const leakWords = leak === null ? '' : `leak ${leak} ${LEAK_TITLES[leak] ?? ''}`;
  const kindWords = kind === null ? '' : KIND_TITLES[kind];
  const originWords = `${SOURCE_TITLES[source]} ${bundleOf ?? ''}`;
  const text = [id, title, purpose, leakWords, kindWords, ...prompts, originWords].join(' ').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
