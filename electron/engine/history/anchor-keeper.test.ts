import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { SourceInstance } from '../connectors/kind.ts';
import { createFakeClock } from '../fake-clock.ts';
import { quietLog, sourceDesk, temporaryFolder } from '../incidents/test-bench.ts';
import { anchoredAtClosing, createAnchorKeeper } from './anchor-keeper.ts';
import { readAnchors } from './anchor.ts';
import { NOTES_REF } from './anchor-places.ts';

const HOUR_MS = 3_600_000;
let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A keeper on a trail of which the test says how long it is. */
function keeperOf(anchor: object | undefined, post: () => Promise<{ ok: boolean; detail: string }>) {
  const clock = createFakeClock();
  const workspace = workspaceSchema.parse({ version: 1, name: 't', ...(anchor && { audit: { anchor } }) });
  const trail = { seq: 0 };
  const instance = { chat: { post: () => post() } } as unknown as SourceInstance;
  const keeper = createAnchorKeeper({
    records: {
      auditHead: async () =>
        trail.seq === 0 ? null : { seq: trail.seq, hash: String(trail.seq).padStart(64, 'a') },
    },
    sources: sourceDesk({ chat: instance }),
    workspace: { current: () => workspace, path: join(folder, 'fusebox.yaml') },
    clock,
    dataDir: folder,
    log: quietLog,
  });
  return { clock, keeper, trail };
}

const posted = async () => ({ ok: true, detail: '' });
const inFile = () => readAnchors(readFileSync(join(folder, 'anchors.txt'), 'utf8')).map(({ seq }) => seq);

it('is off unless the workspace asks for it', async () => {
  const { keeper, trail } = keeperOf(undefined, posted);
  trail.seq = 3;
  await keeper.anchorNow();
  expect(await keeper.states()).toEqual([]);
});

it('anchors when it is due and at every closing, never the same head twice, and knows so after a restart', async () => {
  const settings = { file: 'anchors.txt', everyHours: 2 };
  const { clock, keeper, trail } = keeperOf(settings, posted);
  keeper.start();
  await clock.advance(HOUR_MS);
  const [empty] = await keeper.states();
  expect(empty).toMatchObject({ last: null, isBehind: false, isOverdue: false });

  /** Minute by minute, because the keeper looks once a minute and writes real files in between. */
  const anchoredAt = (seq: number) =>
    expect
      .poll(async () => {
        await clock.advance(60_000);
        return (await keeper.states())[0]?.last?.seq;
      })
      .toBe(seq);
  trail.seq = 5;
  await anchoredAt(5);
  trail.seq = 6;
  for (let minute = 0; minute < 5; minute += 1) await anchoredAt(5);
  expect((await keeper.states())[0]).toMatchObject({ isBehind: true, isOverdue: false, problem: null });
  await clock.advance(2 * HOUR_MS);
  await anchoredAt(6);
  await clock.advance(24 * HOUR_MS);
  await anchoredAt(6);
  expect(inFile()).toEqual([5, 6]);

  trail.seq = 9;
  const incidents = anchoredAtClosing(
    { close: async (_input: unknown) => ({ id: 'INC-1' }) as never },
    keeper,
  );
  await incidents.close({});
  await expect.poll(async () => (await keeper.states())[0]?.last?.seq).toBe(9);
  expect(inFile()).toEqual([5, 6, 9]);
  await keeper.stop();

  const again = keeperOf(settings, posted);
  again.trail.seq = 9;
  await again.keeper.anchorNow();
  expect(inFile()).toEqual([5, 6, 9]);
  again.trail.seq = 10;
  await again.clock.advance(48 * HOUR_MS);
  expect((await again.keeper.states())[0]).toMatchObject({ isBehind: true, isOverdue: true });
});

it('puts a note into a checkout and a line into a chat; one place that refuses stops no other', async () => {
  const checkout = join(folder, 'checkout');
  mkdirSync(checkout);
  const git = (...args: string[]) => execFileSync('git', args, { cwd: checkout, encoding: 'utf8' });
  git('init', '--quiet');
  git('config', 'user.name', 'Pia');
  git('config', 'user.email', 'pia@example.com');
  git('commit', '--quiet', '--allow-empty', '-m', 'x');
  let answer = { ok: false, detail: 'channel is archived' };
  const { clock, keeper, trail } = keeperOf(
    { file: 'no/such/folder.txt', gitNote: 'checkout', chat: { source: 'chat', channel: '#audit' } },
    async () => answer,
  );
  trail.seq = 4;
  await keeper.anchorNow();
  expect(readAnchors(git('notes', '--ref', NOTES_REF, 'show', 'HEAD')).map(({ seq }) => seq)).toEqual([4]);
  expect((await keeper.states()).map(({ problem }) => problem)).toEqual([
    expect.stringContaining('ENOENT'),
    null,
    'channel is archived',
  ]);

  // It is asked again after ten minutes, not every minute.
  answer = { ok: true, detail: '' };
  keeper.start();
  await clock.advance(60_000);
  expect((await keeper.states())[2]?.problem).toBe('channel is archived');
  await expect
    .poll(async () => {
      await clock.advance(2 * 60_000);
      return (await keeper.states())[2]?.problem;
    })
    .toBe(null);
  await keeper.stop();
});
