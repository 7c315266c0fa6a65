import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Marks the fuse wire inside an Electron program (docs/tutorial/fuses.md of Electron). */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const WIRE_VERSION = 1;

/** Electron's own defaults in the order of the wire, `1` on and `0` off: runAsNode first, wasmTrapHandlers last. */
const DEFAULT_WIRE = '101100011';

/**
 * A folder that looks like an unpacked Electron for Linux to electron-builder: every file that it copies or edits, and
 * a program that holds a fuse wire with Electron's defaults. It cannot run; it lets packaging be checked offline.
 */
export function writeStandInRuntime(folder: string, version: string): void {
  mkdirSync(join(folder, 'locales'), { recursive: true });
  mkdirSync(join(folder, 'resources'), { recursive: true });
  const head = Buffer.from([WIRE_VERSION, DEFAULT_WIRE.length]);
  const padding = Buffer.alloc(64);
  const program = Buffer.concat([padding, Buffer.from(SENTINEL), head, Buffer.from(DEFAULT_WIRE), padding]);
  writeFileSync(join(folder, 'electron'), program);
  chmodSync(join(folder, 'electron'), 0o755);
  writeFileSync(join(folder, 'version'), version);
  for (const file of ['LICENSE', 'LICENSES.chromium.html', join('locales', 'en-US.pak')]) {
    writeFileSync(join(folder, file), 'stand-in');
  }
}
