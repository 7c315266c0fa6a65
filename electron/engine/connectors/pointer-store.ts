import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Pointer } from './kind.ts';
import { readWholeFile, writeWholeFile } from './whole-file.ts';

/** All of a pointer, in basis points. */
export const WHOLE = 10_000;

const pointerSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    place: z.string().min(1).max(100),
    versions: z
      .array(z.strictObject({ version: z.string().min(1), weight: z.number().int().min(0).max(WHOLE) }))
      .min(1)
      .max(20),
  })
  .refine(({ versions }) => versions.reduce((sum, { weight }) => sum + weight, 0) === WHOLE, {
    message: `the weights must add up to ${WHOLE}`,
  }) satisfies z.ZodType<Pointer>;

export const storedPointerSchema = z.strictObject({
  pointer: pointerSchema,
  revision: z.number().int(),
  changedAtMs: z.number(),
  changedBy: z.string(),
});
export type StoredPointer = z.infer<typeof storedPointerSchema>;

const eventSchema = z.strictObject({
  atMs: z.number(),
  by: z.string(),
  comment: z.string(),
  name: z.string(),
  place: z.string(),
  text: z.string(),
  isFirst: z.boolean(),
  operationId: z.string().nullable(),
});
export type PointerEvent = z.infer<typeof eventSchema>;

const fileSchema = z.strictObject({
  format: z.literal(1),
  pointers: z.array(storedPointerSchema),
  events: z.array(eventSchema),
});

const EMPTY: z.infer<typeof fileSchema> = { format: 1, pointers: [], events: [] };

const MAX_EVENTS = 1000;

export type PointerChange = {
  readonly pointer: Pointer;
  readonly by: string;
  readonly comment: string;
  /** Applied once: the same id again answers with the present state. */
  readonly operationId: string | null;
  /** Written only when the pointer still has this revision; null = whatever it is. */
  readonly expectedRevision: number | null;
};
export type PointerOutcome =
  | { readonly kind: 'stored'; readonly stored: StoredPointer }
  | { readonly kind: 'conflict'; readonly stored: StoredPointer | null };

export type PointerStore = {
  get(name: string, place: string): StoredPointer | null;
  events(name: string, place: string): PointerEvent[];
  change(change: PointerChange): Promise<PointerOutcome>;
  onChange(listener: (stored: StoredPointer) => void): () => void;
};

const keyOf = (name: string, place: string) => `${place}/${name}`;
const weightsOf = ({ versions }: Pointer) =>
  versions.length === 1
    ? (versions[0]?.version ?? '')
    : versions.map(({ version, weight }) => `${version} ${weight / 100} %`).join(', ');

/**
 * What points where, in one JSON file of the data directory, written whole. A change is on disk before it is seen. Throws SourceError when the file cannot be read; it is left as it is then.
 */
export async function openPointerStore(folder: string, clock: Clock): Promise<PointerStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'pointers.json');
  const file = await readWholeFile(path, fileSchema, EMPTY, 'The pointer file');
  const pointers = new Map(
    file.pointers.map((stored) => [keyOf(stored.pointer.name, stored.pointer.place), stored]),
  );
  let { events } = file;
  const listeners = new Set<(stored: StoredPointer) => void>();
  let queue: Promise<unknown> = Promise.resolve();

  async function apply(change: PointerChange): Promise<PointerOutcome> {
    const pointer = pointerSchema.parse(change.pointer);
    const key = keyOf(pointer.name, pointer.place);
    const present = pointers.get(key) ?? null;
    const isRepeat =
      change.operationId !== null && events.some(({ operationId }) => operationId === change.operationId);
    if (isRepeat && present) return { kind: 'stored', stored: present };
    if (change.expectedRevision !== null && present?.revision !== change.expectedRevision)
      return { kind: 'conflict', stored: present };
    if (present && JSON.stringify(present.pointer) === JSON.stringify(pointer))
      return { kind: 'stored', stored: present };
    const atMs = clock.nowMs();
    const stored = {
      pointer,
      revision: (present?.revision ?? 0) + 1,
      changedAtMs: atMs,
      changedBy: change.by,
    };
    const event: PointerEvent = {
      atMs,
      by: change.by,
      comment: change.comment,
      name: pointer.name,
      place: pointer.place,
      text: present
        ? `${weightsOf(present.pointer)} → ${weightsOf(pointer)}`
        : `points to ${weightsOf(pointer)}`,
      isFirst: present === null,
      operationId: change.operationId,
    };
    const nextEvents = [...events, event].slice(-MAX_EVENTS);
    await writeWholeFile(path, {
      format: 1,
      pointers: [...new Map(pointers).set(key, stored).values()],
      events: nextEvents,
    });
    pointers.set(key, stored);
    events = nextEvents;
    for (const listener of listeners) listener(stored);
    return { kind: 'stored', stored };
  }

  return {
    get: (name, place) => pointers.get(keyOf(name, place)) ?? null,
    events: (name, place) =>
      events.filter((event) => event.name === name && event.place === place).toReversed(),
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
