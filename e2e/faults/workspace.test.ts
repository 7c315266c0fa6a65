import { afterEach, describe, expect, it } from 'vitest';
import { startCockpit } from '../support/cockpit.ts';
import type { Cockpit } from '../support/cockpit.ts';

// A broken workspace file: the cockpit opens all the same and says line, place and what to write instead.

const GOOD = `version: 1
name: Northwind Parcel
telemetry:
  port: 0
sources:
  - id: unleash
    connector: unleash
    settings:
      baseUrl: http://127.0.0.1:9
      token: { env: UNLEASH_ADMIN_TOKEN }
prompts:
  - id: customer_support_agent
    service: support-agent
    control: v17
    candidate: v18
    flag: { source: unleash, key: support_prompt_rollout }
`;

type Broken = { what: string; text: string; line: number; place: RegExp; fix: RegExp };

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
const broken = (what: string, from: string, to: string, place: RegExp, fix: RegExp): Broken => {
  const text = GOOD.replace(from, to);
  return { what, text, line: lineOf(text, to.trimStart()), place, fix };
};

const CASES: Broken[] = [
  broken('a key that is misspelt', '    control: v17', '    contrl: v17', /prompts/, /control/),
  broken('a value of the wrong type', '  port: 0', '  port: many', /telemetry.*port/, /number/i),
  broken(
    'a flag on a source that is not there',
    'source: unleash,',
    'source: unlaesh,',
    /flag.*source/,
    /unleash/,
  ),
  broken(
    'a connector that does not exist',
    'connector: unleash',
    'connector: unlesh',
    /connector/,
    /unleash/,
  ),
  broken('a secret written into the file', '{ env: UNLEASH_ADMIN_TOKEN }', '"*:*.secret"', /token/, /env/),
  {
    // The parser notices on the line after the bracket that is never closed, and its advice says so.
    ...broken(
      'text that is no YAML',
      '    control: v17',
      '    control: [v17',
      /.*/,
      /this line and the one above/,
    ),
    line: lineOf(GOOD, '    candidate: v18'),
  },
];

describe('a broken workspace file', () => {
  let cockpit: Cockpit | undefined;
  afterEach(async () => {
    await cockpit?.stop();
    cockpit = undefined;
  });

  it.each(CASES)('$what: names line, place and what to write', async ({ text, line, place, fix }) => {
    cockpit = await startCockpit({ workspace: text, env: { UNLEASH_ADMIN_TOKEN: 'x' } });
    const { info } = await cockpit.calls().engine.info();
    // A mistake may be told twice (a key that is not known, and the one that is missing for it).
    const problem = info.workspaceProblems.find((one) => one.line === line);
    expect(problem ?? info.workspaceProblems).toMatchObject({ line });
    expect(problem!.path).toMatch(place);
    expect(`${problem!.message} ${problem!.fix}`).toMatch(fix);
    expect(problem!.fix).not.toBe('');
    // A secret that was written into the file must not travel on inside the message about it.
    expect(JSON.stringify(info.workspaceProblems)).not.toContain('*:*.secret');
  });

  it('an empty file opens, and says what is missing', async () => {
    cockpit = await startCockpit({ workspace: '' });
    const { info } = await cockpit.calls().engine.info();
    expect(info.workspaceProblems.length).toBeGreaterThan(0);
  });

  it('a good file has no problems', async () => {
    cockpit = await startCockpit({ workspace: GOOD, env: { UNLEASH_ADMIN_TOKEN: 'x' } });
    const { info } = await cockpit.calls().engine.info();
    expect(info.workspaceProblems).toEqual([]);
    expect(info.workspaceName).toBe('Northwind Parcel');
  });
});

describe('two engines on one data directory', () => {
  it('the second start says where the first one is and leaves it alone', async () => {
    const first = await startCockpit({ workspace: GOOD, env: { UNLEASH_ADMIN_TOKEN: 'x' } });
    try {
      const second = await first.cli('start', '--no-open');
      expect(second).toMatchObject({ exitCode: 0, stderr: '' });
      expect(second.stdout).toContain('already open');
      expect(second.stdout).toContain(first.origin());
      expect((await first.calls().engine.info()).info.dataDir).toBe(first.dataDir);
    } finally {
      await first.stop();
    }
  });
});
