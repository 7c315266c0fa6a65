import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const RUNNER = fileURLToPath(new URL('run.ts', import.meta.url));

/** What the agent under test says, per version; `flaky` alternates between the two. */
export type AgentBehaviour = Readonly<Record<string, 'greets' | 'curt' | 'flaky'>>;

export type EvalCheckout = {
  readonly root: string;
  /** The command of a suite that runs the checkout's config on one version. */
  readonly command: readonly string[];
  behave(behaviour: AgentBehaviour): void;
  commitAll(message: string): void;
  git(...args: string[]): string;
  remove(): void;
};

/** The agent: an `exec:` provider that reads the version from its environment. */
const AGENT = `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const behaviour = JSON.parse(readFileSync(new URL('behaviour.json', import.meta.url), 'utf8'));
let kind = behaviour[process.env.FUSEBOX_EVAL_VERSION];
if (kind === undefined) { console.error('no such version'); process.exit(3); }
if (kind === 'flaky') {
  const turns = new URL('.turns', import.meta.url);
  const turn = existsSync(turns) ? Number(readFileSync(turns, 'utf8')) : 0;
  writeFileSync(turns, String(turn + 1));
  kind = turn % 2 === 0 ? 'curt' : 'greets';
}
const name = /\\(([^()]+)\\)\\s*$/.exec(process.argv[2])?.[1] ?? 'customer';
console.log(kind === 'greets' ? 'Dear ' + name + ', I have looked at it.' : 'Hi. State your order number.');
`;

/** A git repository as a team has one: prompt, agent, Promptfoo config, a suite with a case of its own, and a workflow that runs it. */
export function createEvalCheckout(behaviour: AgentBehaviour): EvalCheckout {
  const root = mkdtempSync(join(tmpdir(), 'fusebox-eval-checkout-'));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Pia', '-c', 'user.email=pia@example.com', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
  put(
    'promptfooconfig.yaml',
    `description: support agent\nprompts: [file://prompts/support.txt]\nproviders: ['exec:node agent/agent.mjs']\ntests: file://evals/cases/*.yaml\n`,
  );
  put('prompts/support.txt', 'Answer the customer.\n\n{{ user_message }}');
  put('agent/agent.mjs', AGENT);
  put('agent/behaviour.json', JSON.stringify(behaviour));
  put('.gitignore', 'agent/.turns\n');
  put(
    'evals/cases/support.yaml',
    `# Cases of the support agent.\n- description: answers at all\n  metadata: { case_id: answers }\n  vars: { user_message: 'Where is it? (Mina)' }\n  assert:\n    - { type: regex, value: '.' }\n`,
  );
  put(
    '.github/workflows/evals.yml',
    `name: evals\non: [pull_request]\njobs:\n  evals:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5\n      - run: npx promptfoo eval -c promptfooconfig.yaml --no-cache\n`,
  );
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Pia');
  git('config', 'user.email', 'pia@example.com');
  git('add', '-A');
  git('commit', '--quiet', '-m', 'suite');
  return {
    root,
    command: [
      process.execPath,
      RUNNER,
      '-c',
      'promptfooconfig.yaml',
      '-o',
      '$output',
      '--filter-metadata',
      'case_id=$case',
      '--no-cache',
    ],
    behave: (next) => put('agent/behaviour.json', JSON.stringify(next)),
    commitAll(message) {
      git('add', '-A');
      git('commit', '--quiet', '-m', message);
    },
    git,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
