import { windowLimits } from '#shared/domain/wave2/limits.ts';
import { suggestPlaybooks } from '#shared/domain/wave2/suggest.ts';
import { affectedTenants } from '#shared/domain/wave2/tenants.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { Wave2Look } from '#shared/model/wave2.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { IncidentDeps } from '../incidents/deps.ts';
import type { IncidentDesk } from '../ports.ts';
import type { ServedCohort, ServedQuery } from '../telemetry/kind.ts';
import type { Wave2Desk } from './kind.ts';

/** Served this recently, the bad version may be served still. */
const STILL_SERVED_MS = 2 * 60_000;

/** What received telemetry says about the bad window, worked out at every look. */
export function createWave2Look(
  deps: Pick<IncidentDeps, 'clock' | 'evidence' | 'workspace'>,
  incidents: Pick<IncidentDesk, 'get'>,
): Pick<Wave2Desk, 'look' | 'records'> {
  const { clock, evidence, workspace } = deps;

  /** All that is kept of the bad version until the incident closed: it wrote bad output whenever it was served. */
  function queryOf(incident: Incident): ServedQuery | null {
    const { badVersion, badSha, closedAtMs, promptId } = incident;
    if (badVersion === null) return null;
    const prompt = workspace.prompt(promptId)?.traceName ?? promptId;
    return {
      prompt,
      version: badVersion,
      sha: badSha,
      window: { fromMs: 0, toMs: (closedAtMs ?? clock.nowMs()) + 1 },
    };
  }

  return {
    async look(incidentId) {
      const incident = await incidents.get(incidentId);
      const prompt = workspace.prompt(incident.promptId);
      const query = queryOf(incident);
      const empty = { incidentId, version: incident.badVersion, sha: incident.badSha };
      if (query === null) return nothing(empty);
      const cohorts = await evidence.servedByCohort(query);
      const window = windowOf(cohorts);
      const sinceMs = incident.verification?.sinceMs ?? null;
      const [keptSinceMs, unversioned01, errorTypes] = await Promise.all([
        evidence.keptSinceMs(query.prompt),
        window ? evidence.unversionedShare01({ prompt: query.prompt, window }) : Promise.resolve(null),
        window ? evidence.errorTypes({ ...query, window, sinceMs }) : Promise.resolve([]),
      ]);
      const conversations = sum(cohorts, (one) => one.conversations);
      const { telemetry } = workspace.current();
      return {
        ...empty,
        window,
        conversations,
        errors: sum(cohorts, (one) => one.errors),
        tenants: affectedTenants(tenantsOf(prompt), cohorts),
        workers: [...new Set(cohorts.flatMap(({ workers }) => workers))].toSorted(),
        errorTypes,
        suggestions: suggestPlaybooks(errorTypes),
        limits: windowLimits({
          version: query.version,
          conversations,
          shippedAtMs: incident.shippedAtMs,
          keptSinceMs,
          retentionHours: telemetry.retentionHours,
          isSampled: telemetry.sampled,
          unversioned01,
          beganElsewhere: sum(cohorts, (one) => one.beganElsewhere),
          isStillServed:
            incident.status === 'open' && window !== null && window.toMs > clock.nowMs() - STILL_SERVED_MS,
        }),
      };
    },

    async records({ incidentId, filter, offset, limit }) {
      const query = queryOf(await incidents.get(incidentId));
      if (query === null) return { rows: [], total: 0 };
      return evidence.served({ ...query, filter, offset, limit });
    },
  };
}

/** A prompt that has left the workspace since has no tenants of its own. */
const tenantsOf = (prompt: WorkspacePrompt | null) => prompt ?? { tenants: [] };

function nothing(empty: Pick<Wave2Look, 'incidentId' | 'version' | 'sha'>): Wave2Look {
  return {
    ...empty,
    window: null,
    conversations: 0,
    errors: 0,
    tenants: [],
    workers: [],
    errorTypes: [],
    suggestions: [],
    limits: windowLimits({
      version: null,
      conversations: 0,
      shippedAtMs: null,
      keptSinceMs: null,
      retentionHours: 0,
      isSampled: false,
      unversioned01: null,
      beganElsewhere: 0,
      isStillServed: false,
    }),
  };
}

/** From the first turn on the bad version to the end of its last. */
function windowOf(cohorts: readonly ServedCohort[]): Window | null {
  if (cohorts.length === 0) return null;
  return {
    fromMs: Math.min(...cohorts.map(({ firstMs }) => firstMs)),
    toMs: Math.max(...cohorts.map(({ lastMs }) => lastMs)) + 1,
  };
}

function sum(cohorts: readonly ServedCohort[], of: (cohort: ServedCohort) => number): number {
  return cohorts.reduce((total, cohort) => total + of(cohort), 0);
}
