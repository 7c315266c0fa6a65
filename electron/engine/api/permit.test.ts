import { createRouterClient, isProcedure, ORPCError, type AnyRouter } from '@orpc/server';
import { afterEach, describe, expect, it } from 'vitest';
import { drillContract } from '#shared/contract/drill.ts';
import { contract } from '#shared/contract/contract.ts';
import { PERMISSIONS } from '#shared/domain/team/permissions.ts';
import type { Role } from '#shared/model/team.ts';
import { workspaceSchema } from '#shared/model/workspace.ts';
import { createFakeClock } from '../fake-clock.ts';
import type { Actor } from '../ports.ts';
import type { RecordEntry } from '../records/kind.ts';
import type { ApiDesks } from './desks.ts';
import { createPermit } from './permit.ts';
import { createRouter } from './router.ts';

/** What everybody may call, written down a second time: opening a procedure to viewers is meant, or it is a mistake. */
const LOOKS = `
  engine.info engine.doctor live.subscribe prompt.list prompt.versions
  evidence.distribution evidence.workers evidence.series evidence.comparisons evidence.samples evidence.changes evidence.certainty
  incident.list incident.get presence.beat presence.leave rollback.plan rollback.get postmortem.get postmortem.render postmortem.earlier actionItem.list
  evalCase.suites evalCase.list evalCase.preview history.summary history.incidents audit.head audit.verify source.list source.test
  drill.scenarios drill.current drill.reports drill.report wave2.look wave2.records
`
  .trim()
  .split(/\s+/);
const isExercise = (procedure: string) => /^(demo|drill)\./.test(procedure) && procedure !== 'drill.act';
const ADMIN_ONLY = ['audit.post'];
const ROLES: readonly Role[] = ['viewer', 'responder', 'prompt-owner', 'facilitator', 'admin'];

const PROCEDURES = Object.entries(contract).flatMap(([noun, verbs]) =>
  Object.keys(verbs).map((verb) => `${noun}.${verb}`),
);

/** Who may call a procedure on the prompt that Mira owns, and on another. */
function expected(role: Role, procedure: string, isOwn: boolean): boolean {
  if (LOOKS.includes(procedure) || role === 'admin') return true;
  if (ADMIN_ONLY.includes(procedure)) return false;
  if (isExercise(procedure)) return role === 'facilitator';
  return role === 'responder' || (role === 'prompt-owner' && isOwn);
}

const TEAM = {
  people: [
    { name: 'Vera', roles: ['viewer'] },
    { name: 'Rita', roles: ['responder'] },
    { name: 'Mira Okafor', actor: 'mira', roles: ['prompt-owner'] },
    { name: 'Finn', roles: ['facilitator'] },
    { name: 'Ada', roles: ['admin'] },
  ],
};
const ACCOUNTS: Readonly<Record<Role, string>> = {
  viewer: 'vera',
  responder: 'Rita',
  'prompt-owner': 'mira',
  facilitator: 'Finn',
  admin: 'ADA',
};
const prompt = (id: string, owner: string) => ({ id, owner, service: 's', control: 'v1' });

/** `team` null = the workspace has no such section. */
function setUp(team: unknown = TEAM) {
  const workspace = workspaceSchema.parse({
    version: 1,
    name: 'w',
    team: team ?? undefined,
    prompts: [prompt('hers', 'mira okafor'), prompt('theirs', 'Somebody')],
  });
  const written: RecordEntry[] = [];
  const of = (id: string) => (id.endsWith('hers') ? 'hers' : 'theirs');
  const reached: string[] = [];
  /** Every desk that is not named below: whatever is asked of it has come through. */
  const anything: object = new Proxy(() => undefined, {
    get: (_target, key) => (key === 'then' ? undefined : anything),
    apply: () => {
      reached.push('a desk');
      throw new ORPCError('CONFLICT', { message: 'reached' });
    },
  });
  const named = {
    clock: createFakeClock(),
    log: { info: () => undefined, warn: () => undefined },
    workspace: {
      current: () => workspace,
      prompt: (id: string) => workspace.prompts.find((one) => one.id === id) ?? null,
    },
    records: {
      incident: async (id: string) => ({ promptId: of(id) }),
      rollback: async (id: string) => ({ rollback: { promptId: of(id) } }),
      evalCases: async ({ id }: { id: string }) => [{ case: { promptId: of(id) } }],
      actionItems: async () => [
        { id: 'A-hers', promptId: 'hers' },
        { id: 'A-other', promptId: 'theirs' },
      ],
      policyActions: async () => [
        { action: { id: 'P-hers', promptId: 'hers' } },
        { action: { id: 'P-other', promptId: 'theirs' } },
      ],
      write: async (entries: readonly RecordEntry[]) => void written.push(...entries),
    },
  };
  const desks = new Proxy(named, {
    get: (target, key) => (key in target ? target[key as keyof typeof target] : anything),
  }) as unknown as ApiDesks;
  return { desks, written, reached, router: createRouter(desks) };
}

/** How the real router ends a call: refused for the role, or anything else. */
async function isRefused(
  router: ReturnType<typeof createRouter>,
  procedure: string,
  account: string,
  input: unknown,
): Promise<boolean> {
  const actor: Actor = { name: account, via: 'page' };
  const client = createRouterClient(router as AnyRouter, { context: { actor } });
  const [noun = '', verb = ''] = procedure.split('.');
  const call = (client as unknown as Record<string, Record<string, (given: unknown) => Promise<unknown>>>)[
    noun
  ]?.[verb];
  try {
    await call?.(input);
    return false;
  } catch (error) {
    if (!(error instanceof ORPCError)) throw error;
    return error.code === 'REFUSED' && Array.isArray((error.data as { who?: unknown }).who);
  }
}

const about = (whose: 'hers' | 'other') => ({
  operationId: 'operation-1',
  promptId: whose === 'hers' ? 'hers' : 'theirs',
  incidentId: `INC-${whose}`,
  undoes: `op-${whose}`,
  caseId: `E-${whose}`,
  itemId: `A-${whose}`,
  policyActionId: `P-${whose}`,
});

describe('roles', () => {
  describe.each(ROLES)('%s', (role) => {
    it.each(PROCEDURES)('%s', async (procedure) => {
      const { router } = setUp();
      for (const whose of ['hers', 'other'] as const) {
        const refused = await isRefused(router, procedure, ACCOUNTS[role], about(whose));
        expect(!refused, `on ${whose}`).toBe(expected(role, procedure, whose === 'hers'));
      }
    });
  });

  it('every declared permission is of a procedure that there is', () => {
    const drills = Object.keys(drillContract).map((verb) => `drill.${verb}`);
    const known = new Set([...PROCEDURES, ...drills]);
    expect(Object.keys(PERMISSIONS).filter((procedure) => !known.has(procedure))).toEqual([]);
  });

  it('every procedure of the router goes through the one check', () => {
    const { router } = setUp();
    for (const [noun, verbs] of Object.entries(router)) {
      for (const [verb, procedure] of Object.entries(verbs as object)) {
        if (!isProcedure(procedure)) throw new Error(`${noun}.${verb} is no procedure`);
        expect(procedure['~orpc'].middlewares.length, `${noun}.${verb}`).toBeGreaterThanOrEqual(2);
      }
    }
  });

  it('without a team section whoever sits here may do everything', async () => {
    const { router } = setUp(null);
    for (const procedure of PROCEDURES) {
      expect(await isRefused(router, procedure, 'whoever', about('other')), procedure).toBe(false);
    }
  });

  it('somebody who is not listed has the role of the others', async () => {
    const { router } = setUp();
    expect(await isRefused(router, 'rollback.press', 'stranger', about('hers'))).toBe(true);
    const open = setUp({ ...TEAM, others: 'responder' });
    expect(await isRefused(open.router, 'rollback.press', 'stranger', about('hers'))).toBe(false);
  });

  it('a call that names things of two prompts is about both', async () => {
    const { router } = setUp();
    const mixed = { ...about('hers'), caseId: 'E-other' };
    expect(await isRefused(router, 'evalCase.save', 'mira', mixed)).toBe(true);
    expect(await isRefused(router, 'rollback.undo', 'mira', { undoes: 'op-other' })).toBe(true);
    expect(await isRefused(router, 'rollback.undo', 'mira', {})).toBe(true);
  });

  it('what the engine does by itself has no role', async () => {
    const { desks } = setUp();
    const engine: Actor = { name: 'fusebox', via: 'engine' };
    expect(await createPermit(desks)(['rollback', 'press'], engine, {})).toBe(engine);
  });

  it('goes on under the name of the team', async () => {
    const { desks } = setUp();
    const actor: Actor = { name: 'MIRA', via: 'cli' };
    const named = await createPermit(desks)(['rollback', 'press'], actor, about('hers'));
    expect(named).toEqual({ name: 'Mira Okafor', via: 'cli' });
  });

  it('says why, who may and what to do, and writes down that it was tried', async () => {
    const { desks, written } = setUp();
    const error: unknown = await createPermit(desks)(
      ['rollback', 'press'],
      { name: 'mira', via: 'page' },
      { ...about('other'), promptId: 'theirs' },
    ).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'REFUSED',
      data: {
        reason:
          'Mira Okafor (prompt owner) may not move the levers of theirs. Prompt owners act on their own prompts.',
        who: ['Rita (responder)', 'Ada (admin)'],
        fix: 'Ask Rita (responder) or Ada (admin). Roles are set under `team:` in the workspace file.',
      },
    });
    expect(written).toHaveLength(1);
    expect(written[0]).toMatchObject({
      kind: 'audit',
      value: { actor: 'Mira Okafor', operationId: 'operation-1', phase: 'fact' },
    });
    expect(JSON.stringify(written[0])).toContain('rollback.press theirs: not permitted');
  });
});

describe('a procedure whose permission was forgotten', () => {
  const declared = PERMISSIONS as Record<string, unknown>;
  const all = { ...declared };
  afterEach(() => void Object.assign(declared, all));

  it.each(PROCEDURES)('%s is refused to everybody', async (procedure) => {
    delete declared[procedure];
    const { router, reached } = setUp();
    for (const role of ROLES) {
      expect(await isRefused(router, procedure, ACCOUNTS[role], about('hers')), role).toBe(true);
    }
    const alone = setUp(null);
    expect(await isRefused(alone.router, procedure, 'whoever', about('hers'))).toBe(true);
    expect([...reached, ...alone.reached]).toEqual([]);
  });

  it('names of the language itself are no permissions', async () => {
    const { desks } = setUp();
    for (const path of [[], ['constructor'], ['__proto__'], ['toString'], ['incident', 'erase']]) {
      await expect(createPermit(desks)(path, { name: 'Ada', via: 'page' }, {})).rejects.toThrow('Nobody may');
    }
  });
});
