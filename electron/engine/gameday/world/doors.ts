import type {
  ConnectorDescriptor,
  FlagBoard,
  PracticeNotice,
  SourceInstance,
} from '../../connectors/kind.ts';
import { BUILT_IN_CONNECTORS } from '../../connectors/registry.ts';

/** The connectors of a drill's engine, and what they made: the world's way to its own levers. */
export type Doors = {
  readonly connectors: readonly ConnectorDescriptor[];
  /** Throws RangeError when the engine has no such source. */
  board(sourceId: string): FlagBoard;
  notices(): readonly PracticeNotice[];
};

/** The built-in connectors, watched as they make their sources. No other connector can come in here. */
export function createDoors(): Doors {
  const made = new Map<string, SourceInstance>();
  const connectors = BUILT_IN_CONNECTORS.map((descriptor): ConnectorDescriptor => ({
    ...descriptor,
    async create(source, deps) {
      const instance = await descriptor.create(source, deps);
      made.set(source.id, instance);
      return instance;
    },
  }));
  return {
    connectors,
    board(sourceId) {
      const board = made.get(sourceId)?.board;
      if (!board) throw new RangeError(`the drill's source ${sourceId} did not start`);
      return board;
    },
    notices: () => [...made.values()].flatMap((instance) => instance.notices?.() ?? []),
  };
}
