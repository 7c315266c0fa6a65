import type { DoctorFinding } from '#shared/contract/contract.ts';
import type { HostSettings } from '../engine-options.ts';
import { connect } from './engine-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

const MARKS: Record<DoctorFinding['state'], string> = {
  ok: 'ok     ',
  warning: 'warning',
  problem: 'PROBLEM',
};

/** Looks at everything and says what to do. Exit 1 when something is a problem. */
export async function doctor(
  settings: HostSettings & { readonly isJson: boolean },
  say: (line: string) => void,
): Promise<ExitCode> {
  const connection = await connect(settings);
  try {
    const findings = await connection.client.engine.doctor();
    if (settings.isJson) say(JSON.stringify(findings, null, 2));
    else {
      for (const { area, subject, state, text, fix } of findings) {
        say(`${MARKS[state]} ${area} ${subject}: ${text}`);
        if (fix !== null) say(`        -> ${fix}`);
      }
    }
    return findings.some(({ state }) => state === 'problem') ? EXIT.failed : EXIT.done;
  } finally {
    await connection.close();
  }
}
