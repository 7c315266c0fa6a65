import type { ConnectionState } from '#renderer/client/connection-machine.ts';
import { ageWords } from '#renderer/parts/age-words.ts';
import type { Incident } from '#shared/model/incident.ts';

export type TitleFacts = {
  readonly connection: ConnectionState;
  /** This window plays a drill: said first, whatever else is said. */
  readonly isDrill: boolean;
  readonly openIncidents: readonly Pick<Incident, 'declaredAtMs' | 'severity'>[];
  /** Prompts with a candidate: the others have nothing to compare. */
  readonly onTrial: number;
  /** Of these, the ones in which no difference was seen. */
  readonly goodPrompts: number;
  /** Of these, the ones that are worse without an incident open yet. */
  readonly worsePrompts: number;
  readonly downSources: number;
  readonly nowMs: number;
};

/** Worst state first, in words with its age. Holds counts and our own words only, nothing out of production. */
export function windowTitle(facts: TitleFacts): string {
  return facts.isDrill ? `DRILL · ${stateTitle(facts)}` : stateTitle(facts);
}

function stateTitle(facts: TitleFacts): string {
  const { connection, openIncidents, onTrial, goodPrompts, worsePrompts, downSources, nowMs } = facts;
  const oldest = Math.min(...openIncidents.map((incident) => incident.declaredAtMs));
  const incidents =
    openIncidents.length === 0
      ? null
      : `${openIncidents.length} ${openIncidents.length === 1 ? 'incident' : 'incidents'}, ${ageWords(nowMs - oldest)}`;
  if (connection.name !== 'live') return join(incidents, CONNECTION_WORDS[connection.name]);
  if (incidents !== null) return join(incidents);
  if (downSources > 0) return join(`${downSources} ${downSources === 1 ? 'source' : 'sources'} down`);
  if (worsePrompts > 0) return join(`${worsePrompts} worse?`);
  return join(onTrial === 0 ? 'none on trial' : `${goodPrompts} of ${onTrial} ok`);
}

const CONNECTION_WORDS: Record<Exclude<ConnectionState['name'], 'live'>, string> = {
  connecting: 'connecting',
  stale: 'not current',
  'engine-restarting': 'engine restarting',
  failed: 'not connected',
};

function join(...parts: (string | null)[]): string {
  return [...parts.filter((part) => part !== null), 'Fusebox'].join(' · ');
}
