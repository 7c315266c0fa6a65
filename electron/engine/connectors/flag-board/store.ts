import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '#engine/clock.ts';
import type { BoardFlag } from '../kind.ts';
import { readWholeFile, writeWholeFile } from '../whole-file.ts';
import { boardEventSchema, boardFlagSchema, describeChange, storedFlagSchema } from './flags.ts';
import type { BoardEvent, StoredFlag } from './flags.ts';

const fileSchema = z.strictObject({
  format: z.literal(1),
  revision: z.number().int(),
  flags: z.array(storedFlagSchema),
  events: z.array(boardEventSchema),
});
const EMPTY: z.infer<typeof fileSchema> = { format: 1, revision: 0, flags: [], events: [] };

const MAX_EVENTS = 1000;

/** Comment of a flag's creation by the board itself, from its settings. */
export const FIRST_SEEN = 'first seen';

export type StoreChange = {
  readonly flag: BoardFlag;
  readonly by: string;
  readonly comment: string;
  /** Applied once: the same id again answers with the present state. */
  readonly operationId: string | null;
  /** Written only when the flag still has this revision; null = whatever it is. */
  readonly expectedRevision: number | null;
};

export type StoreOutcome =
  | { readonly kind: 'stored'; readonly stored: StoredFlag }
  | { readonly kind: 'conflict'; readonly stored: StoredFlag | null };

export type FlagStore = {
  get(key: string, environment: string): StoredFlag | null;
  list(environment: string): StoredFlag[];
  events(key: string, environment: string): BoardEvent[];
  /** Grows with every change of any flag. */
  revision(): number;
  change(change: StoreChange): Promise<StoreOutcome>;
  onChange(listener: (stored: StoredFlag) => void): () => void;
};

const nameOf = (key: string, environment: string) => `${environment}/${key}`;

/**
 * Flags in one JSON file, written whole. A change is on disk before it is seen.
 * A file that cannot be read is never overwritten: opening throws SourceError with what to do.
 */
export async function openFlagStore(folder: string, clock: Clock): Promise<FlagStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'flags.json');
  const file = await readWholeFile(path, fileSchema, EMPTY, "The flag board's file");
  const flags = new Map(
    file.flags.map((stored) => [nameOf(stored.flag.key, stored.flag.environment), stored]),
  );
  let events = file.events;
  let revision = file.revision;
  const listeners = new Set<(stored: StoredFlag) => void>();
  /** Changes one after the other: compare and set is only one when nothing comes between. */
  let queue: Promise<unknown> = Promise.resolve();

  async function apply(change: StoreChange): Promise<StoreOutcome> {
    const flag = boardFlagSchema.parse(change.flag);
    const name = nameOf(flag.key, flag.environment);
    const present = flags.get(name) ?? null;
    const isRepeat =
      change.operationId !== null &&
      events.some((event) => event.operationId === change.operationId && event.key === flag.key);
    if (isRepeat && present) return { kind: 'stored', stored: present };
    if (change.expectedRevision !== null && present?.revision !== change.expectedRevision)
      return { kind: 'conflict', stored: present };
    if (present && JSON.stringify(present.flag) === JSON.stringify(flag))
      return { kind: 'stored', stored: present };

    const atMs = clock.nowMs();
    const stored: StoredFlag = {
      flag,
      revision: (present?.revision ?? 0) + 1,
      changedAtMs: atMs,
      changedBy: change.by,
    };
    const event: BoardEvent = {
      id: (events.at(-1)?.id ?? 0) + 1,
      atMs,
      by: change.by,
      comment: change.comment,
      key: flag.key,
      environment: flag.environment,
      text: describeChange(present?.flag ?? null, flag),
      operationId: change.operationId,
    };
    const nextEvents = [...events, event].slice(-MAX_EVENTS);
    const nextFlags = new Map(flags).set(name, stored);
    await writeWholeFile(path, {
      format: 1,
      revision: revision + 1,
      flags: [...nextFlags.values()],
      events: nextEvents,
    });
    flags.set(name, stored);
    events = nextEvents;
    revision += 1;
    for (const listener of listeners) listener(stored);
    return { kind: 'stored', stored };
  }

  return {
    get: (key, environment) => flags.get(nameOf(key, environment)) ?? null,
    list: (environment) => [...flags.values()].filter((stored) => stored.flag.environment === environment),
    events: (key, environment) =>
      events.filter((event) => event.key === key && event.environment === environment).toReversed(),
    revision: () => revision,
    change(change) {
      const turn = queue.then(() => apply(change));
      queue = turn.catch(() => undefined);
      return turn;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
