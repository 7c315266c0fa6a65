import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ActionItem } from '#shared/model/action-item.ts';
import type { PostmortemRecord } from '#shared/model/postmortem.ts';
import { createFakeClock } from '../fake-clock.ts';
import { quietLog } from '../incidents/test-bench.ts';
import { openRecords } from './open-records.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fusebox-aftermath-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const postmortem = (revision: number): PostmortemRecord => ({
  incidentId: 'INC-1',
  details: { style: 'full', preparedBy: null, reviewOn: null, revision: 0, by: null, atMs: null },
  sections: { cause: { text: `cause ${revision}`, revision, by: 'ana', atMs: revision } },
  corrections: [],
  timelineConfirmed: null,
});
const item = (number: number, change: Partial<ActionItem> = {}): ActionItem => ({
  id: `INC-1-A${number}`,
  incidentId: 'INC-1',
  promptId: 'support',
  title: 't',
  owner: null,
  dueOn: '2026-05-16',
  state: 'open',
  droppedBecause: null,
  ticketUrl: null,
  failureMode: null,
  suiteId: null,
  revision: 1,
  createdAtMs: number,
  createdBy: 'ana',
  changedAtMs: number,
  changedBy: 'ana',
  doneAtMs: null,
  remindedAtMs: null,
  ...change,
});

it.each([
  ['on disk', ''],
  ['in memory, while the disk refuses', 'file/inside'],
])(
  'postmortems and action items are kept %s: the newest of each, by incident and state',
  async (_where, below) => {
    writeFileSync(join(folder, 'file'), '');
    const records = await openRecords({
      dataDir: join(folder, below),
      clock: createFakeClock(),
      log: quietLog,
    });
    await records.write([
      { kind: 'postmortem', value: postmortem(1) },
      { kind: 'action-item', value: item(2) },
      { kind: 'action-item', value: item(1) },
      { kind: 'action-item', value: item(3, { incidentId: 'INC-2' }) },
    ]);
    await records.write([
      { kind: 'postmortem', value: postmortem(2) },
      { kind: 'action-item', value: item(2, { state: 'done', revision: 2 }) },
    ]);
    expect(await records.postmortem('INC-1')).toEqual(postmortem(2));
    expect(await records.postmortem('INC-2')).toBeNull();
    const ids = async (query: Parameters<typeof records.actionItems>[0]) =>
      (await records.actionItems(query)).map(({ id }) => id);
    expect(await ids({})).toEqual(['INC-1-A1', 'INC-1-A2', 'INC-1-A3']);
    expect(await ids({ incidentId: 'INC-1' })).toEqual(['INC-1-A1', 'INC-1-A2']);
    expect(await ids({ unfinished: true })).toEqual(['INC-1-A1', 'INC-1-A3']);
    await records.close();
  },
);
