import { wave2Phase } from '#shared/domain/wave2/clock.ts';
import { plannedChecklists } from '#shared/domain/wave2/playbooks.ts';
import { recordsFile, type RecordsFormat } from '#shared/domain/wave2/records-file.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { Wave2Look } from '#shared/model/wave2.ts';
import type { HostSettings } from '../engine-options.ts';
import { connect, type EngineClient } from './engine-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

const PAGE_ROWS = 5_000;

type Say = (line: string) => void;

/**
 * The second wave of an incident: where it stands, or every record of its bad window. `write` gets the export in pieces and resolves once
 * each is out; what it cannot hold is said beside it, so that a file stays a file.
 */
export async function wave2(
  settings: HostSettings & {
    readonly incidentId: string;
    readonly format: 'text' | 'json' | RecordsFormat;
  },
  say: Say,
  complain: Say,
  write: (text: string) => Promise<void>,
): Promise<ExitCode> {
  const { incidentId, format } = settings;
  const connection = await connect(settings);
  try {
    const { client } = connection;
    const incident = await client.incident.get({ incidentId });
    const look = await client.wave2.look({ incidentId });
    if (format === 'json') say(JSON.stringify({ wave2: incident.wave2, ...look }, null, 2));
    else if (format === 'text') for (const line of linesOf(incident, look)) say(line);
    else await exportRecords(client, look, format, write, complain);
    return EXIT.done;
  } finally {
    await connection.close();
  }
}

async function exportRecords(
  client: EngineClient,
  { incidentId, version, limits }: Wave2Look,
  format: RecordsFormat,
  write: (text: string) => Promise<void>,
  complain: Say,
): Promise<void> {
  const totals = new Set<number>();
  let done = 0;
  for (let more = true; more;) {
    const { rows, total } = await client.wave2.records({ incidentId, offset: done, limit: PAGE_ROWS });
    await write(recordsFile(format, version ?? '', rows, done === 0));
    totals.add(total);
    done += rows.length;
    more = rows.length > 0 && done < total;
  }
  complain(`${done.toLocaleString('en')} records.`);
  if (totals.size > 1) complain('Records came or went while this was read: export again.');
  for (const limit of limits) complain(limit);
}

/** Where it stands, as a person reads it in a terminal. */
function linesOf(incident: Incident, look: Wave2Look): string[] {
  const { wave2: now } = incident;
  const phase = wave2Phase(incident);
  const utc = (atMs: number) => `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const head =
    now === null
      ? `Wave 2 of ${incident.id}: ${phase}`
      : `Wave 2 of ${incident.id}: ${phase === 'ended' ? 'over' : phase}, since ${utc(now.life.openedAtMs)}${now.life.end ? ` until ${utc(now.life.end.atMs)}` : ''}`;
  const window = look.window
    ? [
        `${look.conversations.toLocaleString('en')} conversations on ${look.version ?? ''}, ${look.errors.toLocaleString('en')} with a downstream error, ${utc(look.window.fromMs)} to ${utc(look.window.toMs)}`,
      ]
    : [];
  return [
    head,
    ...(now ? [`  ${now.life.end?.reason ?? now.life.reason}`] : []),
    ...window,
    ...look.limits.map((limit) => `  note: ${limit}`),
    ...look.suggestions.map(({ reason }) => `suggested: ${reason}`),
    ...(now ? plannedChecklists(now) : []).flatMap((list) => [
      list.title,
      ...list.steps.map((step) => {
        const owner = step.now?.owner ?? null;
        return `  [${step.now?.state ?? 'open'}] ${step.title}${owner === null ? '' : `, ${owner}`}`;
      }),
    ]),
    ...(look.tenants.length > 0 ? ['Affected, enterprise first'] : []),
    ...look.tenants.map(({ cohort, title, tier, conversations, errors }) => {
      const tenants = now?.tenants ?? {};
      const told = Object.hasOwn(tenants, cohort) ? tenants[cohort]?.state : 'not-told';
      return `  ${title}${tier === 'enterprise' ? ' (enterprise)' : ''}: ${count(conversations, 'conversation')}, ${count(errors, 'error')}, ${(told ?? 'not-told').replace('-', ' ')}`;
    }),
  ];
}

const count = (value: number, what: string) =>
  `${value.toLocaleString('en')} ${what}${value === 1 ? '' : 's'}`;
