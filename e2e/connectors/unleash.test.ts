import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '#engine/clock.ts';
import type { ConnectorDeps, LeverRead, SourceInstance, WriteRequest } from '#engine/connectors/kind.ts';
import { unleashSettingsSchema } from '#engine/connectors/unleash/settings.ts';
import { unleashConnector } from '#engine/connectors/unleash/unleash.ts';
import type { LeverOperation } from '#shared/model/rollback.ts';
import { flagTargetSchema } from '#shared/model/workspace.ts';
import { readFlag, readFlagEvents, seedPromptFlag, setFlagEnabled } from '../support/servers/prompt-flag.ts';
import { missingUnleashReason, startUnleash } from '../support/servers/unleash.ts';
import type { UnleashServer } from '../support/servers/unleash.ts';

const missing = await missingUnleashReason();
if (missing !== undefined) console.warn(`SKIPPED: the Unleash connector on a real Unleash: ${missing}`);

const versions = { control: 'v17', candidate: 'v18', all: ['v17', 'v18'] };

describe.skipIf(missing !== undefined)('the Unleash connector on a real Unleash', () => {
  let unleash: UnleashServer;
  let source: SourceInstance;

  const create = (token: string, extra: Record<string, unknown> = {}) => {
    const deps: ConnectorDeps = {
      clock: createClock(),
      fetch: globalThis.fetch,
      readSecret: () => Promise.resolve(token),
      log: { info: () => undefined, warn: () => undefined },
      dataDir: '/nonexistent',
    };
    const settings = unleashSettingsSchema.parse({
      baseUrl: unleash.url,
      token: { env: 'UNLEASH_TOKEN' },
      readTimeoutMs: 10_000,
      writeTimeoutMs: 10_000,
      ...extra,
    });
    return unleashConnector.create({ id: 'unleash', settings }, deps);
  };
  const seed = async (candidateWeight = 50) => {
    const key = `prompt-${randomUUID().slice(0, 8)}`;
    await seedPromptFlag(unleash, {
      flag: key,
      environment: 'production',
      control: 'v17',
      candidate: 'v18',
      candidateWeight,
    });
    return flagTargetSchema.parse({ source: 'unleash', key });
  };
  const request = (
    expected: LeverRead,
    operation: LeverOperation,
    snapshot: unknown = null,
  ): WriteRequest => ({
    operation,
    expected,
    snapshot,
    comment: 'test',
    operationId: randomUUID(),
  });
  const off: LeverOperation = { kind: 'serve-control', version: 'v17' };

  beforeAll(async () => {
    unleash = await startUnleash();
    source = await create(unleash.adminToken);
  });
  afterAll(async () => {
    await source?.close();
    await unleash?.stop();
  });

  it('reads shares, pulls the killswitch, and puts it back', async () => {
    const target = await seed();
    const flags = source.flags!;
    const before = await flags.read(target, versions);
    expect(before.state.isOn).toBe(true);
    expect(before.state.intended).toEqual([
      { version: 'v17', share01: 0.95 },
      { version: 'v18', share01: 0.05 },
    ]);
    expect(before.state.needsApproval).toBe(false);
    expect(before.state.lastChangedBy).not.toBeNull();
    expect((await flags.read(target, versions)).state.revision).toBe(before.state.revision);

    expect((await flags.write(target, versions, request(before, off))).kind).toBe('accepted');
    const after = await flags.read(target, versions);
    expect(flags.isInEffect(target, versions, after, off)).toBe(true);
    expect(after.state.revision).not.toBe(before.state.revision);
    expect((await readFlag(unleash, target.key, 'production')).isEnabled).toBe(false);
    // Again: accepted, and nothing new in the log.
    const logged = (await readFlagEvents(unleash, target.key)).length;
    expect((await flags.write(target, versions, request(after, off))).kind).toBe('accepted');
    expect((await readFlagEvents(unleash, target.key)).length).toBe(logged);

    const undo: LeverOperation = { kind: 'restore', snapshotId: 's1' };
    expect((await flags.write(target, versions, request(after, undo, before.snapshot))).kind).toBe(
      'accepted',
    );
    const restored = await flags.read(target, versions);
    expect(flags.isInEffect(target, versions, restored, undo, before.snapshot)).toBe(true);
    expect(restored.state.revision).toBe(before.state.revision);
    expect(await readFlag(unleash, target.key, 'production')).toEqual({
      isEnabled: true,
      weights: { v17: 950, v18: 50 },
    });
  });

  it('sets the share of the candidate, and answers a changed weight as a conflict', async () => {
    const target = await seed(50);
    const flags = source.flags!;
    const before = await flags.read(target, versions);
    const ten: LeverOperation = { kind: 'set-share', version: 'v18', share01: 0.1 };
    expect((await flags.write(target, versions, request(before, ten))).kind).toBe('accepted');
    const after = await flags.read(target, versions);
    expect(flags.isInEffect(target, versions, after, ten)).toBe(true);
    expect((await readFlag(unleash, target.key, 'production')).weights).toEqual({ v17: 900, v18: 100 });

    const stale = await flags.write(
      target,
      versions,
      request(before, { kind: 'set-share', version: 'v18', share01: 0.2 }),
    );
    expect(stale).toMatchObject({ kind: 'refused', reason: 'conflict' });
    expect((await readFlag(unleash, target.key, 'production')).weights).toEqual({ v17: 900, v18: 100 });

    const undo: LeverOperation = { kind: 'restore', snapshotId: 's1' };
    expect((await flags.write(target, versions, request(after, undo, before.snapshot))).kind).toBe(
      'accepted',
    );
    const restored = await flags.read(target, versions);
    expect(flags.isInEffect(target, versions, restored, undo, before.snapshot)).toBe(true);
    expect((await readFlag(unleash, target.key, 'production')).weights).toEqual({ v17: 950, v18: 50 });
  });

  it('lists what Unleash recorded, newest first, within the window', async () => {
    const fromMs = Date.now() - 60_000;
    const target = await seed();
    await setFlagEnabled(unleash, target.key, 'production', false);
    const changes = await source.flags!.events(target, { fromMs, toMs: Date.now() + 60_000 });
    expect(changes.map((change) => change.text)).toEqual([
      `${target.key}: turned off in production`,
      `${target.key}: turned on in production`,
      `${target.key}: strategy added in production (100 %, v17 95 %, v18 5 %)`,
      `${target.key}: created`,
    ]);
    expect(await source.flags!.events(target, { fromMs: fromMs - 60_000, toMs: fromMs })).toEqual([]);
  });

  it('says in plain words: unknown flag, bad token, wrong kind of token', async () => {
    const ghost = flagTargetSchema.parse({ source: 'unleash', key: 'no-such-flag' });
    await expect(source.flags!.read(ghost, versions)).rejects.toMatchObject({ status: 404 });
    const target = await seed();
    const read = await source.flags!.read(target, versions);
    expect(await source.flags!.write(ghost, versions, request(read, off))).toMatchObject({
      kind: 'refused',
      reason: 'not-found',
    });
    const stranger = await create('*:*.never-issued');
    const refused = await stranger.flags!.write(target, versions, request(read, off));
    expect(refused).toMatchObject({ kind: 'refused', reason: 'unauthorized' });
    expect(JSON.stringify(refused)).not.toContain('never-issued');
    const backend = await create(unleash.backendToken);
    expect(await backend.flags!.write(target, versions, request(read, off))).toMatchObject({
      kind: 'refused',
      reason: 'forbidden',
    });
    expect((await readFlag(unleash, target.key, 'production')).isEnabled).toBe(true);
    await Promise.all([stranger.close(), backend.close()]);
  });

  it('tests itself by reads alone', async () => {
    await source.probe();
    expect(await source.test()).toMatchObject({ ok: true });
    const elsewhere = await create(unleash.adminToken, { environment: 'staging' });
    const test = await elsewhere.test();
    expect(test.ok).toBe(false);
    expect(test.message).toContain('staging');
    await elsewhere.close();
  });

  it('answers unknown while Unleash hangs, and reads the truth afterwards', async () => {
    const target = await seed();
    const impatient = await create(unleash.adminToken, { writeTimeoutMs: 700, readTimeoutMs: 700 });
    const before = await impatient.flags!.read(target, versions);
    unleash.pause();
    try {
      expect((await impatient.flags!.write(target, versions, request(before, off))).kind).toBe('unknown');
      await expect(impatient.flags!.read(target, versions)).rejects.toThrow(/did not answer within 700 ms/);
    } finally {
      unleash.resume();
    }
    await expect
      .poll(
        async () => {
          const read = await source.flags!.read(target, versions);
          return source.flags!.isInEffect(target, versions, read, off);
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    await impatient.close();
  });

  it('is not fooled by a health page that says GOOD while the database is gone', async () => {
    const target = await seed();
    const impatient = await create(unleash.adminToken, { writeTimeoutMs: 700, readTimeoutMs: 700 });
    const before = await impatient.flags!.read(target, versions);
    await unleash.postgres.shutDown();
    try {
      expect(await (await fetch(`${unleash.url}/health`)).json()).toEqual({ health: 'GOOD' });
      await expect(impatient.probe()).rejects.toMatchObject({ name: 'SourceError' });
      expect((await impatient.flags!.write(target, versions, request(before, off))).kind).toBe('unknown');
      await expect(impatient.flags!.read(target, versions)).rejects.toMatchObject({ name: 'SourceError' });
    } finally {
      await unleash.postgres.restart();
    }
    // Whatever became of that one write: the next one goes through, and is read back.
    await expect
      .poll(async () => (await source.flags!.write(target, versions, request(before, off))).kind, {
        timeout: 30_000,
      })
      .toBe('accepted');
    const after = await source.flags!.read(target, versions);
    expect(source.flags!.isInEffect(target, versions, after, off)).toBe(true);
    await impatient.close();
  });
});
