import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditAnchor, AuditEntry, AuditVerdict } from '../records/kind.ts';
import { verifyChain } from '../records/audit.ts';
import { RECORD_FILE } from '../records/open-records.ts';
import { openSqlite } from '../records/sqlite.ts';
import { readAudit } from '../records/audit-rows.ts';

const PAGE = 5_000;

/** Where a data directory keeps its own trail. */
export const auditFileIn = (dataDir: string): string => join(dataDir, RECORD_FILE);

/**
 * Verifies the trail in a record file that no engine of ours holds: a backup, a copy handed over. The file is evidence: a copy is
 * looked at, because SQLite writes beside what it opens. Throws with what to do when it is no record file.
 */
export async function verifyAuditFile(path: string, anchors: readonly AuditAnchor[]): Promise<AuditVerdict> {
  if (!existsSync(path)) throw new Error(`There is no file ${path}. Give the path of a copy of records.db.`);
  const folder = mkdtempSync(join(tmpdir(), 'fusebox-audit-'));
  try {
    const copy = join(folder, 'records.db');
    copyFileSync(path, copy);
    // What is committed but not yet moved into the file itself lies beside it.
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    return verifyChain(await readAll(copy, path), anchors);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readAll(copy: string, path: string): Promise<AuditEntry[]> {
  const { db } = opened(copy, path);
  try {
    const entries: AuditEntry[] = [];
    let fromSeq = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const page = await readAudit(db, { fromSeq, limit: PAGE });
      if (page.length === 0) return entries;
      // One at a time: a spread of a long trail would not fit the stack.
      for (const entry of page) entries.push(entry);
      fromSeq = (page.at(-1)?.seq ?? 0) + 1;
    }
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await db.destroy();
  }
}

function opened(copy: string, path: string) {
  try {
    return openSqlite(copy);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): Error {
  const words = error instanceof Error ? error.message : String(error);
  return new Error(
    `${path} cannot be read as a record file (${words}). Give the path of a copy of records.db.`,
  );
}
