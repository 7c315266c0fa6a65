import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CommandError } from '../ports.ts';
import { CONTENT, evalBench, type Behaviour } from './desk-bench.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});
async function bench(...args: Parameters<typeof evalBench>) {
  const made = await evalBench(...args);
  cleanups.push(() => made.stop());
  return made;
}
async function refusal(work: Promise<unknown>): Promise<CommandError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CommandError)) throw new Error('was not refused', { cause: error });
  return error;
}

describe('from a bad output to a gate', () => {
  it('is written, proven and gated, and the incident knows every step', async () => {
    const { desk, incidents, incident, command, written, proven, root, git } = await bench();
    const incidentId = await incident();
    const one = await written(incidentId);
    expect(one).toMatchObject({ state: 'draft', written: { to: 'working-tree', isStale: false } });
    const file = readFileSync(join(root, 'evals/cases/incidents.yaml'), 'utf8');
    expect(file.startsWith('# ours\n- description: theirs\n  metadata: { case_id: theirs }\n')).toBe(true);
    expect(file).toContain(`case_id: "${one.id}"`);

    const proof = await proven(one);
    expect(proof.state).toBe('proven');
    expect(proof.proof?.runs.map(({ role, verdict }) => `${role} ${verdict}`)).toEqual(
      Array.from({ length: 3 }).flatMap(() => ['bad fail', 'good pass']),
    );
    const before = await incidents.get(incidentId);
    expect(before.evals).toMatchObject({ acceptedCaseId: one.id, gatedAtMs: null });
    expect(before.steps.at(-1)?.state).not.toBe('done');

    const check = async () => {
      const [now] = await desk.list(incidentId);
      return desk.checkGate({ ...command(), caseId: one.id, revisionShown: now?.revision ?? 0 });
    };
    expect(await check()).toMatchObject({ state: 'proven', gate: { isGated: false } });
    git('commit', '--quiet', '-am', 'case');
    expect(await check()).toMatchObject({ state: 'gated', gate: { isGated: true } });
    const after = await incidents.get(incidentId);
    expect(after.steps.at(-1)).toMatchObject({ id: 'eval', state: 'done' });
    expect(after.timeline.map(({ text }) => text).join('\n')).toContain('Fails on v18 in 3 of 3 runs');
  });

  const refusals: [string, Behaviour, string][] = [
    ['passes on the bad version', { v17: ['pass'], v18: ['pass'] }, 'passes-on-bad'],
    ['fails on the good one', { v17: ['fail'], v18: ['fail'] }, 'fails-on-good'],
    ['is flaky on the bad one', { v17: ['pass'], v18: ['fail', 'pass', 'fail'] }, 'flaky-on-bad'],
    ['is flaky on the good one', { v17: ['pass', 'fail', 'pass'], v18: ['fail'] }, 'flaky-on-good'],
    ['breaks', { v17: ['pass'], v18: ['fail', 'error'] }, 'run-error'],
    ['leaves no output', { v17: ['nothing'], v18: ['fail'] }, 'run-error'],
  ];
  it.each(refusals)('is refused when it %s', async (_what, behaviour, why) => {
    const { incidents, incident, written, proven, behave } = await bench({ env: ['MY_KEY'] });
    behave(behaviour);
    const incidentId = await incident();
    const one = await proven(await written(incidentId));
    expect(one).toMatchObject({ state: 'refused', proof: { verdict: { isAccepted: false, why } } });
    expect((await incidents.get(incidentId)).evals?.acceptedCaseId).toBeNull();
    expect(JSON.stringify(one)).not.toContain('k-123456789');
  });

  it('allows as many flips as the suite says', async () => {
    const { incident, written, proven, behave } = await bench({ flipsAllowed: 1 });
    behave({ v17: ['pass', 'fail', 'pass'], v18: ['fail'] });
    expect((await proven(await written(await incident()))).state).toBe('proven');
  });

  it('ends a command that hangs with all its children at the time-out', async () => {
    const { incident, written, proven, behave, root } = await bench({ timeoutSeconds: 1 });
    behave({ v17: ['pass'], v18: ['hang'] });
    const one = await proven(await written(await incident()));
    expect(one.proof?.verdict?.sentence).toContain('took longer than 1 s');
    const child = Number(readFileSync(join(root, '.child'), 'utf8'));
    const state = () =>
      existsSync(`/proc/${child}/stat`) ? readFileSync(`/proc/${child}/stat`, 'utf8').split(' ')[2] : 'gone';
    await expect.poll(state).toMatch(/gone|Z/);
  });

  it('gives the command nothing of the environment but what it needs and the suite names', async () => {
    const { incident, written, proven, root } = await bench({ env: ['MY_KEY'] });
    await proven(await written(await incident()));
    const seen = JSON.parse(readFileSync(join(root, '.env-seen'), 'utf8')) as Record<string, string>;
    expect(seen['SECRET']).toBeUndefined();
    expect(seen).toMatchObject({ MY_KEY: 'k-123456789', PROMPTFOO_DISABLE_TELEMETRY: '1' });
  });

  it('can be cancelled, and a proof that a stop cut off says so', async () => {
    const { desk, open, incident, written, command, behave, records, withoutEngineIds } = await bench();
    behave({ v17: ['pass'], v18: ['hang'] });
    const incidentId = await incident();
    const one = await written(incidentId);
    const begun = await desk.prove({ ...command(), caseId: one.id, revisionShown: one.revision });
    expect(begun.state).toBe('proving');
    const cancelled = await desk.cancel({ ...command(), caseId: one.id });
    expect(cancelled).toMatchObject({ state: 'draft', proof: { state: 'cancelled', verdict: null } });
    const [record] = await records.evalCases({ id: one.id });
    // As a crash leaves it, of a Fusebox that did not tell engines apart.
    const left = {
      ...cancelled,
      state: 'proving' as const,
      proof: { ...begun.proof!, state: 'running' as const },
    };
    await records.write([{ kind: 'eval-case', value: { ...record!, case: left } }]);
    withoutEngineIds();
    const again = open();
    await again.recover();
    expect((await again.list(incidentId))[0]).toMatchObject({
      state: 'draft',
      proof: { state: 'interrupted' },
    });
    // Its end could not be recorded: it runs nowhere and can be cancelled all the same.
    const [newest] = await records.evalCases({ id: one.id });
    await records.write([
      { kind: 'eval-case', value: { ...record!, case: { ...left, revision: newest!.case.revision + 1 } } },
    ]);
    expect(await desk.cancel({ ...command(), caseId: one.id })).toMatchObject({
      state: 'draft',
      proof: { state: 'interrupted' },
    });
  });

  it('is left to the engine of the team that runs it, until that one must be gone', async () => {
    const { desk, open, incident, written, command, behave, records, clock } = await bench();
    behave({ v17: ['pass'], v18: ['hang'] });
    const incidentId = await incident();
    const one = await written(incidentId);
    await desk.prove({ ...command(), caseId: one.id, revisionShown: one.revision });
    const stateOfIt = async () => (await desk.list(incidentId))[0]?.state;
    let aheadMs = 0;
    const other = open({
      records: { ...records, engineId: 'other' },
      clock: { ...clock, nowMs: () => clock.nowMs() + aheadMs },
    });
    await other.recover();
    expect(await stateOfIt()).toBe('proving');
    await expect(other.cancel({ ...command('bo'), caseId: one.id })).rejects.toMatchObject({
      message: 'It runs in another cockpit: ana began it there.',
      data: { fix: expect.stringMatching(/^Cancel it there. If that one is gone, .* in \d+ min\.$/) },
    });
    expect(await stateOfIt()).toBe('proving');
    aheadMs = 24 * 3_600_000;
    expect(await other.cancel({ ...command('bo'), caseId: one.id })).toMatchObject({
      proof: { state: 'interrupted' },
    });
    await desk.cancel({ ...command(), caseId: one.id });
  });
});

describe('on a branch', () => {
  it('is a commit ready to push; the working tree stays as it is, and the proof runs on the commit', async () => {
    const { incident, written, proven, behave, git, root } = await bench();
    const one = await written(await incident(), CONTENT, 'branch');
    const branch = one.written?.branch ?? '';
    expect(git('show', `${branch}:evals/cases/incidents.yaml`)).toContain(one.id);
    expect(git('log', '--format=%s', '-1', branch)).toContain(one.id);
    expect(git('status', '--porcelain')).toBe('');
    expect(readFileSync(join(root, 'evals/cases/incidents.yaml'), 'utf8')).not.toContain(one.id);
    expect(git('diff', '--stat', 'main', branch).split('\n')).toHaveLength(3);
    behave({ v17: ['pass'], v18: ['fail'] });
    // A second working tree has what is committed: its behaviour is not, so the run breaks there and says so.
    const proof = await proven(one);
    expect(proof.proof?.verdict?.why).toBe('run-error');
    expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  });

  it('is refused when the branch exists', async () => {
    const { desk, incident, saved, command, git } = await bench();
    const one = await saved(await incident());
    git('branch', `fusebox/${one.id}-1`);
    const error = await refusal(desk.write({ ...command(), caseId: one.id, revisionShown: 1, to: 'branch' }));
    expect(error.message).toContain('exists already');
  });
});

describe('what is refused, and nothing is written', () => {
  const writing = async (made: Awaited<ReturnType<typeof evalBench>>) => {
    const one = await made.saved(await made.incident());
    const before = made.git('status', '--porcelain');
    const error = await refusal(
      made.desk.write({ ...made.command(), caseId: one.id, revisionShown: one.revision, to: 'working-tree' }),
    );
    expect(made.git('status', '--porcelain')).toBe(before);
    return error.message;
  };

  it('a file with changes of others', async () => {
    const made = await bench();
    made.put('evals/cases/incidents.yaml', '- description: not committed\n');
    expect(await writing(made)).toContain('not committed');
  });
  it('a suite that nobody can read', async () => {
    const made = await bench();
    made.put('evals/cases/incidents.yaml', 'a: [\n');
    made.git('commit', '--quiet', '-am', 'broken');
    expect(await writing(made)).toContain('cannot be read');
  });
  it.each(['../outside.yaml', '/etc/cases.yaml', '.git/config', 'evals/../../x.yaml', 'a\\b.yaml'])(
    'the path %s',
    async (path) => expect(await writing(await bench({ path }))).toContain('no file inside the checkout'),
  );
  it('a link that leads out', async () => {
    const made = await bench({ path: 'link/cases.yaml' });
    mkdirSync(join(made.root, '../elsewhere'), { recursive: true });
    symlinkSync(join(made.root, '../elsewhere'), join(made.root, 'link'));
    expect(await writing(made)).toContain('goes over the link');
  });
  it('a folder that is no checkout, or is not there', async () => {
    expect(await writing(await bench({ checkout: '/usr' }))).toContain('no git checkout');
    expect(await writing(await bench({ checkout: '/nowhere/at/all' }))).toContain('no folder');
  });

  it('a case whose redaction nobody confirmed', async () => {
    const { incident, saved } = await bench();
    const content = { ...CONTENT, redaction: { ...CONTENT.redaction, isConfirmed: false } };
    expect((await refusal(saved(await incident(), content))).message).toContain('was not confirmed');
  });
  it('a proof before writing, after a change, of a changed file, or without a bad version', async () => {
    const { desk, incident, saved, written, command, put } = await bench();
    const prove = async (one: { id: string; revision: number }) =>
      (await refusal(desk.prove({ ...command(), caseId: one.id, revisionShown: one.revision }))).message;
    expect(await prove(await saved(await incident()))).toContain('not written yet');
    const incidentId = await incident();
    const one = await written(incidentId, { ...CONTENT, name: 'other' });
    const changed = await desk.save({
      ...command(),
      incidentId,
      caseId: one.id,
      revisionShown: one.revision,
      content: { ...CONTENT, name: 'third' },
    });
    expect(await prove(changed)).toContain('changed after it was written');
    const again = await desk.write({
      ...command(),
      caseId: one.id,
      revisionShown: changed.revision,
      to: 'working-tree',
    });
    put('evals/cases/incidents.yaml', '[]\n');
    expect(await prove(again)).toContain('does not have the case as it is here');
  });
  it('a version that is no argument for a command', async () => {
    const { desk, incident, written, command } = await bench();
    const one = await written(await incident('support', '--exec=rm'));
    const error = await refusal(desk.prove({ ...command(), caseId: one.id, revisionShown: one.revision }));
    expect(error.message).toContain('cannot be an argument');
  });
  it('a change of what somebody else has changed: who and when', async () => {
    const { desk, incident, saved, command } = await bench();
    const incidentId = await incident();
    const one = await saved(incidentId);
    const save = (by: string, name: string) =>
      desk.save({
        ...command(by),
        incidentId,
        caseId: one.id,
        revisionShown: 1,
        content: { ...CONTENT, name },
      });
    await save('bob', 'of bob');
    const error = await refusal(save('eve', 'of eve'));
    expect(error.code).toBe('CHANGED_SINCE_SHOWN');
    expect(error.message).toContain('bob');
    expect((await desk.list(incidentId))[0]?.content.name).toBe('of bob');
  });
  it('a prompt without a suite: says where to put one', async () => {
    const { desk, incident, saved, command } = await bench();
    const one = await saved(await incident('bare'));
    const error = await refusal(
      desk.write({ ...command(), caseId: one.id, revisionShown: 1, to: 'working-tree' }),
    );
    expect(error.message).toContain('No eval suite is configured');
    expect(await desk.suites('bare')).toEqual([]);
  });
});

it('a command counts once, also when it is sent twice at once', async () => {
  const { desk, incident, command, records } = await bench();
  const incidentId = await incident();
  const input = { ...command(), incidentId, caseId: null, revisionShown: null, content: CONTENT };
  const [first, second] = await Promise.all([desk.save(input), desk.save(input)]);
  expect(second.id).toBe(first.id);
  expect(await desk.list(incidentId)).toHaveLength(1);
  const write = { ...command(), caseId: first.id, revisionShown: 1, to: 'working-tree' as const };
  await Promise.all([desk.write(write), desk.write(write)]);
  expect((await desk.list(incidentId))[0]?.revision).toBe(2);
  const trail = await records.audit({ fromSeq: 0, limit: 100 });
  expect(trail.filter(({ what }) => what.includes('written to'))).toHaveLength(1);
});

it('suites say what they are, and what is wrong with them', async () => {
  const { desk } = await bench();
  expect(await desk.suites('support')).toMatchObject([{ id: 'support', branch: 'main', problem: null }]);
  const broken = await bench({ checkout: '/nowhere' });
  expect((await broken.desk.suites('support'))[0]?.problem).toContain('no folder');
});
