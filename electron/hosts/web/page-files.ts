import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { assetOf } from '#shared/lib/asset-path.ts';

export type PageFile = { readonly bytes: Uint8Array<ArrayBuffer>; readonly contentType: string };

/** One file of the built page, or null; a link that leads out of the folder is no file of the page. */
export async function readPageFile(folder: string, pathname: string): Promise<PageFile | null> {
  const asset = assetOf(pathname);
  if (!asset) return null;
  try {
    const root = await realpath(folder);
    const path = await realpath(join(root, asset.path));
    if (!path.startsWith(root + sep)) return null;
    return { bytes: new Uint8Array(await readFile(path)), contentType: asset.contentType };
  } catch {
    // Not there, not readable, a folder: all the same to whoever asks.
    return null;
  }
}
