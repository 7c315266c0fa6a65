import {
  Kysely,
  PostgresDialect,
  sql,
  type PostgresCursor,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
} from 'kysely';
import pg from 'pg';
import type { Clock } from '../clock.ts';
import { migrate } from './migrate.ts';
import type { MIGRATIONS } from './migrations.ts';
import type { Place } from './place.ts';
import type { RecordTables } from './tables.ts';

/** All writing transactions of one record take this lock in turn, so that the audit trail never forks. Any number, but one forever. */
const WRITE_LOCK = 7_190_411_820_031n;
/** Longer than a healthy database ever takes to answer, shorter than anybody waits at a press. */
export const CONNECT_TIMEOUT_MS = 2_000;
const MAX_CONNECTIONS = 4;

/** Where the connection string comes from cannot be read (an environment variable, a keychain). */
class AddressUnavailableError extends Error {}

/** The driver gives int8 as text: times and counts here stay below 2^53. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * A team's record in PostgreSQL, in the tables and by the queries of the file. `url` is asked at every connection, so that a changed
 * password takes effect. The role needs no update and no delete on `audit`.
 */
export function postgresPlace(options: {
  url: () => Promise<string>;
  clock: Clock;
  migrations?: typeof MIGRATIONS;
}): Place {
  const { clock } = options;
  let clients = new Set<pg.PoolClient>();

  async function open(): Promise<Kysely<RecordTables>> {
    const connectionString = await options.url().catch((error: unknown) => {
      throw new AddressUnavailableError(error instanceof Error ? error.message : String(error));
    });
    const mine = new Set<pg.PoolClient>();
    const pool = new pg.Pool({
      connectionString,
      types,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      // A laptop that falls asleep inside a transaction would hold the lock for everybody.
      idle_in_transaction_session_timeout: 5_000,
      application_name: 'fusebox',
    });
    // An idle connection that breaks is replaced at the next use.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => {
      mine.add(client);
      client.on('error', () => undefined);
    });
    pool.on('remove', (client) => mine.delete(client));
    clients = mine;
    return new Kysely<RecordTables>({ dialect: new PostgresDialect({ pool: withFractions(pool) }) });
  }

  const begin: Place['begin'] = async (trx) => {
    await sql`select pg_advisory_xact_lock(${WRITE_LOCK})`.execute(trx);
  };

  return {
    isShared: true,
    async connect() {
      const db = await open();
      try {
        await migrate(db, {
          path: null,
          lock: begin,
          nowMs: () => clock.nowMs(),
          migrations: options.migrations,
        });
      } catch (error) {
        drop();
        throw error;
      }
      return db;
    },
    begin,
    isTrouble: isDatabaseTrouble,
    troubleText: (detail, waiting) =>
      `The team's record cannot be reached (${detail}). ${waiting} change(s) are kept on this machine and go there as soon as it ` +
      'answers. Rolling back still works; what others do is not seen meanwhile.',
    damage: () => null,
    drop,
  };

  /** Breaks what hangs: a query that waits for an answer is refused at once. */
  function drop(): boolean {
    for (const client of clients) {
      void client.end().catch(() => undefined);
    }
    clients = new Set();
    return true;
  }
}

function withFractions(pool: pg.Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => new FractionClient(await pool.connect()),
  };
}

/**
 * PostgreSQL takes a parameter for a bigint column as a whole number and refuses 17.5, which SQLite stores; with its type stated it
 * rounds. A text may not carry NUL there.
 */
class FractionClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  query<R>(statement: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    statement: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof statement !== 'string') throw new TypeError('records are read without cursors');
    return this.#run<R>(statement, parameters);
  }

  async #run<R>(statement: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    const values = parameters.map((value) =>
      typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value,
    );
    const { command, rowCount, rows } = await this.#client.query(typed(statement, values), values);
    return {
      command: command as PostgresQueryResult<R>['command'],
      rowCount: rowCount ?? 0,
      rows: rows as unknown[] as R[],
    };
  }

  release(isBroken?: boolean): void {
    this.#client.release(isBroken);
  }
}

function typed(text: string, values: readonly unknown[]): string {
  const isFraction = (value: unknown) => typeof value === 'number' && !Number.isInteger(value);
  if (!values.some(isFraction)) return text;
  return text.replaceAll(/\$(\d+)/g, (place, number: string) =>
    isFraction(values[Number(number) - 1]) ? `${place}::double precision` : place,
  );
}

/**
 * SQLSTATE classes that are the server's or the operator's doing: connection, resources, intervention, authorisation, a catalogue
 * that is not there, read-only after a failover, deadlock. https://www.postgresql.org/docs/15/errcodes-appendix.html
 */
const TROUBLE_STATES = /^(08|28|3D|53|57|58|F0|XX|25006|40|42501|55P03)/;

/** The database is away or refuses to serve, so the same write may succeed later. */
export function isDatabaseTrouble(error: unknown): boolean {
  if (error instanceof AddressUnavailableError) return true;
  if (error instanceof pg.DatabaseError) return TROUBLE_STATES.test(error.code ?? '');
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseTrouble);
  if ('syscall' in error) return true;
  // The driver's own words for a connection that is gone, for TLS and for time-outs; it gives these no code.
  return /connection (terminated|error)|connection ended|timeout|not queryable|client (was|has) (been )?closed|ssl|certificate|driver has already been destroyed/i.test(
    error.message,
  );
}
