import { bucketOf } from './flag-bucket.ts';
import type { Pointer, PointerBoard } from './kind.ts';
import type { PointerStore } from './pointer-store.ts';

/** Which version a user gets; laid end to end from the last to the first, as flags are. */
function versionFor({ name, versions }: Pointer, user: string): string {
  const bucket = bucketOf(name, user);
  let upTo = 0;
  for (const { version, weight } of versions.toReversed()) {
    upTo += weight;
    if (bucket < upTo) return version;
  }
  return versions[0]?.version ?? '';
}

/** The service side of a store of pointers, for services in this process. */
export function createPointerBoard(store: PointerStore): PointerBoard {
  return {
    async set(pointer, by, comment = '') {
      await store.change({ pointer, by, comment, operationId: null, expectedRevision: null });
    },
    versionFor,
    onChange: (listener) => store.onChange(({ pointer, changedAtMs }) => listener(pointer, changedAtMs)),
  };
}
