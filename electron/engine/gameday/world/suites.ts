import { join } from 'node:path';
import type { Scenario, ScenarioPrompt } from '#shared/model/scenario.ts';
import type { Clock } from '#engine/clock.ts';
import type { SuiteRunner } from '#engine/evals/kind.ts';
import { prepareCheckout } from '#engine/practice-suite/checkout.ts';
import { recordedAnswers } from '#engine/practice-suite/recorded-answers.ts';
import { openReviewer, type Reviewer } from '#engine/practice-suite/reviewer.ts';
import { answersOf } from '#engine/fleet/texts.ts';

/** The program that a drill's suite names; it is called, never started. */
export const RUNNER = 'recorded-answers';
/** Below the drill's own folder: where the checkouts are. Numbered, because a prompt's name may be anything. */
export const SUITES_FOLDER = 'suites';
/** How often the reviewer looks, in the drill's time. */
const REVIEW_MS = 60_000;
/** Answers recorded to each question: each is graded once. */
const REPEATS = 4;

/** The eval suites of a drill's prompts. */
export type Suites = {
  /** For the workspace file, by prompt; a prompt that is not here has none. */
  readonly byPrompt: ReadonlyMap<string, object>;
  readonly runners: Readonly<Record<string, SuiteRunner>>;
  /** The reviewer's rounds in the drill's time, until `signal` aborts; never rejects. */
  review(clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<void>;
};

/**
 * A git checkout with a suite for every prompt, in the drill's own folder. A recorded incident has none: what its versions would have answered to
 * the question of a case was never recorded. Where no checkout can be made (no git) there is none either, and the workbench says so.
 */
export async function prepareSuites(scenario: Scenario, dataDir: string): Promise<Suites> {
  const byPrompt = new Map<string, object>();
  const reviewers: Reviewer[] = [];
  for (const [index, prompt] of scenario.recording ? [] : scenario.prompts.entries()) {
    const checkout = `${SUITES_FOLDER}/${index + 1}`;
    const folder = join(dataDir, SUITES_FOLDER, String(index + 1));
    const recordings = recordingsOf(scenario, prompt);
    const made = prepareCheckout(folder, { name: prompt.service, occasion: 'a drill', recordings });
    const isMade = await made.then(
      () => true,
      () => false,
    );
    if (!isMade) continue;
    byPrompt.set(prompt.id, suiteIn(checkout));
    reviewers.push(await openReviewer(folder, { isNew: true }));
  }
  return {
    byPrompt,
    runners: { [RUNNER]: recordedAnswers },
    async review(clock, signal) {
      while (!signal.aborted && reviewers.length > 0) {
        await clock.sleep(REVIEW_MS, signal).catch(() => undefined);
        if (signal.aborted) return;
        // What could not be reviewed is looked at again at the next round.
        for (const reviewer of reviewers) await reviewer.look().catch(() => undefined);
      }
    },
  };
}

/** Every version as it answers: those that the scenario makes worse say what bad conversations say. */
function recordingsOf({ faults }: Scenario, prompt: ScenarioPrompt) {
  const bad = new Set(
    faults.flatMap(({ fault }) =>
      fault.kind === 'bad-version' && fault.prompt === prompt.id ? [fault.version] : [],
    ),
  );
  return prompt.versions.map(({ id }) => ({ version: id, answers: answersOf(bad.has(id)) }));
}

const suiteIn = (checkout: string): object => ({
  id: 'drill',
  format: 'promptfoo',
  checkout,
  path: 'evals/cases/incidents.yaml',
  command: [
    RUNNER,
    '-c',
    'promptfooconfig.yaml',
    '--answers',
    'recorded/$version.json',
    '-o',
    '$output',
    '--filter-metadata',
    'case_id=$case',
  ],
  repeats: REPEATS,
  gate: { runs: 'promptfoo eval -c promptfooconfig.yaml' },
});
