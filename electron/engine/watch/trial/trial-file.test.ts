import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTrial } from './trial.ts';
import { createTrialFiles } from './trial-file.ts';
import type { SavedTrial } from './trial-file.ts';

let dataDir: string;
let warnings: string[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fusebox-trials-'));
  warnings = [];
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const files = (folder = dataDir) =>
  createTrialFiles({
    dataDir: folder,
    nowMs: () => 1,
    log: { info: () => undefined, warn: (_fields, message) => void warnings.push(message) },
  });

function saved(promptId: string): SavedTrial {
  const settings = {
    promptId,
    candidate: 'v18',
    control: 'v17',
    startedAtMs: Date.UTC(2026, 4, 9, 14),
    cohorts: [],
    history: { complaints: { rate01: 0.01, events: 50 } },
    feeds: [{ name: 'telemetry', streams: ['complaints' as const] }],
    hasScoreSums: false,
  };
  return { trial: createTrial(settings, 0.05).state(), metrics: {} };
}

describe('trial files', () => {
  it('give back what was saved, for each prompt its own, whatever its id', async () => {
    const ids = ['support', 'a/b', 'a_b', '../../etc', 'ü'.repeat(300)];
    for (const id of ids) await files().save(id, saved(id));
    for (const id of ids) expect(await files().load(id)).toEqual(JSON.parse(JSON.stringify(saved(id))));
    expect(await readdir(join(dataDir, 'detection'))).toHaveLength(ids.length);
    expect(await readdir(dataDir)).toEqual(['detection']);
    expect(await files().load('never')).toBeNull();
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, text.length / 2)],
    ['of another shape', () => '{"format":7}'],
    ['of another prompt', (text: string) => text.replace('"promptId":"support"', '"promptId":"other"')],
  ])('set a file aside that is %s', async (_how, damage) => {
    await files().save('support', saved('support'));
    const folder = join(dataDir, 'detection');
    const [name = ''] = await readdir(folder);
    const text = await readFile(join(folder, name), 'utf8');
    await writeFile(join(folder, name), damage(text));
    expect(await files().load('support')).toBeNull();
    expect(await readdir(folder)).toEqual([`${name}.damaged-1`]);
    expect(warnings).toHaveLength(1);
  });

  it('say so when they cannot be written, and stop nothing', async () => {
    await writeFile(join(dataDir, 'detection'), 'in the way');
    await files().save('support', saved('support'));
    expect(warnings).toHaveLength(1);
    expect(await files().load('support')).toBeNull();
  });
});
