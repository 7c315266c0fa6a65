import type { DuckDBConnection } from '@duckdb/node-api';
import type { TelemetryLog } from './database.ts';

export type RetentionLimits = { readonly retentionHours: number; readonly retentionMb: number };

const TABLES = [
  { name: 'spans', time: 'start_ms' },
  { name: 'conversations', time: 'start_ms' },
  { name: 'feedback', time: 'at_ms' },
  { name: 'metric_points', time: 'at_ms' },
] as const;

async function deleteBefore(connection: DuckDBConnection, cutoffMs: number): Promise<number> {
  let deleted = 0;
  for (const { name, time } of TABLES) {
    deleted += (await connection.run(`DELETE FROM ${name} WHERE ${time} < ${Math.floor(cutoffMs)}`))
      .rowsChanged;
  }
  return deleted;
}

/** Blocks in use, in MB. The file itself does not shrink when rows go: their blocks are used again. */
async function usedMb(connection: DuckDBConnection): Promise<number> {
  const result = await connection.runAndReadAll(
    'SELECT (block_size * used_blocks)::DOUBLE / 1048576 FROM pragma_database_size() WHERE database_name = current_database()',
  );
  return Number(result.getRowsJS()[0]?.[0] ?? 0);
}

/** Time below which the oldest tenth of what is stored lies; null when nothing is. */
async function oldestTenthMs(connection: DuckDBConnection): Promise<number | null> {
  const tables = TABLES.map(({ name, time }) => `SELECT ${time} AS at_ms FROM ${name}`).join(' UNION ALL ');
  const result = await connection.runAndReadAll(
    `SELECT (approx_quantile(at_ms, 0.1) + 1)::DOUBLE FROM (${tables})`,
  );
  const value = result.getRowsJS()[0]?.[0];
  return typeof value === 'number' ? value : null;
}

/**
 * Deletes what is older than `retentionHours`, then the oldest tenth at a time until the data fits in `retentionMb`.
 * Ends with a checkpoint, which is what frees the space. Runs in the writer's turn.
 */
export async function applyRetention(
  connection: DuckDBConnection,
  limits: RetentionLimits,
  nowMs: number,
  log: TelemetryLog,
): Promise<void> {
  let deleted = await deleteBefore(connection, nowMs - limits.retentionHours * 3600_000);
  await connection.run('CHECKPOINT');
  for (let round = 0; round < 20 && (await usedMb(connection)) > limits.retentionMb; round += 1) {
    const cutoffMs = await oldestTenthMs(connection);
    if (cutoffMs === null) break;
    deleted += await deleteBefore(connection, cutoffMs);
    await connection.run('CHECKPOINT');
  }
  if (deleted > 0) log.info({ deleted }, 'telemetry retention');
}
