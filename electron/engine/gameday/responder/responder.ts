import type { DrillLook } from '#shared/domain/drill/observation.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { WorldAction } from '#shared/model/scenario.ts';
import { createRandom } from '#engine/fleet/random.ts';
import type { DrillWorld } from '../kind.ts';
import { carryOut, holdRamp, type Hands } from './carry-out.ts';
import { nextMove, type Briefing, type Memory, type Move } from './next-move.ts';

/** A call from outside: a customer, sales, a colleague. */
export type Call = { readonly atMs: number; readonly promptId: string };

export type ResponderOptions = {
  readonly world: Pick<DrillWorld, 'client' | 'clock'>;
  readonly name: string;
  readonly seed: number;
  readonly briefing: Briefing & { readonly call: Call | null };
};

/** Somebody who does what the product advises, at the pace of a person. */
export type Responder = {
  /** Takes a look and does what is due. A refusal is told, not thrown. */
  turn(look: DrillLook): Promise<void>;
  /** What the engine refused, in its words. */
  readonly refusals: readonly string[];
};

/** Seconds a move takes a person, from seeing that it is due. */
const DELAYS: Readonly<Record<Move['kind'], readonly [number, number]>> = {
  triage: [15, 35],
  identify: [10, 25],
  'say-fix-is-ready': [10, 20],
  decide: [10, 30],
  press: [4, 12],
  'hold-ramp': [10, 25],
  act: [20, 50],
  'choose-playbook': [15, 40],
  'finish-repair': [30, 60],
  tell: [40, 90],
  'try-to-close': [10, 20],
  write: [25, 60],
  'prove-case': [20, 45],
  // A review takes its time: there is no use in looking at once.
  'check-gate': [30, 60],
  waive: [10, 20],
  close: [10, 20],
};
const CALL_TAKES = [30, 80] as const;
const WARNING_TAKES = [25, 60] as const;

type Working = {
  acted: Set<WorldAction>;
  isRepaired: boolean;
  hasHeldRamp: boolean;
  hasTriedToClose: boolean;
  presses: number;
  proofs: number;
  gateLooks: number;
  due: { readonly move: Move; readonly atMs: number } | null;
};

/** The scripted responder. Its delays come from the seed, its decisions from what the contract shows: it never looks behind the scenery. */
export function createResponder(options: ResponderOptions): Responder {
  const { world, name, briefing } = options;
  const random = createRandom(options.seed);
  const working = new Map<string, Working>();
  const refusals: string[] = [];
  const warned = new Map<string, number | null>();
  let commands = 0;
  let declareAtMs = briefing.call === null ? null : briefing.call.atMs + seconds(CALL_TAKES);

  const hands: Hands = {
    client: world.client,
    name,
    nowMs: () => world.clock.nowMs(),
    operationId: () => `responder-${(commands += 1)}`,
  };
  function seconds([low, high]: readonly [number, number]): number {
    return Math.round(random.between(low, high)) * 1_000;
  }

  /** A refusal is an answer: it is read, and the next look decides. */
  async function attempt(run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      refusals.push(error instanceof Error ? error.message : String(error));
    }
  }

  function stateOf(incident: Incident): Working {
    const known = working.get(incident.id);
    if (known) return known;
    const made: Working = {
      acted: new Set(),
      isRepaired: false,
      hasHeldRamp: false,
      hasTriedToClose: false,
      presses: 0,
      proofs: 0,
      gateLooks: 0,
      due: null,
    };
    working.set(incident.id, made);
    return made;
  }

  function remember(state: Working, move: Move): void {
    if (move.kind === 'act') state.acted.add(move.action);
    if (move.kind === 'hold-ramp') state.hasHeldRamp = true;
    if (move.kind === 'try-to-close') state.hasTriedToClose = true;
    if (move.kind === 'press') state.presses += 1;
    if (move.kind === 'prove-case') state.proofs += 1;
    if (move.kind === 'check-gate') state.gateLooks += 1;
  }

  async function respond(incident: Incident, prompt: PromptStatus | null, nowMs: number): Promise<void> {
    const state = stateOf(incident);
    state.isRepaired = await isRepaired(world.client);
    const memory: Memory = state;
    const move = nextMove(incident, prompt, memory, briefing, nowMs);
    if (move === null) {
      state.due = null;
      return;
    }
    if (state.due === null || !isSame(state.due.move, move))
      state.due = { move, atMs: nowMs + seconds(DELAYS[move.kind]) };
    if (nowMs < state.due.atMs) return;
    state.due = null;
    // Runs take as long as they take: what is being proven is not proven again.
    if (move.kind === 'prove-case' && (await isBeingProven(world.client, incident.id))) return;
    remember(state, move);
    await attempt(() => carryOut(move, incident, prompt, hands));
  }

  async function answerCall(look: DrillLook): Promise<void> {
    const { call } = briefing;
    if (call === null || declareAtMs === null || look.nowMs < declareAtMs) return;
    declareAtMs = null;
    const isOpen = look.incidents.some(
      ({ promptId, status }) => promptId === call.promptId && status === 'open',
    );
    if (isOpen) return;
    await attempt(() =>
      world.client.incident.declare({
        operationId: hands.operationId(),
        promptId: call.promptId,
        reason: 'A customer called: the answers have been bad for some minutes.',
      }),
    );
  }

  /** A warning without an incident: hold the ramp where it is. */
  async function heedWarning(prompt: PromptStatus, look: DrillLook): Promise<void> {
    const isWarned = prompt.alarms.some(
      (alarm) => alarm.class === 'watch' && alarm.signal !== 'split' && alarm.resolvedAtMs === null,
    );
    const hasIncident = look.incidents.some(
      ({ promptId, status }) => promptId === prompt.id && status === 'open',
    );
    if (!isWarned || hasIncident || prompt.candidate === null) return;
    const atMs = warned.get(prompt.id);
    if (atMs === undefined) {
      warned.set(prompt.id, look.nowMs + seconds(WARNING_TAKES));
      return;
    }
    if (atMs === null || look.nowMs < atMs) return;
    warned.set(prompt.id, null);
    await attempt(() => holdRamp(prompt.id, null, prompt, hands));
  }

  return {
    refusals,
    async turn(look) {
      await answerCall(look);
      for (const prompt of look.prompts) await heedWarning(prompt, look);
      for (const incident of look.incidents)
        await respond(incident, look.prompts.find(({ id }) => id === incident.promptId) ?? null, look.nowMs);
    },
  };
}

async function isBeingProven(client: DrillWorld['client'], incidentId: string): Promise<boolean> {
  return (await client.evalCase.list({ incidentId })).some(({ state }) => state === 'proving');
}

/** As the page shows what is done outside Fusebox. */
async function isRepaired(client: DrillWorld['client']): Promise<boolean> {
  const { info } = await client.engine.info();
  const actions = info.drill?.actions ?? [];
  return actions.some(({ action, doneAtMs }) => action === 'repair-and-replay-queue' && doneAtMs !== null);
}

function isSame(a: Move, b: Move): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
