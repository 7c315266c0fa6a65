import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import type { ConnectorLog } from '../connectors/kind.ts';
import { createRedactor } from './redaction.ts';

const MAX_FILE_BYTES = 5 * 1024 * 1024;

/** What the engine's modules log with. */
export type PartLog = ConnectorLog & { error(fields: Record<string, unknown>, message: string): void };

export type EngineLog = PartLog & {
  /** A logger whose lines say which part of the engine wrote them. */
  part(name: string): PartLog;
  readonly path: string | null;
  close(): void;
};

/**
 * Lines of JSON in `<dataDir>/log/fusebox.log`, readable by the owner alone, one older file kept. Where the file cannot
 * be written (disk full, no right) the engine runs on without a log: it exists to roll back. An error that nobody caught is its last line.
 * @param secrets the secret values in use right now; they never reach the file
 */
export function openLog(dataDir: string, secrets: () => Iterable<string>): EngineLog {
  const folder = join(dataDir, 'log');
  const path = join(folder, 'fusebox.log');
  let file: number | null = null;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_FILE_BYTES) {
      renameSync(path, join(folder, 'fusebox.1.log'));
    }
    file = openSync(path, 'a', 0o600);
  } catch {
    // Said by `path: null`; doctor shows it.
  }
  const redact = createRedactor(secrets);
  const sink = {
    write(line: string) {
      if (file === null) return;
      try {
        writeSync(file, redact(line));
      } catch {
        // A full disk must not stop a rollback.
      }
    },
  };
  /** Changes nothing about how the process ends: it is started again, and what ended it stands here. */
  const onCrash = (error: Error, origin: NodeJS.UncaughtExceptionOrigin) =>
    root.fatal({ error: error.stack ?? String(error), origin }, 'the engine crashed');
  const root = pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, sink);
  process.on('uncaughtExceptionMonitor', onCrash);
  const logOf = (logger: pino.Logger): PartLog => ({
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  });
  return {
    ...logOf(root),
    part: (name) => logOf(root.child({ part: name })),
    path: file === null ? null : path,
    close() {
      process.off('uncaughtExceptionMonitor', onCrash);
      if (file !== null) closeSync(file);
      file = null;
    },
  };
}
