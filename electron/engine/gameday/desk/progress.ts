import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drillReportSchema } from '#shared/model/drill.ts';
import type { PartLog } from '#engine/log/log.ts';
import type { DrillRecord } from '#engine/records/kind.ts';

/**
 * The drill under way on disk, as its record would be if it ended now: an engine that dies takes its worlds with it, and the next one
 * on the same data directory finds what was played.
 */
export function createProgress(dataDir: string, log: PartLog) {
  const folder = join(dataDir, 'drills');
  const fileOf = (drillId: string) => join(folder, `${drillId}.json`);

  return {
    /** Where a drill's world may live. */
    worldDir: (drillId: string) => join(folder, drillId),
    /** A disk that refuses costs the report of a drill after a crash, nothing else. */
    async keep(record: DrillRecord): Promise<void> {
      const file = fileOf(record.report.drillId);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(`${file}.part`, JSON.stringify(record), { mode: 0o600 });
        await rename(`${file}.part`, file);
      } catch (error) {
        log.warn({ error: String(error) }, 'the progress of a drill was not kept');
      }
    },
    /** The drill is over and written: its world and its progress go. */
    async clear(drillId: string): Promise<void> {
      await rm(fileOf(drillId), { force: true });
      await rm(join(folder, drillId), { recursive: true, force: true });
    },
    /** Drills that an engine before this one left behind; one that cannot be read is thrown away with a line in the log. */
    async left(): Promise<DrillRecord[]> {
      const names = await readdir(folder).catch(() => []);
      const found: DrillRecord[] = [];
      for (const name of names) {
        if (!name.endsWith('.json')) continue;
        try {
          const record = JSON.parse(await readFile(join(folder, name), 'utf8')) as DrillRecord;
          found.push({ ...record, report: drillReportSchema.parse(record.report) });
        } catch (error) {
          log.warn({ name, error: String(error) }, 'what an interrupted drill left cannot be read');
        }
      }
      return found;
    },
    /** After `left` was written: worlds of engines that are gone. */
    clearAll: () => rm(folder, { recursive: true, force: true }),
  };
}
export type Progress = ReturnType<typeof createProgress>;
