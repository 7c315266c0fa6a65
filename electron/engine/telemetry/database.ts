import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { CANARY_IDS } from '#shared/model/detection.ts';
import { columnsSql, FEEDBACK_COLUMNS, POINT_COLUMNS, SPAN_COLUMNS } from './columns.ts';
import { FLAG_OF_STREAM } from './rows.ts';

/** What the modules here log with; a pino logger fits. */
export type TelemetryLog = {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
};

export type DatabaseOptions = { readonly memoryMb: number; readonly threads: number };
export const DEFAULT_DATABASE_OPTIONS: DatabaseOptions = { memoryMb: 512, threads: 2 };

/**
 * `conversations` is what is counted: one row per prompt and conversation, kept up to date with every commit, so that the
 * questions of the incident view never have to group spans. `first_rank` orders the spans of a conversation by start (versioned
 * before unversioned): the lowest one gives version, cohort and worker. `csat_rank` orders ratings by time: the highest counts.
 * feedback.state: 0 new, 1 searched in vain (waits for its span), 2 found.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS spans (${columnsSql(SPAN_COLUMNS)}, received_ms BIGINT);
CREATE TABLE IF NOT EXISTS conversations (
  start_ms BIGINT, end_ms BIGINT, conversation_key BIGINT, prompt VARCHAR, version VARCHAR, sha VARCHAR, cohort VARCHAR,
  worker VARCHAR, conversation VARCHAR, first_rank BIGINT, is_error BOOLEAN, complaint BOOLEAN, safety BOOLEAN,
  downstream BOOLEAN, csat DOUBLE, csat_rank BIGINT);
CREATE TABLE IF NOT EXISTS feedback (${columnsSql(FEEDBACK_COLUMNS)},
  received_ms BIGINT, state TINYINT, conversation_key BIGINT, lag_ms BIGINT);
CREATE TABLE IF NOT EXISTS metric_points (${columnsSql(POINT_COLUMNS)});
`;

/** Columns that came after the first release, added to files written before in place; what was not recorded then counts as "no". */
const LATER_COLUMNS = [
  ...CANARY_IDS.map(
    (canary) =>
      `ALTER TABLE conversations ADD COLUMN IF NOT EXISTS ${FLAG_OF_STREAM[canary]} BOOLEAN DEFAULT false;`,
  ),
  'ALTER TABLE spans ADD COLUMN IF NOT EXISTS error_type VARCHAR;',
  'ALTER TABLE spans ADD COLUMN IF NOT EXISTS model VARCHAR;',
  'ALTER TABLE spans ADD COLUMN IF NOT EXISTS received_ms BIGINT;',
].join('\n');

async function open(path: string, options: DatabaseOptions): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(path, {
    threads: String(options.threads),
    memory_limit: `${options.memoryMb}MB`,
    temp_directory: `${path}.tmp`,
    checkpoint_threshold: '64MB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    await connection.run(SCHEMA);
    await connection.run(LATER_COLUMNS);
    // Reads every table's first rows, so that a file that opens but cannot be read shows here and not during an incident.
    for (const table of ['spans', 'conversations', 'feedback', 'metric_points']) {
      await connection.run(`SELECT * FROM ${table} LIMIT 1`);
    }
    connection.closeSync();
    return instance;
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

/** Another process holds the file: nothing is wrong with it. */
function isLocked(error: unknown): boolean {
  return /could not set lock|conflicting lock|being used by another process/i.test(String(error));
}

/** The machine, not the file, is at fault: setting the file aside would help nobody. */
function isMachineFault(error: unknown): boolean {
  return /no space left|file too large|quota|permission denied|read-only file system|out of memory|too many open files/i.test(
    String(error),
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Opens the database of a running engine once more after DuckDB gave it up. Throws what DuckDB throws; sets nothing aside. */
export function reopenDatabase(path: string, options: DatabaseOptions): Promise<DuckDBInstance> {
  return open(path, options);
}

/**
 * Opens (or creates) the telemetry database in `dataDir`. A file that cannot be opened is renamed to
 * `telemetry.duckdb.unreadable-<time>` (its log too) and a new one begun; `problem` says so. Never deletes a file.
 * Throws when another process holds the database, when the machine is at fault (disk full, no permission), or when a new file cannot
 * be made either.
 */
export async function openDatabase(
  dataDir: string,
  nowMs: number,
  log: TelemetryLog,
  options: DatabaseOptions,
): Promise<{ instance: DuckDBInstance; path: string; problem: string | null }> {
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, 'telemetry.duckdb');
  try {
    return { instance: await open(path, options), path, problem: null };
  } catch (error) {
    if (isLocked(error)) {
      throw new Error(`The telemetry database ${path} is in use by another process.`, { cause: error });
    }
    if (isMachineFault(error) || !(await exists(path))) throw error;
    const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
    const aside = `${path}.unreadable-${stamp}`;
    if (await exists(`${path}.wal`)) await rename(`${path}.wal`, `${aside}.wal`);
    await rename(path, aside);
    const problem = `The telemetry database could not be opened; it was set aside as ${aside} and a new one begun.`;
    log.error({ err: error, aside }, problem);
    return { instance: await open(path, options), path, problem };
  }
}
