import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import { randomUUID } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistorySummary } from '#shared/model/history.ts';
import type { Incident } from '#shared/model/incident.ts';
import { type Cockpit, type CliRun, runCli, startCockpit } from '../support/cockpit.ts';

const WORKSPACE = {
  version: 1,
  name: 'history',
  telemetry: { port: 0 },
  sources: [],
  prompts: [
    { id: 'greeter', service: 'greeter', owner: 'pia', control: 'v1', candidate: 'v2' },
    { id: 'planner', service: 'planner', control: 'v1' },
  ],
};

let cockpit: Cockpit;
beforeEach(async () => {
  cockpit = await startCockpit({ workspace: WORKSPACE });
});
afterEach(() => cockpit.stop());

/** The command line on the same data directory, beside the engine that runs. */
const cli = (...args: string[]): Promise<CliRun> => runCli([...args, '--data', cockpit.dataDir], process.env);

type Calls = {
  incident: {
    declare: (command: { operationId: string; promptId: string; reason: string }) => Promise<Incident>;
  };
  history: {
    summary: (query: { filter?: { promptId: string }; groupBy: string }) => Promise<HistorySummary>;
  };
};

/** The calls as the page makes them. */
function calls(): Calls {
  const { origin, token } = cockpit.access();
  const link = new RPCLink({ url: `${origin}/rpc`, headers: { 'x-fusebox-token': token, origin } });
  const client: unknown = createORPCClient(link);
  return client as Calls;
}

async function declare(): Promise<void> {
  for (const promptId of ['greeter', 'planner'])
    await calls().incident.declare({ operationId: randomUUID(), promptId, reason: 'customers call' });
}

describe('fusebox report', () => {
  it('gives the figures that the page gets', async () => {
    await declare();
    for (const groupBy of ['week', 'prompt', 'team', 'trigger', 'lever']) {
      const run = await cli('report', '--json', '--group-by', groupBy);
      expect(run.exitCode).toBe(0);
      const told = JSON.parse(run.stdout) as HistorySummary;
      expect(told).toEqual(await calls().history.summary({ groupBy }));
      expect(told.incidents).toMatchObject({ closed: 0, open: 2 });
    }
    const one = await cli('report', '--json', '--prompt', 'greeter', '--group-by', 'team');
    const filter = { promptId: 'greeter' };
    expect(JSON.parse(one.stdout)).toEqual(await calls().history.summary({ filter, groupBy: 'team' }));
    expect((await cli('report')).stdout).toMatch(
      /0 incidents closed, 2 open \(in no figure\)[\s\S]*none settled yet\s+no action item is unfinished/,
    );
    const csv = (await cli('report', '--csv', '--group-by', 'prompt')).stdout.trimEnd().split(/\r?\n/);
    // A heading, ten metrics of the whole, of drills and of each prompt; five outcomes of one week; two counts of four ages.
    expect(csv).toHaveLength(1 + 4 * 10 + 5 + 2 * 4);
  });

  it.each([
    [['--from', '2026-02-30'], 'Not a date: --from 2026-02-30'],
    [['--to', 'tomorrow'], 'Not a date: --to tomorrow'],
    [['--group-by', 'moon'], 'No such group: moon'],
    [['--json', '--csv'], 'cannot be used with'],
  ])('refuses %j with exit 2 and says what to write', async (args, words) => {
    const run = await cli('report', ...args);
    expect([run.exitCode, run.stdout]).toEqual([2, '']);
    expect(run.stderr).toContain(words);
  });
});

describe('fusebox audit', () => {
  it('proves a trail, and finds what was done to a copy of it', async () => {
    await declare();
    const anchors = join(cockpit.dataDir, 'anchors.txt');
    const anchored = await cli('audit', 'anchor', '--to-file', anchors);
    expect(anchored.exitCode).toBe(0);
    expect(readFileSync(anchors, 'utf8')).toBe(anchored.stdout);
    const [head = ''] = /\d+:[0-9a-f]{64}/.exec(anchored.stdout) ?? [];

    const live = await cli('audit', 'verify', '--anchors', anchors, '--json');
    expect([live.exitCode, JSON.parse(live.stdout)]).toMatchObject([0, { tail: 'proven', firstBad: null }]);

    // Stopped, so that the file is whole; the trail is then read without an engine.
    await cockpit.crash();
    const alone = await cli('audit', 'verify', '--anchor', head);
    expect([alone.exitCode, alone.stdout]).toEqual([0, expect.stringContaining('proven up to entry')]);

    const tampered = (name: string, change: string) => {
      const copy = join(cockpit.dataDir, `${name}.db`);
      copyFileSync(join(cockpit.dataDir, 'records.db'), copy);
      copyFileSync(join(cockpit.dataDir, 'records.db-wal'), `${copy}-wal`);
      const handle = new DatabaseSync(copy);
      handle.exec(change);
      handle.close();
      return copy;
    };
    const edited = tampered('edited', "update audit set actor = 'nobody' where seq = 1");
    const found = await cli('audit', 'verify', '--file', edited);
    expect([found.exitCode, found.stdout]).toEqual([1, expect.stringContaining('Entry 1 does not fit')]);

    const cut = tampered('cut', 'delete from audit where seq = (select max(seq) from audit)');
    const unproven = await cli('audit', 'verify', '--file', cut);
    expect(unproven.exitCode).toBe(0);
    expect(unproven.stdout).toContain('not provable without an anchor');
    const proven = await cli('audit', 'verify', '--file', cut, '--anchor', head);
    expect([proven.exitCode, proven.stdout]).toEqual([1, expect.stringContaining('cut or rebuilt')]);
  });

  it.each([
    [['--anchor', '1:abc'], 2, 'Not an anchor'],
    [['--file', '/nowhere/records.db'], 1, 'There is no file /nowhere/records.db'],
  ])('verify %j ends with %i and says why', async (args, exitCode, words) => {
    const run = await cli('audit', 'verify', ...args);
    expect(run.exitCode).toBe(exitCode);
    expect(run.stderr).toContain(words);
  });

  it('does not take a file without an anchor for one with', async () => {
    const path = join(cockpit.dataDir, 'empty.txt');
    writeFileSync(path, 'nothing here\n');
    expect(await cli('audit', 'verify', '--anchors', path)).toMatchObject({ exitCode: 2 });
  });
});
