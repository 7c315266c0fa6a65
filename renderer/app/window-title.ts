import type { ConnectionState } from '#renderer/client/connection-machine.ts';
import { ageWords } from '#renderer/parts/age-words.ts';
import type { Incident } from '#shared/model/incident.ts';

export type TitleFacts = {
  readonly connection: ConnectionState;
  readonly openIncidents: readonly Pick<Incident, 'declaredAtMs' | 'severity'>[];
  readonly prompts: number;
  /** Of these, the ones whose signals say they are as good as their control. */
  readonly goodPrompts: number;
  readonly downSources: number;
  readonly nowMs: number;
};

/** Worst state first, in words with its age. Holds counts and our own words only, nothing out of production. */
export function windowTitle(facts: TitleFacts): string {
  const { connection, openIncidents, prompts, goodPrompts, downSources, nowMs } = facts;
  const oldest = Math.min(...openIncidents.map((incident) => incident.declaredAtMs));
  const incidents =
    openIncidents.length === 0
      ? null
      : `${openIncidents.length} ${openIncidents.length === 1 ? 'incident' : 'incidents'}, ${ageWords(nowMs - oldest)}`;
  if (connection.name !== 'live') return join(incidents, CONNECTION_WORDS[connection.name]);
  if (incidents !== null) return join(incidents);
  if (downSources > 0) return join(`${downSources} ${downSources === 1 ? 'source' : 'sources'} down`);
  return join(`${goodPrompts} of ${prompts} ok`);
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
