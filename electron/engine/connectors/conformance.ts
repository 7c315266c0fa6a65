import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LeverOperation } from '#shared/model/rollback.ts';
import type { FakeReply, FakeServer } from './fake-server.ts';
import type { Lever, LeverRead, LeverVersions, RefusalReason, WriteOutcome, WriteRequest } from './kind.ts';

/** What a connector's test hands to the suite: its lever on a server that starts with the candidate at 5 %. */
export type LeverUnderTest<T> = {
  readonly lever: Lever<T>;
  readonly target: T;
  /** A target that does not exist there. */
  readonly missingTarget: T;
  readonly versions: LeverVersions;
  /** Null for levers inside this process: they have no network to fail. */
  readonly remote: {
    readonly server: FakeServer;
    readonly secrets: readonly string[];
    /** A lever like the other one whose server does not listen. */
    readonly unreachable: Lever<T>;
    readonly refusals: readonly { readonly reply: FakeReply; readonly reason: RefusalReason }[];
  } | null;
  close(): Promise<void>;
};

let operations = 0;

/** A write request with an operation id of its own. */
export function requestFor(
  expected: LeverRead,
  operation: LeverOperation,
  snapshot: unknown = null,
): WriteRequest {
  operations += 1;
  return { operation, expected, snapshot, comment: 'conformance', operationId: `conformance-${operations}` };
}

/** The rules every flag lever keeps, whatever the system behind it. */
export function describeFlagLever<T>(
  name: string,
  start: () => Promise<LeverUnderTest<T>>,
  where: 'over the network' | 'in this process',
): void {
  describe(`${name} as a flag lever`, () => {
    let under: LeverUnderTest<T>;
    const restore: LeverOperation = { kind: 'restore', snapshotId: 'snapshot' };
    const off = (): LeverOperation => ({ kind: 'serve-control', version: under.versions.control });
    const read = () => under.lever.read(under.target, under.versions);
    const write = (request: WriteRequest) => under.lever.write(under.target, under.versions, request);
    const isInEffect = (now: LeverRead, operation: LeverOperation, restored?: unknown) =>
      under.lever.isInEffect(under.target, under.versions, now, operation, restored);
    const remote = () => {
      if (!under.remote) throw new Error('no network');
      return under.remote;
    };

    beforeAll(async () => {
      under = await start();
    });
    afterAll(async () => {
      await under.close();
    });

    it('reads, plans, pulls the killswitch, reads it back, and puts it back', async () => {
      const before = await read();
      expect(before.state.isOn).toBe(true);
      const candidate = under.versions.candidate ?? '';
      expect(before.state.intended).toContainEqual({ version: candidate, share01: 0.05 });
      expect(JSON.parse(JSON.stringify(before.snapshot))).toEqual(before.snapshot);
      expect(isInEffect(before, off())).toBe(false);

      const plan = under.lever.plan(under.target, under.versions, before, off());
      expect(plan.refused).toBeNull();
      expect(plan.effect).toContain(before.state.key);
      expect(plan.effect).toContain(before.state.environment);
      expect(plan.effect).toContain(under.versions.control);
      expect((await read()).state.revision).toBe(before.state.revision);

      expect(await write(requestFor(before, off()))).toMatchObject({ kind: 'accepted' });
      const after = await read();
      expect(isInEffect(after, off())).toBe(true);
      expect(after.state.isOn).toBe(false);
      expect(after.state.intended).toEqual([{ version: under.versions.control, share01: 1 }]);
      expect(after.state.revision).not.toBe(before.state.revision);

      expect(await write(requestFor(after, off())), 'the same again').toMatchObject({ kind: 'accepted' });
      expect((await read()).state.isOn).toBe(false);

      const now = await read();
      expect(isInEffect(now, restore, before.snapshot)).toBe(false);
      expect(await write(requestFor(now, restore, before.snapshot))).toMatchObject({ kind: 'accepted' });
      const restored = await read();
      expect(isInEffect(restored, restore, before.snapshot)).toBe(true);
      expect(restored.state.intended).toEqual(before.state.intended);
    });

    it('sets the share of the candidate and refuses when somebody was faster', async () => {
      const before = await read();
      const version = under.versions.candidate ?? '';
      const ten: LeverOperation = { kind: 'set-share', version, share01: 0.1 };
      expect(under.lever.plan(under.target, under.versions, before, ten).refused).toBeNull();
      expect(await write(requestFor(before, ten))).toMatchObject({ kind: 'accepted' });
      const after = await read();
      expect(isInEffect(after, ten)).toBe(true);
      expect(after.state.intended).toContainEqual({ version, share01: 0.1 });
      const stale = await write(requestFor(before, { kind: 'set-share', version, share01: 0.5 }));
      expect(stale).toMatchObject({ kind: 'refused', reason: 'conflict' });
      expect(isInEffect(await read(), ten)).toBe(true);
      expect(await write(requestFor(after, restore, before.snapshot))).toMatchObject({ kind: 'accepted' });
      expect((await read()).state.intended).toEqual(before.state.intended);
    });

    it('refuses in its plan what it cannot do', async () => {
      const now = await read();
      const refusal = (operation: LeverOperation) =>
        under.lever.plan(under.target, under.versions, now, operation).refused;
      expect(refusal({ kind: 'serve-control', version: under.versions.candidate ?? '' })).not.toBeNull();
      expect(refusal({ kind: 'set-share', version: 'never-heard-of', share01: 0.1 })).not.toBeNull();
      expect(refusal({ kind: 'point-label', version: under.versions.control })).not.toBeNull();
    });

    it('answers nonsense with a refusal, never with an exception', async () => {
      const now = await read();
      const foreign: LeverRead = { state: now.state, snapshot: { from: 'elsewhere' } };
      const version = under.versions.candidate ?? '';
      for (const request of [
        requestFor(now, restore, { from: 'elsewhere' }),
        requestFor(foreign, { kind: 'set-share', version, share01: 0.1 }),
        requestFor(now, { kind: 'point-label', version }),
      ])
        expect((await write(request)).kind).toBe('refused');
      expect(isInEffect(foreign, off())).toBe(false);
      expect((await read()).state.revision).toBe(now.state.revision);
    });

    it('says that a flag does not exist', async () => {
      await expect(under.lever.read(under.missingTarget, under.versions)).rejects.toMatchObject({
        name: 'SourceError',
        status: 404,
      });
    });

    if (where === 'in this process') return;

    it('over the network: every refusal has its reason, no message shows a secret, nothing changed', async () => {
      const now = await read();
      for (const { reply, reason } of remote().refusals) {
        remote().server.faultNext({ kind: 'answer', reply, after: false }, isWrite);
        const outcome = await write(requestFor(now, off()));
        expect(outcome, `to ${JSON.stringify(reply)}`).toMatchObject({ kind: 'refused', reason });
        expectNoSecret(outcome);
      }
      expect((await read()).state.revision).toBe(now.state.revision);
    });

    it('over the network: no answer means unknown, whether or not it was applied', async () => {
      const first = await read();
      for (const kind of ['hang', 'reset', 'cut', 'drip'] as const)
        for (const after of [false, true]) {
          const before = await read();
          const sent = remote().server.requests.filter(isWrite).length;
          remote().server.faultNext({ kind, after }, isWrite);
          const outcome = await write(requestFor(before, off()));
          expect(outcome.kind, `${kind}, ${after ? 'applied' : 'not applied'}`).toBe('unknown');
          expectNoSecret(outcome);
          expect(remote().server.requests.filter(isWrite).length, 'sent once').toBe(sent + 1);
          expect(isInEffect(await read(), off())).toBe(after);
          if (after) await write(requestFor(await read(), restore, first.snapshot));
        }
      const secret = remote().secrets[0] ?? '';
      for (const status of [500, 502, 503, 504, 408]) {
        remote().server.faultNext(
          { kind: 'answer', reply: { status, json: { message: `broken for ${secret}` } }, after: false },
          isWrite,
        );
        const outcome = await write(requestFor(first, off()));
        expect(outcome.kind, `status ${status}`).toBe('unknown');
        expectNoSecret(outcome);
      }
    });

    it('over the network: not reached is a refusal, because nothing was sent', async () => {
      const now = await read();
      const outcome = await remote().unreachable.write(under.target, under.versions, requestFor(now, off()));
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'unreachable' });
      expectNoSecret(outcome);
      await expect(remote().unreachable.read(under.target, under.versions)).rejects.toMatchObject({
        name: 'SourceError',
        status: null,
      });
    });

    it('over the network: a read that is cut, garbled or refused throws in plain words', async () => {
      const { server } = remote();
      const secret = remote().secrets[0] ?? '';
      const bodies: FakeReply[] = [
        { status: 200, text: '<html>login</html>' },
        { status: 200, json: { surprise: true } },
        { status: 200, text: '' },
        { status: 401, json: { message: `who is ${secret}` } },
        { status: 302, headers: { location: 'https://elsewhere.example/' } },
      ];
      for (const reply of bodies) {
        const always = () => true;
        // A read may take several calls; the first one (and its retry) is what everything hangs on.
        server.faultNext({ kind: 'answer', reply, after: false }, always);
        server.faultNext({ kind: 'answer', reply, after: false }, always);
        server.faultNext({ kind: 'answer', reply, after: false }, always);
        const error = await read().then(
          () => null,
          (reason: unknown) => reason,
        );
        expect(error, `to ${JSON.stringify(reply)}`).toMatchObject({ name: 'SourceError' });
        expect((error as Error).message).not.toContain('login');
        expect((error as Error).message).not.toContain(secret);
      }
      await expect.poll(async () => (await read()).state.isOn).toBe(true);
    });

    function expectNoSecret(outcome: WriteOutcome): void {
      for (const secret of remote().secrets) expect(JSON.stringify(outcome)).not.toContain(secret);
    }
  });
}

/** The rules every label or pin in this process keeps: it starts with the candidate at 5 %. */
export function describePointerLever<T>(
  name: string,
  start: () => Promise<Omit<LeverUnderTest<T>, 'remote'>>,
): void {
  describe(`${name} as a lever`, () => {
    let under: Omit<LeverUnderTest<T>, 'remote'>;
    const restore: LeverOperation = { kind: 'restore', snapshotId: 'snapshot' };
    const back = (): LeverOperation => ({ kind: 'point-label', version: under.versions.control });
    const read = () => under.lever.read(under.target, under.versions);
    const write = (request: WriteRequest) => under.lever.write(under.target, under.versions, request);
    const isInEffect = (now: LeverRead, operation: LeverOperation, restored?: unknown) =>
      under.lever.isInEffect(under.target, under.versions, now, operation, restored);

    beforeAll(async () => {
      under = await start();
    });
    afterAll(async () => {
      await under.close();
    });

    it('reads, plans, points back, reads it back, and puts it back', async () => {
      const before = await read();
      const candidate = under.versions.candidate ?? '';
      expect(before.state.intended).toContainEqual({ version: candidate, share01: 0.05 });
      expect(JSON.parse(JSON.stringify(before.snapshot))).toEqual(before.snapshot);
      expect(isInEffect(before, back())).toBe(false);
      const plan = under.lever.plan(under.target, under.versions, before, back());
      expect(plan.refused).toBeNull();
      expect(plan.effect).toContain(under.versions.control);
      expect(await write(requestFor(before, back()))).toMatchObject({ kind: 'accepted' });
      const after = await read();
      expect(isInEffect(after, back())).toBe(true);
      expect(after.state.intended).toEqual([{ version: under.versions.control, share01: 1 }]);
      expect(after.state.revision).not.toBe(before.state.revision);
      expect(await write(requestFor(after, restore, before.snapshot))).toMatchObject({ kind: 'accepted' });
      const restored = await read();
      expect(isInEffect(restored, restore, before.snapshot)).toBe(true);
      expect(restored.state.intended).toEqual(before.state.intended);
    });

    it('sets a share, and refuses when somebody was faster', async () => {
      const before = await read();
      const version = under.versions.candidate ?? '';
      const ten: LeverOperation = { kind: 'set-share', version, share01: 0.1 };
      expect(await write(requestFor(before, ten))).toMatchObject({ kind: 'accepted' });
      expect(isInEffect(await read(), ten)).toBe(true);
      expect(await write(requestFor(before, back()))).toMatchObject({ kind: 'refused', reason: 'conflict' });
      expect(isInEffect(await read(), ten)).toBe(true);
      expect(await write(requestFor(await read(), restore, before.snapshot))).toMatchObject({
        kind: 'accepted',
      });
    });

    it('answers what it cannot do and nonsense with a refusal, never with an exception', async () => {
      const now = await read();
      const foreign: LeverRead = { state: now.state, snapshot: { from: 'elsewhere' } };
      const refusal = (operation: LeverOperation) =>
        under.lever.plan(under.target, under.versions, now, operation).refused;
      expect(refusal({ kind: 'serve-control', version: under.versions.control })).not.toBeNull();
      expect(refusal({ kind: 'point-label', version: 'never-heard-of' })).not.toBeNull();
      expect(refusal({ kind: 'set-share', version: 'never-heard-of', share01: 0.1 })).not.toBeNull();
      for (const request of [
        requestFor(now, restore, { from: 'elsewhere' }),
        requestFor(foreign, back()),
        requestFor(now, { kind: 'serve-control', version: under.versions.control }),
      ])
        expect((await write(request)).kind).toBe('refused');
      expect(isInEffect(foreign, back())).toBe(false);
      expect((await read()).state.revision).toBe(now.state.revision);
    });

    it('says that there is no such pointer', async () => {
      await expect(under.lever.read(under.missingTarget, under.versions)).rejects.toMatchObject({
        name: 'SourceError',
        status: 404,
      });
    });
  });
}

const isWrite = (request: { readonly method: string }) => request.method !== 'GET';
