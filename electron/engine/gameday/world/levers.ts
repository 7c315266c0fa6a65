import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import type { BoardFlag } from '../../connectors/kind.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Doors } from './doors.ts';
import { ENVIRONMENT, leverKeyOf, SOURCES } from './workspace-file.ts';

/** One prompt's lever as its people and its workers use it. */
export type WorldLever = {
  /** As it was before the candidate: everything on control. */
  create(): Promise<void>;
  /** The candidate gets its share, by its author's hand. */
  ship(): Promise<void>;
};

function flagOf(prompt: ScenarioPrompt, candidateShare01: number): BoardFlag {
  const weight = Math.round(candidateShare01 * 10_000);
  const control = { name: prompt.control, value: prompt.control, weight: 10_000 - weight };
  const { candidate } = prompt;
  return {
    key: leverKeyOf(prompt),
    environment: ENVIRONMENT,
    enabled: true,
    offVariant: prompt.control,
    variants:
      candidate === null
        ? [{ ...control, weight: 10_000 }]
        : [control, { name: candidate, value: candidate, weight }],
  };
}

function flagLever(prompt: ScenarioPrompt, doors: Doors, fleet: Fleet): WorldLever {
  const board = doors.board(SOURCES.flags);
  board.onChange((flag, atMs) => {
    if (flag.key !== leverKeyOf(prompt)) return;
    fleet.rule(prompt.id, { atMs, versionFor: (user) => board.evaluate(flag, user) ?? prompt.control });
  });
  return {
    async create() {
      await board.ensureFlag(flagOf(prompt, 0));
    },
    async ship() {
      if (prompt.candidate === null) return;
      const author = prompt.versions.find(({ id }) => id === prompt.candidate)?.author ?? 'a colleague';
      await board.setFlag(flagOf(prompt, prompt.candidateShare01), author, `ship ${prompt.candidate}`);
    },
  };
}

/** Connects the fleet to the levers of its prompts, each through its own door. */
export function leverFor(prompt: ScenarioPrompt, doors: Doors, fleet: Fleet): WorldLever {
  switch (prompt.lever) {
    case 'flag':
      return flagLever(prompt, doors, fleet);
    case 'registry':
    case 'config':
    case 'none':
      throw new RangeError(`the lever ${prompt.lever} is not built yet`);
  }
}
