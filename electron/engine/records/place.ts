import type { Kysely, Transaction } from 'kysely';
import type { RecordTables } from './tables.ts';

/** Where records live: a file of this machine, or a team's database. */
export type Place = {
  /** Opens it and brings its tables up to date. Throws RecordsTooNewError, or something that `isTrouble` knows. */
  connect(): Promise<Kysely<RecordTables>>;
  /** First statement of every writing transaction: from here on no other engine writes before this one has ended. */
  begin(trx: Transaction<RecordTables>): Promise<void>;
  /** The place is at fault, not the statement: the same write may succeed later. */
  isTrouble(error: unknown): boolean;
  /** What a person reads while writes wait. */
  troubleText(detail: string, waiting: number): string;
  /** Something that happened at opening and that a person must know; null = nothing. */
  damage(): string | null;
  /** Lets go of connections that hang or are broken; true = the next use must connect again. */
  drop(): boolean;
  /** Several engines write here, and it may be away while they run. */
  readonly isShared: boolean;
};
