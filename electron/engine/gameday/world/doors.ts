import type {
  ConnectorDescriptor,
  FlagBoard,
  Lever,
  PointerBoard,
  PracticeNotice,
  RegistryLever,
  SourceInstance,
} from '#engine/connectors/kind.ts';
import type { Change } from '#shared/model/evidence.ts';
import type { FaultOf } from '#shared/model/scenario.ts';
import { SourceError } from '#engine/connectors/kind.ts';
import { BUILT_IN_CONNECTORS } from '#engine/connectors/registry.ts';

export type LeverTrouble = FaultOf<'lever-trouble'>['how'];

/** What the world knows of a lever beyond its own store: by the key of its flag, label or pin. */
export type LeverFacts = {
  troubleOf(key: string): LeverTrouble | null;
  consoleUrlOf(key: string): string | null;
  /** What else changed around its prompt, by others than the lever's system. */
  changesOf(key: string): readonly Change[];
};

/** The connectors of a drill's engine, and what they made: the world's way to its own levers. */
export type Doors = {
  readonly connectors: readonly ConnectorDescriptor[];
  /** Both throw RangeError when the engine has no such source. */
  board(sourceId: string): FlagBoard;
  pointers(sourceId: string): PointerBoard;
  notices(): readonly PracticeNotice[];
};

/** How long a lever in trouble keeps a write waiting. */
const HANG_MS = 5_000;

type Sleep = (ms: number) => Promise<void>;

/** A lever whose system can be in trouble, and has a console to look at. */
function troubled<T>(
  lever: Lever<T>,
  facts: LeverFacts,
  keyOf: (target: T) => string,
  sleep: Sleep,
): Lever<T> {
  return {
    ...lever,
    async read(target, versions, signal, scope) {
      if (facts.troubleOf(keyOf(target)) === 'unreadable')
        throw new SourceError('The lever’s system cannot be read: it answers 503.', {
          status: 503,
          fix: 'Look at its status page, or use another lever.',
        });
      const read = await lever.read(target, versions, signal, scope);
      return { ...read, state: { ...read.state, consoleUrl: facts.consoleUrlOf(keyOf(target)) } };
    },
    async write(target, versions, request) {
      const trouble = facts.troubleOf(keyOf(target));
      if (trouble === 'refuses')
        return {
          kind: 'refused',
          reason: 'forbidden',
          status: 403,
          message: 'The lever’s system refuses: the token may not change this environment.',
          fix: 'Change it on its console, or use another lever.',
        };
      const outcome = await lever.write(target, versions, request);
      if (trouble !== 'hangs-after-applying') return outcome;
      await sleep(HANG_MS);
      return { kind: 'unknown', detail: `no answer within ${HANG_MS} ms` };
    },
    async events(target, window) {
      const others = facts
        .changesOf(keyOf(target))
        .filter(({ atMs }) => atMs >= window.fromMs && atMs < window.toMs);
      return [...(await lever.events(target, window)), ...others].toSorted((a, b) => b.atMs - a.atMs);
    },
    consoleUrl: (target) => facts.consoleUrlOf(keyOf(target)),
  };
}

/** Before every post and page of a drill: whoever reads it anywhere knows what it is. */
const MARK = 'DRILL: ';
const marked = (text: string) => (text.startsWith(MARK) ? text : `${MARK}${text}`);

/** The one way out for words: the announcement of a flip, notes, pages, reminders, what policies say. */
function asDrill({ chat, paging }: SourceInstance): Pick<SourceInstance, 'chat' | 'paging'> {
  return {
    ...(chat ? { chat: { ...chat, post: (post) => chat.post({ ...post, text: marked(post.text) }) } } : {}),
    ...(paging
      ? { paging: { ...paging, page: (page) => paging.page({ ...page, summary: marked(page.summary) }) } }
      : {}),
  };
}

function withTrouble(instance: SourceInstance, facts: LeverFacts, sleep: Sleep): SourceInstance {
  const { flags, registry, config } = instance;
  const label = registry && troubled(registry, facts, ({ prompt }) => prompt, sleep);
  return {
    ...instance,
    ...asDrill(instance),
    ...(flags ? { flags: troubled(flags, facts, ({ key }) => key, sleep) } : {}),
    ...(registry && label
      ? { registry: { ...label, versions: registry.versions } satisfies RegistryLever }
      : {}),
    ...(config ? { config: troubled(config, facts, ({ key }) => key, sleep) } : {}),
  };
}

/** The built-in connectors, watched as they make their sources. No other connector can come in here. */
export function createDoors(facts: LeverFacts): Doors {
  const made = new Map<string, SourceInstance>();
  const connectors = BUILT_IN_CONNECTORS.map((descriptor): ConnectorDescriptor => ({
    ...descriptor,
    async create(source, deps) {
      const instance = await descriptor.create(source, deps);
      made.set(source.id, instance);
      return withTrouble(instance, facts, (ms) => deps.clock.sleep(ms));
    },
  }));
  function sourceOf(sourceId: string): SourceInstance {
    const instance = made.get(sourceId);
    if (!instance) throw new RangeError(`the drill's source ${sourceId} did not start`);
    return instance;
  }
  return {
    connectors,
    board(sourceId) {
      const { board } = sourceOf(sourceId);
      if (!board) throw new RangeError(`the drill's source ${sourceId} has no flags`);
      return board;
    },
    pointers(sourceId) {
      const { pointers } = sourceOf(sourceId);
      if (!pointers) throw new RangeError(`the drill's source ${sourceId} has nothing that points`);
      return pointers;
    },
    notices: () => [...made.values()].flatMap((instance) => instance.notices?.() ?? []),
  };
}
