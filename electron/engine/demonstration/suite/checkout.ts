import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { git } from '#engine/evals/git.ts';
import { recordedAnswers } from '../texts.ts';

const FOLDER = 'evals/cases';
/** Who reviews and merges in the demonstration; the workspace file names the same reviewer. */
const REVIEWER = ['-c', 'user.name=Tomasz Nowak', '-c', 'user.email=tomasz@example.com'];

/**
 * The git checkout of the demonstration's support agent in `folder`, made once: an eval suite in Promptfoo's format, the answers that
 * both versions gave, and a workflow that runs the suite. Throws, in words, when it cannot be made (no git, no room).
 */
export async function prepareCheckout(folder: string): Promise<void> {
  if (await stat(join(folder, '.git')).catch(() => null)) return;
  const making = `${folder}.new`;
  await rm(making, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files())) {
    await mkdir(dirname(join(making, path)), { recursive: true });
    await writeFile(join(making, path), text);
  }
  await must(making, ['init', '--quiet', '--initial-branch=main']);
  await must(making, ['add', '-A']);
  await must(making, [...REVIEWER, 'commit', '--quiet', '-m', 'Eval suite of the support agent']);
  // Whole or not at all: a start that was cut off makes it anew.
  await rm(folder, { recursive: true, force: true });
  await rename(making, folder);
}

/**
 * What the rest of the team does in a real one, between the case and its gate: commits what stands in the suite's folder, and reviews and
 * merges a branch with a case. A branch that does not merge is left where it is.
 */
export async function playReviewer(folder: string): Promise<void> {
  const { stdout: changes } = await git(folder, ['status', '--porcelain', '--', FOLDER]);
  if (changes.trim() !== '') {
    await must(folder, ['add', '--', FOLDER]);
    await must(folder, [...REVIEWER, 'commit', '--quiet', '-m', 'Eval case, reviewed', '--', FOLDER]);
  }
  const { stdout: branches } = await git(folder, [
    'for-each-ref',
    '--format=%(refname:short)',
    '--no-merged=HEAD',
    'refs/heads/fusebox/',
  ]);
  for (const branch of branches.split('\n').filter((name) => name !== '')) {
    const merged = await git(folder, [...REVIEWER, 'merge', '--quiet', '--no-edit', branch]);
    if (!merged.ok) await git(folder, ['merge', '--abort']);
  }
}

async function must(folder: string, args: readonly string[]): Promise<void> {
  const answer = await git(folder, args);
  if (!answer.ok) throw new Error(`the demonstration's checkout ${folder}: ${answer.stderr}`);
}

function files(): Record<string, string> {
  const recordings = Object.entries(recordedAnswers()).map(([version, answers]) => [
    `recorded/${version}.json`,
    `${JSON.stringify({ version, answers }, null, 2)}\n`,
  ]);
  return {
    'README.md': README,
    'promptfooconfig.yaml': CONFIG,
    [`${FOLDER}/support.yaml`]: CASES,
    'recorded/answer.mjs': PROVIDER,
    '.github/workflows/evals.yml': WORKFLOW,
    ...(Object.fromEntries(recordings) as Record<string, string>),
  };
}

const README = `# support-agent, as the demonstration has it

An eval suite in Promptfoo's format. Fusebox made it in its data directory for the built-in demonstration; delete it, and the next start
makes it anew.

- \`${FOLDER}/\`: the cases. Those of incidents go to \`incidents.yaml\`.
- \`recorded/\`: what v17 and v18 answered in the demonstration, several answers to each question; of v18 those of the regression.
- \`promptfooconfig.yaml\` and \`recorded/answer.mjs\`: the same for Promptfoo itself (\`FUSEBOX_EVAL_VERSION=v17 npx promptfoo eval\`).
- \`.github/workflows/evals.yml\`: the gate.

Fusebox proves a case here by its own small runner (\`recorded-answers\`): it takes the recorded answers one after the other and grades
them by the checks that the case declares. No model is asked, so a rubric or a comparison by meaning cannot be graded.

Nobody else works here, so the demonstration plays the reviewer: what is written is committed within seconds, and a branch is merged.
`;

const CONFIG = `description: customer_support_agent
prompts: ['{{ user_message }}']
providers: ['exec:node recorded/answer.mjs']
tests: file://${FOLDER}/*.yaml
`;

const CASES = `# Cases of the support agent.
- description: answers at all
  metadata: { case_id: answers }
  vars: { user_message: 'I was charged twice for the same subscription. (Alex)' }
  assert:
    - { type: regex, value: '.' }
`;

const PROVIDER = `// What a version answered in the demonstration, for Promptfoo's exec provider.
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
