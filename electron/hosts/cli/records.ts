import { exportRecords, importRecords } from '#engine/transfer-records.ts';
import type { HostSettings } from '../engine-options.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

type Say = (line: string) => void;
type RecordsOptions = HostSettings & { readonly file: string };

/** Copies the whole record, the team's or this machine's, into a file. */
export async function recordsExport(options: RecordsOptions, say: Say): Promise<ExitCode> {
  await exportRecords({ ...options, env: process.env });
  say(`The record is in ${options.file}.`);
  return EXIT.done;
}

/** Adds to the record what a file holds and it lacks; exit 4 when something in it was left out because it differs here. */
export async function recordsImport(options: RecordsOptions, say: Say): Promise<ExitCode> {
  const { added, kept, known } = await importRecords({ ...options, env: process.env });
  say(`${added} added, ${known} were here already.`);
  for (const id of kept) {
    say(`${id} is another incident here, or went on both here and there: it was left as it is here.`);
  }
  return kept.length > 0 ? EXIT.refused : EXIT.done;
}
