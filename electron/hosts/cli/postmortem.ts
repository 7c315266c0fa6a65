import type { PostmortemStyle } from '#shared/model/postmortem.ts';
import type { HostSettings } from '../engine-options.ts';
import { connect } from './engine-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Prints the postmortem of an incident: Markdown, one HTML page, or the record behind both as JSON. */
export async function postmortem(
  settings: HostSettings & {
    readonly incidentId: string;
    /** Null = as chosen in the postmortem. */
    readonly style: PostmortemStyle | null;
    readonly format: 'markdown' | 'html' | 'json';
  },
  say: (line: string) => void,
): Promise<ExitCode> {
  const { incidentId, format } = settings;
  const connection = await connect(settings);
  try {
    const { client } = connection;
    const record = await client.postmortem.get({ incidentId });
    if (format === 'json') {
      say(JSON.stringify(record, null, 2));
      return EXIT.done;
    }
    const rendered = await client.postmortem.render({
      incidentId,
      style: settings.style ?? record.details.style,
    });
    say(rendered[format].trimEnd());
    return EXIT.done;
  } finally {
    await connection.close();
  }
}
