import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONNECTORS } from '../connectors/registry.ts';
import { openWorkspace } from './open-workspace.ts';
import { createSecretReader } from './secrets.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workspace-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const GOOD = `version: 1
name: support
sources:
  - id: unleash
    connector: unleash
    settings:
      baseUrl: https://unleash.example.com
      token: { env: UNLEASH_TOKEN }
  - id: prometheus
    connector: prometheus
    settings:
      baseUrl: http://127.0.0.1:9090
prompts:
  - id: support_agent
    service: support
    control: v17
    candidate: v18
    flag: { source: unleash, key: support_prompt }
    versions:
      - { id: v17, text: Be brief., at: 2026-05-01T10:00:00Z }
      - { id: v18, file: prompts/v18.md }
    signals:
      complaints:
        source: prometheus
        events: sum(increase(complaints_total{v="$version"}[$window]))
        conversations: sum(increase(conversations_total{v="$version"}[$window]))
`;
const env = { UNLEASH_TOKEN: 'secret-token' };

async function load(text: string, variables: Record<string, string> = env) {
  const path = join(folder, 'fusebox.yaml');
  await mkdir(join(folder, 'prompts'), { recursive: true });
  await writeFile(join(folder, 'prompts', 'v18.md'), 'Be brief and greet.');
  await writeFile(path, text);
  return openWorkspace({ path, connectors: CONNECTORS, secrets: createSecretReader({ env: variables }) });
}
/** The one problem of GOOD with one change. */
async function problemAfter(from: string, to: string) {
  expect(GOOD).toContain(from);
  const text = GOOD.replace(from, to);
  const problems = (await load(text)).problems();
  expect(problems).toHaveLength(1);
  const { line, ...rest } = problems[0]!;
  return { ...rest, line: line === null ? null : (text.split('\n')[line - 1] ?? '').trim() };
}

describe('a good workspace', () => {
  it('loads without problems, with defaults', async () => {
    const desk = await load(GOOD);
    expect(desk.problems()).toEqual([]);
    expect(desk.current().name).toBe('support');
    expect(desk.current().telemetry.port).toBe(4318);
    expect(desk.prompt('support_agent')?.flag).toMatchObject({
      project: 'default',
      environment: 'production',
    });
    expect(desk.prompt('nobody')).toBeNull();
    expect(desk.path).toBe(join(folder, 'fusebox.yaml'));
  });

  it('reads the texts of versions, from the file itself and from beside it', async () => {
    const desk = await load(GOOD);
    const versions = await desk.versions('support_agent');
    expect(versions.map(({ id, text, createdAtMs }) => ({ id, text, createdAtMs }))).toEqual([
      { id: 'v17', text: 'Be brief.', createdAtMs: Date.UTC(2026, 4, 1, 10) },
      { id: 'v18', text: 'Be brief and greet.', createdAtMs: null },
    ]);
    expect(await desk.versions('nobody')).toEqual([]);
  });
});

describe('what is wrong, where, and what to write', () => {
  it('an unknown key', async () => {
    expect(await problemAfter('    control: v17', '    controll: v16\n    control: v17')).toEqual({
      line: 'controll: v16',
      path: 'prompts[support_agent].controll',
      message: '"controll" is not known here.',
      fix: 'Write "control" instead.',
    });
    expect(await problemAfter('name: support', 'name: support\nzzzzzz: 1')).toMatchObject({
      line: 'zzzzzz: 1',
      fix: expect.stringContaining('telemetry') as string,
    });
  });

  it('an unknown key deep inside, also of one connector', async () => {
    expect(
      await problemAfter('key: support_prompt', 'key: support_prompt, enviroment: staging'),
    ).toMatchObject({
      path: 'prompts[support_agent].flag.enviroment',
      fix: 'Write "environment" instead.',
    });
    expect(
      await problemAfter(
        '      baseUrl: https://unleash',
        '      base_url: x\n      baseUrl: https://unleash',
      ),
    ).toMatchObject({
      line: 'base_url: x',
      path: 'sources[unleash].settings.base_url',
      fix: 'Write "baseUrl" instead.',
    });
  });

  it('something missing, of the wrong type, or not allowed', async () => {
    expect(await problemAfter('    service: support\n', '')).toMatchObject({
      path: 'prompts[support_agent].service',
      message: '"service" is missing.',
      fix: 'Write service: some text.',
    });
    expect(await problemAfter('version: 1', 'version: 2')).toMatchObject({
      line: 'version: 2',
      message: '"version" cannot be 2.',
      fix: 'Write version: 1.',
    });
    expect(await problemAfter('control: v17', 'control: 17')).toMatchObject({
      line: 'control: 17',
      message: '"control" must be a text, and is 17.',
    });
    expect(
      await problemAfter('    service: support', '    service: support\n    severity: P4'),
    ).toMatchObject({
      line: 'severity: P4',
      fix: expect.stringContaining('P1, P2, P3') as string,
    });
    expect(await problemAfter('at: 2026-05-01T10:00:00Z', 'at: yesterday')).toMatchObject({
      path: 'prompts[support_agent].versions[v17].at',
      fix: expect.stringContaining('2026-05-09T14:00:00Z') as string,
    });
  });

  it('a secret written into the file, or not set', async () => {
    const written = await problemAfter('{ env: UNLEASH_TOKEN }', 'secret-token');
    expect(written.path).toBe('sources[unleash].settings.token');
    expect(JSON.stringify(written.message)).toContain('token');
    expect(written.fix).toContain('{ env: NAME_OF_THE_VARIABLE }');
    expect(`${written.message} ${written.fix}`).not.toContain('secret-token');
    const unset = (await load(GOOD, {})).problems();
    expect(unset).toMatchObject([
      {
        path: 'sources[unleash].settings.token',
        message: expect.stringContaining('UNLEASH_TOKEN is not set') as string,
      },
    ]);
  });

  it('names that do not fit each other', async () => {
    expect(await problemAfter('source: unleash,', 'source: unleahs,')).toMatchObject({
      path: 'prompts[support_agent].flag.source',
      message: 'There is no source "unleahs".',
      fix: 'Write "unleash" instead.',
    });
    expect(await problemAfter('source: unleash,', 'source: prometheus,')).toMatchObject({
      message: 'The source "prometheus" (prometheus) serves metrics, not flags.',
    });
    expect(await problemAfter('connector: prometheus', 'connector: promteheus')).toMatchObject({
      line: 'connector: promteheus',
      fix: 'Write "prometheus" instead.',
    });
    expect(await problemAfter('control: v17', 'control: v16')).toMatchObject({
      line: 'control: v16',
      message: 'The control "v16" is not among the versions.',
    });
    expect(
      await problemAfter(
        'control: v17',
        'control: v17\n    cohorts: [acme]\n    tenants: [{ cohort: acmee }]',
      ),
    ).toMatchObject({
      path: 'prompts[support_agent].tenants[0].cohort',
      fix: 'Write "acme" instead.',
    });
    const twice = 'tenants: [{ cohort: acme, name: Acme }, { cohort: acme, tier: standard }]';
    expect(await problemAfter('control: v17', `control: v17\n    ${twice}`)).toMatchObject({
      message: 'There are two tenants for the cohort "acme"; only the first counts.',
    });
    const reserved = await load(
      GOOD.replaceAll('prometheus\n', 'telemetry\n').replace('connector: telemetry', 'connector: prometheus'),
    );
    expect(reserved.problems()).toMatchObject([
      { path: 'sources[telemetry].id', fix: 'Give the source another id.' },
    ]);
    const twins = await load(GOOD.replace('- id: prometheus', '- id: unleash'));
    expect(twins.problems()[0]).toMatchObject({
      line: 9,
      path: 'sources[unleash].id',
      message: 'There are two sources with the id "unleash"; only the first one counts.',
    });
  });

  it('a team that would not work', async () => {
    const team = (lines: string) => `${GOOD}team:\n  people:\n${lines}`;
    const good = await load(
      team('    - { name: Mira, roles: [prompt-owner, facilitator] }\n  others: responder\n'),
    );
    expect(good.problems()).toEqual([]);
    expect(good.current().team?.others).toBe('responder');
    const twice = await load(
      team('    - { name: Mira, roles: [admin] }\n    - { name: M, actor: mira, roles: [viewer] }\n'),
    );
    expect(twice.problems()).toMatchObject([
      { path: 'team.people[1]', message: expect.stringContaining('twice') },
    ]);
    const helpless = await load(team('    - { name: Mira, roles: [viewer] }\n'));
    expect(helpless.problems()[0]?.message).toBe('Nobody under team may respond to every prompt.');
    const unknown = await load(team('    - { name: Mira, roles: [boss] }\n'));
    expect(unknown.problems()[0]?.fix).toContain('responder');
  });

  it('a signal without one of its queries', async () => {
    expect(
      await problemAfter(
        '        conversations: sum(increase(conversations_total{v="$version"}[$window]))\n',
        '',
      ),
    ).toMatchObject({
      path: 'prompts[support_agent].signals.complaints',
      message: 'The signal complaints has no query "conversations".',
    });
  });

  it('an address the policy refuses', async () => {
    expect(await problemAfter('https://unleash.example.com', 'http://unleash.example.com')).toMatchObject({
      line: 'baseUrl: http://unleash.example.com',
      path: 'sources[unleash].settings.baseUrl',
      message: expect.stringContaining('plain http') as string,
    });
  });

  it('no YAML at all', async () => {
    const tabbed = await load('version: 1\nname: x\nprompts:\n\t- id: a\n');
    expect(tabbed.problems()[0]).toMatchObject({ line: 4, fix: 'Indent with spaces.' });
    const twice = await load('version: 1\nname: x\nname: y\n');
    expect(twice.problems()[0]).toMatchObject({ line: 3, fix: 'Write the key once.' });
    expect((await load('')).problems().length).toBeGreaterThan(0);
    expect((await load('just words')).problems().length).toBeGreaterThan(0);
  });

  it('a text that is not there or leads out of the folder', async () => {
    for (const file of ['prompts/v19.md', '../outside.md', '/etc/hostname'])
      expect(await problemAfter('file: prompts/v18.md', `file: ${file}`)).toMatchObject({
        path: 'prompts[support_agent].versions[v18].file',
      });
    await writeFile(join(folder, '..', 'fusebox-outside.md'), 'not yours');
    try {
      await symlink(join(folder, '..', 'fusebox-outside.md'), join(folder, 'link.md'));
      const desk = await load(GOOD.replace('prompts/v18.md', 'link.md'));
      expect(desk.problems()[0]?.message).toContain('leads out of the folder');
      expect((await desk.versions('support_agent'))[1]?.text).toBeNull();
    } finally {
      await rm(join(folder, '..', 'fusebox-outside.md'), { force: true });
    }
  });
});

describe('a broken file', () => {
  it('at start: an empty workspace and the problem', async () => {
    const desk = await load('version: 1\nprompts: []\n');
    expect(desk.current().prompts).toEqual([]);
    expect(desk.current().sources).toEqual([]);
    expect(desk.problems()).toMatchObject([{ path: 'name', message: '"name" is missing.' }]);
    const missing = await openWorkspace({
      path: join(folder, 'nowhere.yaml'),
      connectors: CONNECTORS,
      secrets: createSecretReader({ env }),
    });
    expect(missing.problems()[0]?.message).toContain('There is no file');
  });

  it('on reload: the last good one stays, and a repaired file takes over', async () => {
    const desk = await load(GOOD);
    await writeFile(join(folder, 'fusebox.yaml'), 'version: [');
    expect(await desk.reload()).toBe(false);
    expect(desk.current().name).toBe('support');
    expect(desk.problems()[0]?.message).toContain('no valid YAML');
    await writeFile(join(folder, 'fusebox.yaml'), GOOD.replace('name: support', 'name: repaired'));
    expect(await desk.reload()).toBe(true);
    expect(desk.current().name).toBe('repaired');
    expect(desk.problems()).toEqual([]);
    expect(await desk.reload()).toBe(false);
  });
});

describe('secrets', () => {
  it('come from the environment, trimmed, and are known to the filter of the log', async () => {
    const reader = createSecretReader({ env: { TOKEN: ' abc123\n', EMPTY: '  ' } });
    expect(await reader.read({ env: 'TOKEN' })).toBe('abc123');
    expect([...reader.seen()]).toEqual(['abc123']);
    await expect(reader.read({ env: 'EMPTY' })).rejects.toMatchObject({
      name: 'SourceError',
      message: 'The environment variable EMPTY is not set.',
    });
    expect(reader.problemOf({ env: 'EMPTY' })).not.toBeNull();
    expect(reader.problemOf({ keychain: 'unleash' })).toBeNull();
  });

  it('from a keychain that is not there fail in plain words', async () => {
    // Test machines have no Secret Service; where one runs, it has no such entry.
    const reader = createSecretReader({ env: {} });
    await expect(reader.read({ keychain: 'fusebox-test-no-such-entry' })).rejects.toMatchObject({
      name: 'SourceError',
      message: expect.stringMatching(/keychain/) as string,
      fix: expect.stringMatching(/env|secret-tool|security|cmdkey/) as string,
    });
  });
});
