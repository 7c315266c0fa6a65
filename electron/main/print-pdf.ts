import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { app, type BrowserWindow, dialog } from 'electron';
import type { PrintOutcome } from '#shared/model/desktop.ts';

const PLAIN_NAME = /[^A-Za-z0-9._ -]+/g;

/** The page's proposal as the name of a file and nothing else: no folder, no hidden file, no other type. */
export function fileNameOf(proposal: unknown): string {
  const plain = typeof proposal === 'string' ? proposal.replaceAll(PLAIN_NAME, '-').slice(0, 80) : '';
  const stem = plain.replace(/\.pdf$/i, '').replace(/^[. -]+|[. -]+$/g, '');
  return `${stem === '' ? 'fusebox' : stem}.pdf`;
}

/**
 * The page as it prints, as a PDF, where the person chooses. It is drawn before the person is asked, so that it shows what was on the
 * screen at the press. The page hears the file's name, never a folder. Never throws.
 */
export async function printPdf(window: BrowserWindow, proposal: unknown): Promise<PrintOutcome> {
  try {
    const pdf = await window.webContents.printToPDF({ pageSize: 'A4', preferCSSPageSize: true });
    const { canceled, filePath } = await dialog.showSaveDialog(window, {
      title: 'Save as PDF',
      defaultPath: join(app.getPath('documents'), fileNameOf(proposal)),
      filters: [{ name: 'PDF', extensions: ['pdf'] }],
    });
    if (canceled || filePath === '') return { state: 'cancelled' };
    const beside = `${filePath}.${randomUUID()}.tmp`;
    try {
      await writeFile(beside, pdf, { mode: 0o600 });
      await rename(beside, filePath);
    } finally {
      await rm(beside, { force: true });
    }
    return { state: 'saved', name: basename(filePath) };
  } catch (error) {
    return { state: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}
