import { describe, expect, it } from 'vitest';
import { judgeGate } from './gate.ts';

const judge = (text: string, change: Partial<Parameters<typeof judgeGate>[0]> = {}) =>
  judgeGate({
    suitePath: 'evals/cases/incidents.yaml',
    runs: null,
    lookedAt: ['.github/workflows/*.yml'],
    workflows: [{ path: '.github/workflows/evals.yml', text }],
    isCommitted: true,
    ...change,
  });
const GOOD = `on: [pull_request]
jobs:
  evals:
    steps:
      - run: npx promptfoo eval -c promptfooconfig.yaml -t evals/cases/incidents.yaml
`;

describe('the gate', () => {
  it('is there when a workflow on pull requests names the suite, and says where', () => {
    expect(judge(GOOD)).toMatchObject({ isGated: true, mentions: ['.github/workflows/evals.yml:5'] });
    expect(judge(GOOD.replace('incidents.yaml', '*.yaml')).isGated).toBe(true);
    expect(
      judge(GOOD.replace('-t evals/cases/incidents.yaml', ''), { runs: 'promptfoo eval -c' }).isGated,
    ).toBe(true);
  });

  it.each([
    ['no workflow at all', '', { workflows: [] }, 'no workflow file'],
    ['another suite', GOOD.replace('evals/cases/', 'evals/cases-old/'), {}, 'No workflow names'],
    ['a comment alone', `on: push\n# runs evals/cases/incidents.yaml\n`, {}, 'No workflow names'],
    ['a case that is not committed', GOOD, { isCommitted: false }, 'not in the newest commit'],
    ['a schedule', GOOD.replace('[pull_request]', 'schedule'), {}, 'does not run on pull_request'],
    ['exit code 0', `${GOOD}        env: { PROMPTFOO_FAILED_TEST_EXIT_CODE: 0 }\n`, {}, 'EXIT_CODE'],
    [
      'exit code "0"',
      `${GOOD}        env:\n          PROMPTFOO_FAILED_TEST_EXIT_CODE: "0"\n`,
      {},
      'EXIT_CODE',
    ],
    ['pass rate 80', `${GOOD}        env:\n          PROMPTFOO_PASS_RATE_THRESHOLD: 80\n`, {}, 'PASS_RATE'],
    ['continue-on-error', `${GOOD}        continue-on-error: true\n`, {}, 'continue-on-error'],
    ['|| true', GOOD.replace('incidents.yaml', 'incidents.yaml || true'), {}, '|| true'],
  ])('is refused for %s', (_what, text, change, says) => {
    const judged = judge(text, change);
    expect(judged.isGated).toBe(false);
    expect(judged.findings.join(' ')).toContain(says);
  });

  it('does not mind the settings at their strict values', () => {
    const strict = `${GOOD}        env:\n          PROMPTFOO_PASS_RATE_THRESHOLD: 100\n          PROMPTFOO_FAILED_TEST_EXIT_CODE: 100\n`;
    expect(judge(strict).isGated).toBe(true);
  });
});
