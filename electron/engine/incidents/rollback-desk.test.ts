import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { CommandError } from '../ports.ts';
import { openRecords } from '../records/open-records.ts';
import { createIncidents } from './create-incidents.ts';
import { createScriptedProvider } from './scripted-provider.ts';
import {
  actor,
  emptyEvidence,
  leverDesk,
  operationId,
  quietLog,
  sourceDesk,
  temporaryFolder,
  workspaceDesk,
} from './test-bench.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function bench() {
  const clock = createFakeClock();
  const dataDir = temporaryFolder();
  const records = await openRecords({ dataDir, clock, log: quietLog });
  const provider = createScriptedProvider(clock);
  const made = await createIncidents({
    records,
    clock,
    workspace: workspaceDesk(),
    sources: sourceDesk({ flags: provider.instance }),
    levers: leverDesk(),
    evidence: emptyEvidence(),
    live: { publish: () => undefined },
    log: quietLog,
    localOffsetMinutes: () => 120,
  });
  cleanups.push(async () => {
    const stopped = made.rollbacks.stop();
    await clock.advance(20_000);
    await stopped;
    await records.close();
    rmSync(dataDir, { recursive: true });
  });
  const { incidents } = made;
  const incident = await incidents.declare({
    operationId: operationId(),
    actor: actor(),
    promptId: 'support',
    reason: 'complaints doubled',
    severity: null,
  });
  const press = (change: Partial<Parameters<typeof made.rollbacks.press>[0]> = {}) =>
    made.rollbacks.press({
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      incidentId: incident.id,
      lever: 'flag',
      toVersion: 'v17',
      revisionShown: '7',
      reason: null,
      held: false,
      waitMs: 0,
      ...change,
    });
  return { ...made, clock, records, provider, incident, press, dataDir };
}

const code = (thrown: unknown) => (thrown instanceof CommandError ? thrown.code : thrown);
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => code(error),
  );

describe('a press', () => {
  it('is in effect when the provider says yes and the read shows it', async () => {
    const { press, rollbacks, clock, provider, incidents, incident } = await bench();
    const first = await press();
    expect(first.settledAtMs).toBeNull();
    await clock.advance(1_000);
    const done = await rollbacks.get(first.operationId);
    expect(done.history.map((entry) => entry.state)).toEqual([
      'armed',
      'intent-recorded',
      'sent',
      'accepted',
      'reading-back',
      'in-effect',
    ]);
    expect(done.lamps.accepted.state).toBe('yes');
    expect(done.lamps.readBack.state).toBe('yes');
    expect(provider.writes).toHaveLength(1);
    const after = await incidents.get(incident.id);
    expect(after.decision.recorded).toMatchObject({ outcome: 'roll-back', by: 'ana' });
    expect(after.badVersion).toBe('v18');
    expect(after.timeline.map((line) => line.kind)).toEqual(
      expect.arrayContaining(['pressed', 'decided', 'identified', 'lever', 'notice']),
    );
  });

  it('posts the line of the read-back and pages the owner without waiting for either', async () => {
    const { press, clock, provider, rollbacks } = await bench();
    provider.answerNotices(() => new Promise(() => undefined));
    const first = await press();
    await clock.advance(1_000);
    expect((await rollbacks.get(first.operationId)).state).toBe('in-effect');
    await clock.advance(11_000);
    const done = await rollbacks.get(first.operationId);
    expect(done.notices.map((notice) => [notice.kind, notice.state, notice.detail])).toEqual([
      ['post', 'failed', 'no answer within 10 s'],
      ['page', 'failed', 'no answer within 10 s'],
    ]);
    expect(provider.posts[0]).toMatch(
      /^killswitch ON, support_prompt_rollout, production, v18 to v17, 14:00:00Z \(16:00 \+02:00\), read back ok, by ana, op \w{4}, INC-20260509-1$/,
    );
    expect(provider.pages).toHaveLength(1);
  });

  it('is applied once per operation id, at the same time and later', async () => {
    const { press, clock, provider } = await bench();
    const id = operationId();
    const [one, two] = await Promise.all([press({ operationId: id }), press({ operationId: id })]);
    expect(one.operationId).toBe(two.operationId);
    await clock.advance(2_000);
    const third = await press({ operationId: id });
    expect(third.state).toBe('in-effect');
    expect(provider.writes).toHaveLength(1);
  });

  it('stops when the flag is not as shown, says who and when, and writes nothing', async () => {
    const { press, provider } = await bench();
    provider.change({ share01: 0.25 }, 'kim');
    const id = operationId();
    const error = await press({ operationId: id }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      code: 'CHANGED_SINCE_SHOWN',
      data: { by: 'kim', now: 'on, v17 75 %, v18 25 %' },
    });
    expect(provider.writes).toHaveLength(0);
    expect(await refusal(press({ operationId: id }))).toBe('CHANGED_SINCE_SHOWN');
  });

  it('records "already done by" when someone was faster, whatever was shown', async () => {
    const { press, provider } = await bench();
    provider.change({ on: false }, 'kim');
    const done = await press();
    expect(done.state).toBe('in-effect');
    expect(done.stateDetail).toContain('already done by kim');
    expect(provider.writes).toHaveLength(0);
  });

  it('is refused in plain words when the provider refuses, and never sent again', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    provider.script.push({ kind: 'refuse', reason: 'forbidden' });
    const { operationId: id } = await press();
    await clock.advance(40_000);
    const done = await rollbacks.get(id);
    expect(done.state).toBe('refused');
    expect(done.stateDetail).toBe('refused: forbidden. Use a token with write rights.');
    expect(provider.writes).toHaveLength(1);
    expect(provider.posts.at(-1)).toContain('killswitch NOT on');
  });

  it('needs a hold inside the recovery window, and only there', async () => {
    const { press, clock, rollbacks, provider } = await bench();
    await press();
    await clock.advance(2_000);
    expect(await refusal(press())).toBe('REFUSED');
    const plan = await rollbacks.plan({ promptId: 'support', lever: null, toVersion: null });
    expect(plan.holdUntilMs).toBe(Date.UTC(2026, 4, 9, 14, 5, 0));
    expect((await press({ held: true })).state).toBe('in-effect');
    await clock.advance(10 * 60_000);
    expect((await press({ revisionShown: provider.state().revision })).state).toBe('in-effect');
  });

  it('says honestly that nothing was sent when the flag cannot be read', async () => {
    const { press, provider } = await bench();
    provider.failReads(true);
    expect(await refusal(press())).toBe('SOURCE_UNAVAILABLE');
    expect(provider.writes).toHaveLength(0);
  });
});

describe('a write without an answer', () => {
  it('ends in effect when it had been applied, never shown as failed', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    provider.script.push({ kind: 'applied-then-lost' });
    const { operationId: id } = await press();
    await clock.advance(1_000);
    const done = await rollbacks.get(id);
    expect(done.history.map((entry) => entry.state)).toEqual([
      'armed',
      'intent-recorded',
      'sent',
      'unknown',
      'reading-back',
      'in-effect',
    ]);
    expect(provider.writes).toHaveLength(1);
  });

  it('is sent again when a read shows the old state, at most twice and only in the first 30 s', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    for (let count = 0; count < 5; count += 1) provider.script.push({ kind: 'lost-before-applied' });
    const { operationId: id } = await press();
    await clock.advance(9_000);
    expect(provider.writes.length).toBeLessThanOrEqual(3);
    const checking = await rollbacks.get(id);
    expect(checking.lamps.readBack.state).toBe('checking');
    await clock.advance(3_000);
    const watching = await rollbacks.get(id);
    expect(watching.state).toBe('reading-back');
    expect(watching.lamps.readBack.state).toBe('waiting');
    expect(watching.stateDetail).toContain('still watching');
    expect(watching.settledAtMs).toBeNull();
    await clock.advance(100_000);
    expect((await rollbacks.get(id)).settledAtMs).toBeNull();
    await clock.advance(15_000);
    const done = await rollbacks.get(id);
    expect(done.state).toBe('not-in-effect');
    expect(provider.writes).toHaveLength(3);
  });

  it('is noticed when it lands a minute late', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    provider.script.push(
      { kind: 'lands-late', afterMs: 60_000 },
      { kind: 'lost-before-applied' },
      { kind: 'lost-before-applied' },
    );
    const { operationId: id } = await press();
    await clock.advance(59_000);
    expect((await rollbacks.get(id)).settledAtMs).toBeNull();
    await clock.advance(4_000);
    const done = await rollbacks.get(id);
    expect(done.state).toBe('in-effect');
    expect(done.stateDetail).toMatch(/landed 6\d s after the press/);
  });

  it('is not sent again when someone else changed the flag meanwhile', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    provider.script.push({ kind: 'lost-before-applied' });
    const pressed = press();
    const { operationId: id } = await pressed;
    provider.change({ share01: 0.5 }, 'kim');
    await clock.advance(5_000);
    const done = await rollbacks.get(id);
    expect(done.state).toBe('changed-by-other');
    expect(done.stateDetail).toContain('by kim');
    expect(provider.writes.length).toBeLessThanOrEqual(1);
  });

  it('stays unknown while the flag cannot be read, and is settled as soon as it can', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    provider.script.push({ kind: 'applied-then-lost' });
    const { operationId: id } = await press();
    provider.failReads(true);
    await clock.advance(300_000);
    const open = await rollbacks.get(id);
    expect(open.settledAtMs).toBeNull();
    expect(open.stateDetail).toContain('still trying to read it');
    provider.failReads(false);
    await clock.advance(11_000);
    expect((await rollbacks.get(id)).state).toBe('in-effect');
    expect(provider.writes).toHaveLength(1);
  });

  it('is not sent again after a sleep or a clock jump, nor given up early', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    provider.script.push({ kind: 'lost-before-applied' });
    const { operationId: id } = await press();
    clock.jumpWall(10 * 60_000);
    await clock.advance(20_000);
    expect(provider.writes).toHaveLength(1);
    expect((await rollbacks.get(id)).settledAtMs).toBeNull();
    await clock.advance(105_000);
    expect((await rollbacks.get(id)).state).toBe('not-in-effect');
  });

  it('counts a connector that never answers, or throws, as unknown', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    provider.script.push({ kind: 'never-answers' });
    const { operationId: id } = await press();
    await clock.advance(9_000);
    const states = (await rollbacks.get(id)).history.map((entry) => entry.state);
    expect(states).toContain('unknown');
    provider.script.push({ kind: 'throws' });
    await clock.advance(4_000);
    await clock.advance(4_000);
    expect((await rollbacks.get(id)).state).toBe('in-effect');
  });
});

describe('a yes that does not show', () => {
  it('is never green and ends not in effect', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    provider.script.push({ kind: 'yes-without-effect' });
    const { operationId: id } = await press();
    await clock.advance(5_000);
    const checking = await rollbacks.get(id);
    expect(checking.stateDetail).toBe('accepted, not yet visible');
    expect(checking.lamps.readBack.state).toBe('checking');
    await clock.advance(120_000);
    const done = await rollbacks.get(id);
    expect(done.state).toBe('not-in-effect');
    expect(provider.writes).toHaveLength(1);
  });

  it('turns green when a read cache catches up', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    provider.script.push({ kind: 'visible-late', afterMs: 5_000 });
    const { operationId: id } = await press();
    await clock.advance(7_000);
    expect((await rollbacks.get(id)).state).toBe('in-effect');
    expect(provider.writes).toHaveLength(1);
  });
});

describe('a conflict', () => {
  it('is read back: whoever was faster is named', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    provider.script.push({ kind: 'refuse', reason: 'conflict' });
    const { operationId: id } = await press();
    provider.change({ share01: 0.5 }, 'kim');
    await clock.advance(2_000);
    const done = await rollbacks.get(id);
    expect(done.state).toBe('changed-by-other');
    expect(done.stateDetail).toContain('by kim');
  });
});

describe('undo and pause', () => {
  it('undo always needs a hold, restores the snapshot and ends the recovery window', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    const { operationId: id } = await press();
    await clock.advance(2_000);
    const undo = (held: boolean) =>
      rollbacks.undo({
        operationId: operationId(),
        actor: actor(),
        undoes: id,
        held,
        reason: null,
        waitMs: 0,
      });
    expect(await refusal(undo(false))).toBe('REFUSED');
    const started = await undo(true);
    await clock.advance(2_000);
    expect((await rollbacks.get(started.operationId)).state).toBe('in-effect');
    expect(provider.value).toEqual({ on: true, share01: 0.05 });
    expect(await refusal(undo(true))).toBe('REFUSED');
    const again = await press({ revisionShown: provider.state().revision });
    expect(again.settledAtMs).toBeNull();
  });

  it('undo stops when someone changed the flag after the rollback', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    const { operationId: id } = await press();
    await clock.advance(2_000);
    provider.change({ share01: 0.5 }, 'kim');
    const undo = rollbacks.undo({
      operationId: operationId(),
      actor: actor(),
      undoes: id,
      held: true,
      reason: null,
      waitMs: 0,
    });
    expect(await refusal(undo)).toBe('CHANGED_SINCE_SHOWN');
  });

  it('pause holds the share, never raises it, and does not protect the rollback after it', async () => {
    const { press, provider, clock, rollbacks } = await bench();
    const pause = (share01: number) =>
      rollbacks.pauseRamp({
        operationId: operationId(),
        actor: actor(),
        promptId: 'support',
        incidentId: null,
        share01,
        waitMs: 0,
      });
    expect(await refusal(pause(0.2))).toBe('REFUSED');
    const held = await pause(0);
    await clock.advance(2_000);
    expect((await rollbacks.get(held.operationId)).state).toBe('in-effect');
    expect(provider.value.share01).toBe(0);
    expect((await press({ revisionShown: provider.state().revision })).settledAtMs).toBeNull();
  });
});

describe('the plan', () => {
  it('says everything before the press', async () => {
    const { rollbacks } = await bench();
    expect(await rollbacks.plan({ promptId: 'support', lever: null, toVersion: null })).toMatchObject({
      lever: 'flag',
      fromVersion: 'v18',
      toVersion: 'v17',
      fromShare01: 0.05,
      effect: 'turns off support_prompt_rollout in production; all traffic gets v17',
      propagation: 'about 15 s',
      posts: 'posts the status line to #incidents through flags',
      pages: 'pages pia through flags',
      blocked: null,
      warnings: ['v17 has a known bug that comes back: greets twice on Mondays'],
      holdUntilMs: null,
    });
  });

  it('is blocked without a lever and when an approval is needed', async () => {
    const { rollbacks, provider, press } = await bench();
    const bare = await rollbacks.plan({ promptId: 'bare', lever: null, toVersion: null });
    expect(bare.blocked).toContain('bare has no flag lever');
    provider.requireApproval();
    const plan = await rollbacks.plan({ promptId: 'support', lever: null, toVersion: null });
    expect(plan.blocked).toContain('needs an approval');
    expect(await refusal(press())).toBe('REFUSED');
    expect(provider.writes).toHaveLength(0);
  });

  it('still offers the press when the flag cannot be read, and says so', async () => {
    const { rollbacks, provider } = await bench();
    provider.failReads(true);
    const plan = await rollbacks.plan({ promptId: 'support', lever: null, toVersion: null });
    expect(plan.blocked).toBeNull();
    expect(plan.state).toBeNull();
    expect(plan.warnings.at(-1)).toContain('cannot be read right now');
  });
});
