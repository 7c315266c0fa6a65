import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readResult } from '#shared/domain/evals/results/read.ts';
import { redact } from '#shared/domain/evals/redact.ts';
import { git } from '#engine/evals/git.ts';
import { messagesFor, recordedAnswers as recorded } from '#engine/demonstration/texts.ts';
import { createRandom } from '#engine/fleet/random.ts';
import { answerTo } from './answers.ts';
import { prepareCheckout } from './checkout.ts';
import { recordedAnswers } from './recorded-answers.ts';
import { openReviewer } from './reviewer.ts';

const folder = mkdtempSync(join(tmpdir(), 'fusebox-suite-'));
const root = join(folder, 'support-agent');
const SUITE = {
  name: 'support-agent',
  occasion: 'a test',
  recordings: Object.entries(recorded()).map(([version, answers]) => ({ version, answers })),
};
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(version: string, turn: number) {
  const output = join(folder, `out-${version}-${turn}.json`);
  const args = ['-c', 'promptfooconfig.yaml', '--answers', `recorded/${version}.json`, '-o', output];
  const { exitCode, tail } = await recordedAnswers([...args, '--filter-metadata', 'case_id=greets'], {
    cwd: root,
    env: { FUSEBOX_EVAL_RUN: String(turn) },
  });
  const text = existsSync(output) ? readFileSync(output, 'utf8') : '';
  return { exitCode, tail, ...readResult('promptfoo', text, { caseId: 'greets', lineIndex: 0 }) };
}

it('grades what was recorded, commits and merges as a team would, and says what it cannot do', async () => {
  await prepareCheckout(root, SUITE);
  await prepareCheckout(root, SUITE);
  const put = (check: string, question = 'I was charged twice for the same subscription. (Alex)') =>
    writeFileSync(
      join(root, 'evals/cases/incidents.yaml'),
      `- description: greets\n  metadata: { case_id: greets }\n  vars: { user_message: '${question}' }\n  assert:\n    - ${check}\n`,
    );
  const verdicts = async (version: string) =>
    Promise.all([1, 2, 3, 4].map(async (turn) => (await run(version, turn)).verdict));

  put("{ type: contains, value: 'Dear Alex' }");
  expect(await verdicts('v17')).toEqual(['pass', 'pass', 'pass', 'pass']);
  expect(await verdicts('v18')).toEqual(['fail', 'fail', 'fail', 'fail']);
  expect(await run('v18', 1)).toMatchObject({ exitCode: 100 });
  // What the model says differs from time to time, and a check of its words flakes.
  put("{ type: contains, value: 'I have checked the order' }");
  expect(await verdicts('v17')).toEqual(['pass', 'fail', 'fail', 'fail']);
  put(String.raw`{ type: javascript, value: 'output.split(/[.!?\n]/)[0].includes("\u0044ear")' }`);
  expect((await run('v17', 1)).verdict).toBe('pass');
  put("{ type: javascript, value: 'process.exit(0)' }");
  expect(await run('v17', 1)).toMatchObject({ verdict: 'error', exitCode: 100 });
  put("{ type: llm-rubric, value: 'is kind' }");
  expect((await run('v17', 1)).detail).toContain('needs a model as a judge');
  put("{ type: contains, value: 'Dear' }", 'What is the weather? (Alex)');
  expect((await run('v17', 1)).detail).toContain('no answer of v17 to this text is recorded');
  expect(await run('v3', 1)).toMatchObject({ exitCode: 1, tail: expect.stringContaining('v3.json') });

  const committed = async () => (await git(root, ['show', 'HEAD:evals/cases/incidents.yaml'])).ok;
  expect(await committed()).toBe(false);
  const reviewer = await openReviewer(root, { isNew: false });
  await reviewer.look();
  expect(await committed()).toBe(true);
  await git(root, ['branch', 'fusebox/one-1']);
  await git(root, ['switch', '--quiet', 'fusebox/one-1']);
  put("{ type: contains, value: 'branch' }");
  await git(root, ['-c', 'user.name=Pia', '-c', 'user.email=p@example.com', 'commit', '-qam', 'case']);
  await git(root, ['switch', '--quiet', 'main']);
  await reviewer.look();
  expect(readFileSync(join(root, 'evals/cases/incidents.yaml'), 'utf8')).toContain('branch');
  const before = (await git(root, ['rev-parse', 'HEAD'])).stdout;
  await reviewer.look();
  expect((await git(root, ['rev-parse', 'HEAD'])).stdout).toBe(before);

  // For Promptfoo itself the provider gives the same answers.
  const { v18 } = recorded();
  const [question] = v18;
  const asked = `${question?.asked ?? ''} (Mina)`;
  const said = execFileSync(process.execPath, ['recorded/answer.mjs', asked, '{}', '{}'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, FUSEBOX_EVAL_VERSION: 'v18', FUSEBOX_EVAL_RUN: '2' },
  });
  expect(said.trim()).toBe(answerTo({ version: 'v18', answers: v18 }, asked, 2));
});

it('has recorded what is said in conversations, redacted or not', () => {
  const random = createRandom(7);
  for (const version of ['v17', 'v18'] as const) {
    const recording = { version, answers: recorded()[version] };
    for (let index = 0; index < 200; index += 1) {
      const { input, output } = messagesFor('customer_support_agent', version, true, random);
      const said = [1, 2, 3, 4].map((turn) => answerTo(recording, input, turn));
      expect(said).toContain(output);
      if (!input.endsWith(')') || input.includes('](')) continue;
      const [asked] = redact([input, output], { names: [], keep: [] });
      expect(answerTo(recording, asked?.text ?? '', 1)).not.toBe('');
    }
  }
});

it('reads nothing outside of its folder, and makes no file for a version that is no plain name', async () => {
  await prepareCheckout(root, {
    ...SUITE,
    recordings: ['../../v1', 'a/v2', '.v3', 'v4'].map((version) => ({
      version,
      answers: [{ asked: 'Where is it?', said: ['Here.'] }],
    })),
  });
  expect(readdirSync(join(root, 'recorded')).toSorted()).toEqual(['answer.mjs', 'v4.json']);
  writeFileSync(join(folder, 'v5.json'), JSON.stringify({ version: 'v5', answers: [] }));
  for (const version of ['../../v5', 'a/../../../v5'])
    expect((await run(version, 1)).tail).toContain('is no file of this suite');
});
