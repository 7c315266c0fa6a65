import { appendFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { git } from '#engine/evals/git.ts';
import type { Recording } from './answers.ts';

/** What a practice suite is made of. */
export type PracticeSuite = {
  /** What the checkout calls itself: "support-agent". */
  readonly name: string;
  /** Whose it is, for its README: "the built-in demonstration". */
  readonly occasion: string;
  /** What each version answered. One whose name is no plain file name is left out: nothing can be proven on it. */
  readonly recordings: readonly Recording[];
};

/** Where the cases stand in the checkout. */
export const CASES_FOLDER = 'evals/cases';
/** Who reviews and merges in a practice checkout. */
const REVIEWER = ['-c', 'user.name=Tomasz Nowak', '-c', 'user.email=tomasz@example.com'];
/** A commit starts nothing that outlives it. */
const NO_UPKEEP = ['-c', 'gc.auto=0', '-c', 'maintenance.auto=false'];
/** Who writes a case onto a branch: a machine may not know its person's name, and a practice commit shall not carry it. */
const WRITER = '[user]\n\tname = On call\n\temail = on-call@example.com\n';
const FILE_NAME = /^\w[\w.@+-]{0,119}$/;

/**
 * A git checkout in `folder`, made once: an eval suite in Promptfoo's format, the answers that each version gave, and a workflow that runs the
 * suite. Throws, in words, when it cannot be made (no git, no room).
 */
export async function prepareCheckout(folder: string, suite: PracticeSuite): Promise<void> {
  if (await stat(join(folder, '.git')).catch(() => null)) return;
  const making = `${folder}.new`;
  await rm(making, { recursive: true, force: true });
  for (const [path, text] of Object.entries(filesOf(suite))) {
    await mkdir(dirname(join(making, path)), { recursive: true });
    await writeFile(join(making, path), text);
  }
  await must(making, ['init', '--quiet', '--initial-branch=main', '--template=']);
  await appendFile(join(making, '.git', 'config'), WRITER);
  await must(making, ['add', '-A']);
  await must(making, [...asReviewer(), 'commit', '--quiet', '-m', `Eval suite of ${suite.name}`]);
  // Whole or not at all: a start that was cut off makes it anew.
  await rm(folder, { recursive: true, force: true });
  await rename(making, folder);
}

/** Options of git for a commit by the reviewer. */
export function asReviewer(): string[] {
  return [...REVIEWER, ...NO_UPKEEP];
}

/** Throws with what git says. */
export async function must(folder: string, args: readonly string[]): Promise<string> {
  const answer = await git(folder, args);
  if (!answer.ok) throw new Error(`the practice checkout ${folder}: ${answer.stderr}`);
  return answer.stdout;
}

function filesOf({ name, occasion, recordings }: PracticeSuite): Record<string, string> {
  const recorded = recordings.filter(({ version }) => FILE_NAME.test(version));
  return {
    'README.md': readme(name, occasion),
    'promptfooconfig.yaml': config(name),
    [`${CASES_FOLDER}/answers.yaml`]: firstCase(recorded[0]?.answers[0]?.asked ?? ''),
    'recorded/answer.mjs': PROVIDER,
    '.github/workflows/evals.yml': WORKFLOW,
    ...Object.fromEntries(
      recorded.map(({ version, answers }): [string, string] => [
        `recorded/${version}.json`,
        `${JSON.stringify({ version, answers }, null, 2)}\n`,
      ]),
    ),
  };
}

const readme = (name: string, occasion: string) => `# ${name}, for practice

An eval suite in Promptfoo's format. Fusebox made it in its data directory for ${occasion}.

- \`${CASES_FOLDER}/\`: the cases. Those of incidents go to \`incidents.yaml\`.
- \`recorded/\`: what each version answered, several answers to each question; of a bad version those of the regression.
- \`promptfooconfig.yaml\` and \`recorded/answer.mjs\`: the same for Promptfoo itself (\`FUSEBOX_EVAL_VERSION=v17 npx promptfoo eval\`).
- \`.github/workflows/evals.yml\`: the gate.

Fusebox proves a case here by its own small runner (\`recorded-answers\`): it takes the recorded answers one after the other and grades
them by the checks that the case declares. No model is asked, so a rubric or a comparison by meaning cannot be graded.

Nobody else works here, so the reviewer is played: what is written is committed soon after, and a branch is merged.
`;

// A prompt's name becomes text of a file: quoted, it can be nothing else.
const config = (name: string) => `description: ${JSON.stringify(name)}
prompts: ['{{ user_message }}']
providers: ['exec:node recorded/answer.mjs']
tests: file://${CASES_FOLDER}/*.yaml
`;

const firstCase = (asked: string) => `# Cases that were here before any incident.
- description: answers at all
  metadata: { case_id: answers }
  vars: { user_message: ${JSON.stringify(`${asked} (Alex)`)} }
  assert:
    - { type: regex, value: '.' }
`;

const PROVIDER = `// What a version answered, for Promptfoo's exec provider.
import { readFileSync } from 'node:fs';
const { FUSEBOX_EVAL_VERSION: version = 'v17', FUSEBOX_EVAL_RUN: run = '1' } = process.env;
const { answers } = JSON.parse(readFileSync(new URL(version + '.json', import.meta.url), 'utf8'));
const text = (process.argv[2] ?? '').trim();
const [, asked = text, name = 'customer'] = /^([\\s\\S]*\\S) \\(([^()]+)\\)$/.exec(text) ?? [];
const found = answers.find((answer) => answer.asked === text || answer.asked === asked);
if (!found) {
  console.error('no answer of ' + version + ' to this text is recorded');
  process.exit(1);
}
console.log(found.said[(Number(run) - 1) % found.said.length].replaceAll('{name}', () => name));
`;

const WORKFLOW = `name: evals
on: [pull_request]
jobs:
  evals:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: npx promptfoo eval -c promptfooconfig.yaml --no-cache
`;
