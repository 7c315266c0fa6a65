import { assertNever } from '#shared/lib/assert-never.ts';

/** A pulled piece of data. An error keeps what was there before: old data, marked, beats an empty panel. */
export type Pulled<T> = {
  readonly data: T | null;
  /** In words for a person; null while fine. */
  readonly error: string | null;
  readonly isLoading: boolean;
  /** There is data, and the latest attempt to renew it failed. */
  readonly isKept: boolean;
  /** Engine time of the last success. */
  readonly pulledAtMs: number | null;
};

export type PullEvent<T> =
  | { readonly type: 'started'; readonly reset: boolean }
  | { readonly type: 'arrived'; readonly data: T; readonly atMs: number }
  | { readonly type: 'failed'; readonly error: string };

export const NOTHING_PULLED: Pulled<never> = {
  data: null,
  error: null,
  isLoading: true,
  isKept: false,
  pulledAtMs: null,
};

export function reducePull<T>(pulled: Pulled<T>, event: PullEvent<T>): Pulled<T> {
  switch (event.type) {
    case 'started':
      return event.reset ? { ...NOTHING_PULLED } : { ...pulled, isLoading: true };
    case 'arrived':
      return { data: event.data, error: null, isLoading: false, isKept: false, pulledAtMs: event.atMs };
    case 'failed':
      return { ...pulled, error: event.error, isLoading: false, isKept: pulled.data !== null };
    default:
      return assertNever(event);
  }
}
