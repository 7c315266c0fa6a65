import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceInstance } from '../connectors/kind.ts';
import { createFakeClock } from '../fake-clock.ts';
import { actor, operationId, quietLog, sourceDesk, temporaryFolder } from '../incidents/test-bench.ts';
import { openRecords } from '../records/open-records.ts';
import { anchorInFile, anchorInGitNote, NOTES_REF } from './anchor-places.ts';
import { anchorLine, parseAnchor, readAnchors } from './anchor.ts';
import { createAuditDesk } from './audit-desk.ts';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

const HASH = 'a'.repeat(63);

describe('anchors as text', () => {
  it('are read back out of whatever they stand in', () => {
    const anchor = fc.record({
      seq: fc.integer({ min: 1, max: 10 ** 12 }),
      hash: fc.stringMatching(/^[0-9a-f]{64}$/),
    });
    fc.assert(
      fc.property(
        fc.array(anchor),
        fc.integer({ min: 0, max: 10 ** 13 }),
        fc.string(),
        (anchors, atMs, noise) => {
          const quiet = noise.replaceAll(/[\w:-]/g, ' ');
          const text = anchors.map((one) => `${quiet}\n${anchorLine(one, atMs)}\n`).join(quiet);
          expect(readAnchors(text)).toEqual(anchors);
          for (const one of anchors) expect(parseAnchor(`${one.seq}:${one.hash}`)).toEqual(one);
        },
      ),
    );
  });

  it.each(['', '1', `0:${HASH}a`, `1:${HASH}`, `1:${HASH}aa`, `-1:${HASH}a`, `1:${HASH}g`])(
    'not %j',
    (text) => {
      expect(parseAnchor(text)).toBeNull();
      expect(readAnchors(text)).toEqual([]);
    },
  );
});

describe('places', () => {
  it('a file is appended to', async () => {
    const path = join(folder, 'anchors.txt');
    await anchorInFile(path, `one 1:${HASH}b`);
    await anchorInFile(path, `two 2:${HASH}c`);
    expect(readAnchors(readFileSync(path, 'utf8')).map(({ seq }) => seq)).toEqual([1, 2]);
    await expect(anchorInFile(join(folder, 'no', 'such'), 'x')).rejects.toThrow('ENOENT');
  });

  it('a git note is appended to, on the present commit', async () => {
    const checkout = join(folder, 'checkout');
    mkdirSync(checkout);
    const git = (...args: string[]) => execFileSync('git', ['-C', checkout, ...args], { encoding: 'utf8' });
    git('init', '-q');
    await expect(anchorInGitNote(checkout, 'x')).rejects.toThrow('git did not take the note');
    git('config', 'user.name', 'Ana');
    git('config', 'user.email', 'ana@example.com');
    git('commit', '-q', '--allow-empty', '-m', 'first');
    await anchorInGitNote(checkout, `1:${HASH}b`);
    await anchorInGitNote(checkout, `2:${HASH}c`);
    const note = git('notes', '--ref', NOTES_REF, 'show', 'HEAD');
    expect(readAnchors(note).map(({ seq }) => seq)).toEqual([1, 2]);
    await expect(anchorInGitNote(join(folder, 'nowhere'), 'x')).rejects.toThrow('It must be a checkout');
  });
});

describe('posting the head', () => {
  async function desk(outcome: { ok: boolean; detail: string }) {
    const posts: string[] = [];
    const chat = {
      post: async ({ text }: { text: string }) => {
        posts.push(text);
        return outcome;
      },
    };
    const clock = createFakeClock();
    const records = await openRecords({ dataDir: folder, clock, log: quietLog });
    const sources = sourceDesk({
      channel: { chat } as unknown as SourceInstance,
      bare: {} as SourceInstance,
    });
    return { audit: createAuditDesk({ records, sources, clock }), records, posts };
  }
  const command = (id = operationId()) => ({
    operationId: id,
    actor: actor(),
    source: 'channel',
    channel: null,
  });

  it('is refused while there is nothing to anchor, and without a chat', async () => {
    const { audit, records } = await desk({ ok: true, detail: '' });
    await expect(audit.post(command())).rejects.toMatchObject({ code: 'REFUSED' });
    await records.write([fact()]);
    await expect(audit.post({ ...command(), source: 'bare' })).rejects.toMatchObject({ code: 'REFUSED' });
    await records.close();
  });

  it('posts once per operation and writes it down', async () => {
    const { audit, records, posts } = await desk({ ok: true, detail: '' });
    await records.write([fact()]);
    const head = await audit.head();
    const one = command();
    expect(await audit.post(one)).toEqual(head);
    expect(await audit.post(one)).toEqual(head);
    expect(posts.flatMap((text) => readAnchors(text))).toEqual([head]);
    const trail = await records.audit({ fromSeq: 2, limit: 10 });
    expect(trail.map(({ what }) => what)).toEqual([`audit.post head ${head?.seq}:${head?.hash} to channel`]);
    expect(await audit.verify([head!])).toMatchObject({ firstBad: null, tail: 'proven' });
    await records.close();
  });

  it('says when the chat did not take it, and anchors nothing', async () => {
    const { audit, records } = await desk({ ok: false, detail: 'channel_not_found' });
    await records.write([fact()]);
    await expect(audit.post(command())).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
    expect((await records.audit({ fromSeq: 1, limit: 10 })).length).toBe(1);
    await records.close();
  });
});

const fact = () => ({
  kind: 'audit' as const,
  value: {
    atMs: 0,
    monotonicMs: 0,
    actor: 'ana',
    via: 'page',
    operationId: null,
    phase: 'fact' as const,
    what: 'something',
    before: null,
    after: null,
  },
});
