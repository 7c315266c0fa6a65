import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { HostSettings } from '../engine-options.ts';
import { connect } from './engine-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** `fusebox drill record`: an incident of the record as a bundle in `file`, for the owner alone. Rejects with REFUSED when its traffic is gone. */
export async function drillRecord(
  settings: HostSettings & { readonly incidentId: string; readonly file: string },
  say: (line: string) => void,
): Promise<ExitCode> {
  const { incidentId, file } = settings;
  const connection = await connect(settings);
  try {
    const { text } = await connection.client.drill.record({ operationId: randomUUID(), incidentId });
    await writeFile(file, text, { mode: 0o600 });
    say(`${incidentId} is in ${file}. \`fusebox drill run --bundle ${file}\` replays it.`);
    return EXIT.done;
  } finally {
    await connection.close();
  }
}
