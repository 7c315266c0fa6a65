import type { EngineInfo } from '#shared/model/live.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { DrillState } from '#shared/model/drill.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SourceHealth } from '#shared/model/source.ts';
import type { AuditedItem, EarlierIncident } from '#shared/model/action-item.ts';
import { drillBeside, drillBesideLine } from './drill-beside.ts';
import { connect } from './engine-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { HostSettings } from '../engine-options.ts';

type Status = {
  readonly engine: EngineInfo;
  readonly prompts: PromptStatus[];
  readonly incidents: Incident[];
  readonly sources: SourceHealth[];
  /** Unfinished action items, the loudest first. */
  readonly actionItems: AuditedItem[];
  /** Per open incident, the earlier ones it resembles. */
  readonly earlier: Readonly<Record<string, EarlierIncident[]>>;
  /** The drill that runs beside, if there is one. */
  readonly drill?: Pick<DrillState, 'drillId' | 'title' | 'phase' | 'facilitator'> | null;
};

/** What serves, which incidents are open, how the sources are. With `isJson` the whole state as one JSON value. */
export async function status(
  settings: HostSettings & { readonly isJson: boolean },
  say: (line: string) => void,
): Promise<ExitCode> {
  const connection = await connect(settings);
  try {
    const { client } = connection;
    const [{ info }, prompts, incidents, sources, beside] = await Promise.all([
      client.engine.info(),
      client.prompt.list(),
      client.incident.list({ status: 'open' }),
      client.source.list(),
      drillBeside(client),
    ]);
    const [actionItems, earlier] = await Promise.all([
      client.actionItem.list({ which: 'unfinished' }),
      Promise.all(incidents.map(({ id }) => client.postmortem.earlier({ incidentId: id }))),
    ]);
    const found: Status = {
      engine: info,
      prompts,
      incidents,
      sources,
      actionItems,
      earlier: Object.fromEntries(incidents.map(({ id }, index) => [id, earlier[index] ?? []])),
      drill: beside && {
        drillId: beside.drillId,
        title: beside.title,
        phase: beside.phase,
        facilitator: beside.facilitator,
      },
    };
    if (settings.isJson) say(JSON.stringify(found, null, 2));
    else for (const line of statusLines(found)) say(line);
    return EXIT.done;
  } finally {
    await connection.close();
  }
}

/** The status as a person reads it, one fact per line. */
export function statusLines(status: Status): string[] {
  const { engine, prompts, incidents, sources } = status;
  const lines = [`workspace ${engine.workspaceName}`];
  const beside = drillBesideLine(status.drill ?? null);
  if (beside !== null) lines.push(beside);
  for (const prompt of prompts) {
    const serving = prompt.serving.map(({ version, share01 }) => `${version} ${percent(share01)}`).join(', ');
    lines.push(`prompt ${prompt.id}: ${serving || 'no traffic seen'}; ${leverText(prompt)}`);
    for (const { class: kind, sentence } of prompt.alarms.filter(
      ({ resolvedAtMs }) => resolvedAtMs === null,
    )) {
      lines.push(`  ${kind.toUpperCase()}: ${sentence}`);
    }
    for (const one of prompt.signals.filter(({ verdict }) => verdict === 'page' || verdict === 'watch')) {
      lines.push(`  ${one.signal}: ${one.note}`);
    }
  }
  for (const incident of incidents) {
    lines.push(
      `incident ${incident.id} ${incident.severity} ${incident.promptId}: ${incident.trigger.sentence}`,
      ...earlierLines(status.earlier[incident.id] ?? []),
    );
  }
  if (incidents.length === 0) lines.push('no open incident');
  lines.push(...overdueLines(status.actionItems));
  for (const source of sources) {
    lines.push(
      `source ${source.id} (${source.connector}): ${source.state}${source.lastError ? `, ${source.lastError}` : ''}`,
    );
  }
  if (engine.recordProblem) lines.push(`records: ${engine.recordProblem}`);
  return lines;
}

/** This happened before, and what was promised then. */
function earlierLines(earlier: readonly EarlierIncident[]): string[] {
  return earlier.flatMap(({ id, because, sentence, unfinished }) => [
    `  before: ${id}, same ${because.join(', ')}: ${sentence}`,
    ...unfinished.map(
      (item) => `    NOT FINISHED ${item.id} ${item.title}, ${item.owner ?? 'no owner'}, ${item.urgencyText}`,
    ),
  ]);
}

/** Overdue promises count as live incidents. */
function overdueLines(items: readonly AuditedItem[]): string[] {
  return items
    .filter(({ urgency }) => urgency === 'overdue' || urgency === 'recurred')
    .map(
      (item) =>
        `${item.urgency.toUpperCase()} ${item.id} ${item.title}, ${item.owner ?? 'no owner'}: ${item.urgencyText}`,
    );
}

function leverText({ lever, leverError }: PromptStatus): string {
  if (leverError) return `lever not read: ${leverError}`;
  if (!lever) return 'no lever read yet';
  const isOn = lever.isOn === null ? '' : lever.isOn ? ' on' : ' off';
  const intended = lever.intended.map(({ version, share01 }) => `${version} ${percent(share01)}`).join(', ');
  return `${lever.lever} ${lever.key}${isOn}${intended ? ` (${intended})` : ''}`;
}

function percent(share01: number): string {
  return `${(share01 * 100).toFixed(share01 > 0 && share01 < 0.1 ? 1 : 0)} %`;
}
