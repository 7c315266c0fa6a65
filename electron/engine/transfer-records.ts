import { createWriteStream } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createClock } from './clock.ts';
import { CONNECTORS } from './connectors/registry.ts';
import { exportBundle, importBundle, type ImportResult } from './records/bundle.ts';
import { acquireLock } from './records/lock.ts';
import { RECORD_FILE } from './records/open-records.ts';
import type { Place } from './records/place.ts';
import { postgresPlace } from './records/postgres-place.ts';
import { sqlitePlace } from './records/sqlite-place.ts';
import { openWorkspace } from './workspace/open-workspace.ts';
import { createSecretReader } from './workspace/secrets.ts';

export type TransferOptions = {
  readonly dataDir: string;
  /** Says whether the record is a team's; null = the data directory's own. */
  readonly workspacePath: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: string;
};

const clock = createClock();
const log = { info: () => undefined, warn: () => undefined };

/** Writes the whole record into a file, which appears once it is complete. Throws with words for the person. */
export async function exportRecords(options: TransferOptions): Promise<void> {
  const file = resolve(options.file);
  await withPlace(options, async (place) => {
    const db = await place.connect();
    try {
      const temporary = `${file}.part`;
      await pipeline(
        Readable.from(exportBundle(db, clock.nowMs())),
        createWriteStream(temporary, { mode: 0o600 }),
      );
      await rename(temporary, file);
    } finally {
      await db.destroy();
    }
  });
}

/** Adds what an exported file holds and the record lacks. Throws BundleError and other errors with words for the person. */
export async function importRecords(options: TransferOptions): Promise<ImportResult> {
  const text = await readFile(resolve(options.file), 'utf8');
  return withPlace(options, async (place) => {
    const db = await place.connect();
    try {
      return await importBundle(db, text, (trx) => place.begin(trx));
    } finally {
      await db.destroy();
    }
  });
}

async function withPlace<T>(options: TransferOptions, work: (place: Place) => Promise<T>): Promise<T> {
  const { dataDir, env, workspacePath } = options;
  const attempt = acquireLock(dataDir, {
    pid: process.pid,
    host: 'cli',
    startedAtMs: clock.nowMs(),
    address: null,
  });
  if (!attempt.ok)
    throw new Error(`${attempt.message} Close it first: a record is moved while nobody writes it.`);
  try {
    const secrets = createSecretReader({ env });
    const settings =
      workspacePath === null
        ? undefined
        : (await openWorkspace({ path: workspacePath, connectors: CONNECTORS, secrets })).current().records;
    return await work(
      settings
        ? postgresPlace({ url: () => secrets.read(settings.url), clock })
        : sqlitePlace({ path: join(dataDir, RECORD_FILE), clock, log }),
    );
  } finally {
    attempt.lock.release();
  }
}
