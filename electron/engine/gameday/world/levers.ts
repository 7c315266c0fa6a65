import { assertNever } from '#shared/lib/assert-never.ts';
import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import { bucketOf } from '#engine/connectors/flag-bucket.ts';
import type { BoardFlag, Pointer } from '#engine/connectors/kind.ts';
import type { Clock } from '#engine/clock.ts';
import { flagClientsOf } from '#engine/fleet/flag-client.ts';
import type { Fleet } from '#engine/fleet/fleet.ts';
import type { Doors } from './doors.ts';
import type { GuardedFetch } from './guarded-fetch.ts';
import { ENVIRONMENT, leverKeyOf, SOURCES } from './workspace-file.ts';

/** One prompt's lever as its people and its workers use it. */
export type WorldLever = {
  /** As it was before the candidate: everything on control. */
  create(): Promise<void>;
  /** The candidate gets its share, by its author's hand. */
  ship(): Promise<void>;
  /** Each worker asks by itself from now on, where the lever has a door for that. */
  connect(clock: Clock, guard: GuardedFetch): void;
};

/** The shelves of labels and pins are read in this process: they have no door of their own. */
const connect = () => undefined;

const WHOLE = 10_000;
const weightOf = (share01: number) => Math.round(share01 * WHOLE);
const authorOf = (prompt: ScenarioPrompt) =>
  prompt.versions.find(({ id }) => id === prompt.candidate)?.author ?? 'a colleague';
const shipComment = (prompt: ScenarioPrompt) => `ship ${prompt.candidate}`;

function flagOf(prompt: ScenarioPrompt, candidateShare01: number): BoardFlag {
  const weight = weightOf(candidateShare01);
  const { candidate } = prompt;
  const control = { name: prompt.control, value: prompt.control };
  return {
    key: leverKeyOf(prompt),
    environment: ENVIRONMENT,
    enabled: true,
    offVariant: prompt.control,
    variants:
      candidate === null
        ? [{ ...control, weight: WHOLE }]
        : [
            { ...control, weight: WHOLE - weight },
            { name: candidate, value: candidate, weight },
          ],
  };
}

function flagLever(prompt: ScenarioPrompt, doors: Doors, fleet: Fleet): WorldLever {
  const board = doors.board(SOURCES.flags);
  board.onChange((flag, atMs) => {
    if (flag.key !== leverKeyOf(prompt)) return;
    fleet.rule(prompt.id, { atMs, versionFor: (user) => board.evaluate(flag, user) ?? prompt.control });
  });
  return {
    connect(clock, guard) {
      const { url } = board;
      guard.allow(url);
      fleet.connect(
        prompt.id,
        flagClientsOf({ prompt, url, flagKey: leverKeyOf(prompt), clock, fetch: guard.fetch }),
      );
    },
    async create() {
      await board.ensureFlag(flagOf(prompt, 0));
    },
    async ship() {
      if (prompt.candidate === null) return;
      await board.setFlag(flagOf(prompt, prompt.candidateShare01), authorOf(prompt), shipComment(prompt));
    },
  };
}

function pointerOf(prompt: ScenarioPrompt, candidateShare01: number): Pointer {
  const weight = prompt.candidate === null ? 0 : weightOf(candidateShare01);
  const versions = [
    { version: prompt.control, weight: WHOLE - weight },
    { version: prompt.candidate ?? prompt.control, weight },
  ];
  return { name: leverKeyOf(prompt), place: ENVIRONMENT, versions: versions.filter((one) => one.weight > 0) };
}

function pointerLever(prompt: ScenarioPrompt, doors: Doors, fleet: Fleet, source: string): WorldLever {
  const board = doors.pointers(source);
  board.onChange((pointer, atMs) => {
    if (pointer.name !== leverKeyOf(prompt)) return;
    fleet.rule(prompt.id, { atMs, versionFor: (user) => board.versionFor(pointer, user) });
  });
  return {
    connect,
    create: () => board.set(pointerOf(prompt, 0), authorOf(prompt)),
    async ship() {
      if (prompt.candidate === null) return;
      await board.set(pointerOf(prompt, prompt.candidateShare01), authorOf(prompt), shipComment(prompt));
    },
  };
}

/** Nothing but the code decides: the candidate's share is deployed, and nobody can move it. */
function noLever(prompt: ScenarioPrompt, fleet: Fleet, nowMs: () => number): WorldLever {
  const { candidate, control } = prompt;
  const isCandidate = (user: string) =>
    bucketOf(leverKeyOf(prompt), user) < weightOf(prompt.candidateShare01);
  return {
    connect,
    async create() {
      fleet.rule(prompt.id, { atMs: nowMs(), versionFor: () => control });
    },
    async ship() {
      if (candidate === null) return;
      fleet.rule(prompt.id, {
        atMs: nowMs(),
        versionFor: (user) => (isCandidate(user) ? candidate : control),
      });
    },
  };
}

/** Connects the fleet to the lever of one of its prompts, through that lever's own door. */
export function leverFor(
  prompt: ScenarioPrompt,
  doors: Doors,
  fleet: Fleet,
  nowMs: () => number,
): WorldLever {
  switch (prompt.lever) {
    case 'flag':
      return flagLever(prompt, doors, fleet);
    case 'registry':
      return pointerLever(prompt, doors, fleet, SOURCES.registry);
    case 'config':
      return pointerLever(prompt, doors, fleet, SOURCES.config);
    case 'none':
      return noLever(prompt, fleet, nowMs);
    default:
      return assertNever(prompt.lever, 'lever');
  }
}
