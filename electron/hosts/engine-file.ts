import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const engineFileSchema = z.object({
  pid: z.number().int(),
  /** `http://127.0.0.1:<port>` */
  origin: z.string().regex(/^http:\/\/127\.0\.0\.1:\d{1,5}$/),
  token: z.string().min(20),
  host: z.enum(['desktop', 'web', 'cli']),
});
/** How to reach the engine that holds the data directory. Whoever can read this file is that engine's operator. */
export type EngineFile = z.infer<typeof engineFileSchema>;

const pathOf = (dataDir: string) => join(dataDir, 'engine.json');

/** Writes it for the owner alone, whole or not at all. */
export function writeEngineFile(dataDir: string, file: EngineFile): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${pathOf(dataDir)}.${process.pid}`;
  rmSync(draft, { force: true });
  writeFileSync(draft, JSON.stringify(file), { mode: 0o600, flag: 'wx' });
  renameSync(draft, pathOf(dataDir));
}

/** The file of whichever engine wrote it last; it may be gone by now. Null: none, or not readable. */
export function readEngineFile(dataDir: string): EngineFile | null {
  try {
    return engineFileSchema.parse(JSON.parse(readFileSync(pathOf(dataDir), 'utf8')));
  } catch {
    return null;
  }
}

/** Takes our own file away; another engine's stays. */
export function removeEngineFile(dataDir: string, token: string): void {
  if (readEngineFile(dataDir)?.token === token) rmSync(pathOf(dataDir), { force: true });
}
