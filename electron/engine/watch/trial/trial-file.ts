import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ConnectorLog } from '#engine/connectors/kind.ts';
import { metricTicksStateSchema } from '../metric-ticks.ts';
import { trialStateSchema } from './trial.ts';

/** A trial and, for signals of metrics sources, the account of what was taken from them. */
const savedTrialSchema = z.object({
  trial: trialStateSchema,
  metrics: z.record(z.string(), metricTicksStateSchema),
});
export type SavedTrial = z.infer<typeof savedTrialSchema>;

/** The trials of a data directory, one file per prompt. */
export type TrialFiles = {
  /** Null where there is none, or none that can be used: a damaged file is set aside under another name, and the log says so. */
  load(promptId: string): Promise<SavedTrial | null>;
  /** Whole or not at all: written beside and renamed. A failure is said in the log; the trial can be replayed from the store. */
  save(promptId: string, saved: SavedTrial): Promise<void>;
  setAside(promptId: string, why: string): Promise<void>;
};

/** Readable names for ordinary prompt ids; a hash keeps two ids apart that differ only in what file names cannot hold. */
function fileNameOf(promptId: string): string {
  const readable = promptId.replaceAll(/[^\w.-]/g, '_').slice(0, 80);
  return `${readable}-${createHash('sha256').update(promptId).digest('hex').slice(0, 8)}.json`;
}

export function createTrialFiles(options: {
  readonly dataDir: string;
  readonly nowMs: () => number;
  readonly log: ConnectorLog;
}): TrialFiles {
  const folder = join(options.dataDir, 'detection');
  const pathOf = (promptId: string) => join(folder, fileNameOf(promptId));

  async function setAside(promptId: string, why: string): Promise<void> {
    const path = pathOf(promptId);
    const aside = `${path}.damaged-${options.nowMs()}`;
    await rename(path, aside).catch(() => undefined);
    options.log.warn(
      { prompt: promptId, why, kept: aside },
      'the saved detector could not be used; it is built again from the stored traffic',
    );
  }

  return {
    setAside,
    async load(promptId) {
      let text: string;
      try {
        text = await readFile(pathOf(promptId), 'utf8');
      } catch {
        return null;
      }
      try {
        const saved = savedTrialSchema.parse(JSON.parse(text));
        if (saved.trial.settings.promptId === promptId) return saved;
        await setAside(promptId, 'it belongs to another prompt');
      } catch (error) {
        await setAside(promptId, String(error).slice(0, 300));
      }
      return null;
    },
    async save(promptId, saved) {
      const path = pathOf(promptId);
      const beside = `${path}.new`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const file = await open(beside, 'w', 0o600);
        try {
          await file.writeFile(JSON.stringify(saved));
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, path);
      } catch (error) {
        await rm(beside, { force: true }).catch(() => undefined);
        options.log.warn({ prompt: promptId, reason: String(error) }, 'the detector could not be saved');
      }
    },
  };
}
