import { sharesOf } from '#shared/domain/distribution/shares.ts';
import { missingSources, readinessOf } from '#shared/domain/readiness/findings.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus, PromptVersion, VersionShare } from '#shared/model/prompt.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import { signalSourceOf } from '#shared/model/workspace.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { SHARE_WINDOW_MS, within } from './deps.ts';
import type { WatchDeps } from './deps.ts';
import type { Alone } from './focus.ts';

/** Who serves now: shares, rate and age. All empty where the store does not answer. */
export type Serving = {
  readonly shares: VersionShare[];
  readonly conversationsPerHour: number | null;
  readonly lastSeenMs: number | null;
};

const NOT_SEEN: Serving = { shares: [], conversationsPerHour: null, lastSeenMs: null };

/** Never rejects. */
export async function readServing(deps: WatchDeps, prompt: WorkspacePrompt, nowMs: number): Promise<Serving> {
  const name = prompt.traceName ?? prompt.id;
  const window = { fromMs: nowMs - SHARE_WINDOW_MS, toMs: nowMs };
  try {
    const distribution = await within(deps.clock, 'the telemetry store', () =>
      deps.evidence.distribution({ prompt: name, window, bucketMs: SHARE_WINDOW_MS }),
    );
    const shares = sharesOf(distribution);
    const conversations = shares.reduce((sum, share) => sum + share.conversations, 0);
    return {
      shares,
      conversationsPerHour: conversations === 0 ? null : conversations * (3_600_000 / SHARE_WINDOW_MS),
      lastSeenMs: distribution.dataUpToMs,
    };
  } catch (error) {
    deps.log.warn({ err: error, prompt: prompt.id }, 'who is serving could not be read');
    return NOT_SEEN;
  }
}

export type StatusParts = {
  readonly prompt: WorkspacePrompt;
  readonly candidate: string | null;
  readonly alone: Alone | null;
  readonly versions: readonly PromptVersion[];
  readonly serving: Serving;
  readonly signals: SignalComparison[];
  readonly sparks: PromptStatus['sparks'];
  readonly cohorts: string[];
  readonly unversioned01: number | null;
  readonly incident: Incident | null;
} & Pick<PromptStatus, 'evidence' | 'meter' | 'meterAdvice' | 'alarms' | 'notices'>;

/** The Board's row. */
export function statusOf(deps: WatchDeps, parts: StatusParts): PromptStatus {
  const { prompt, alone, serving } = parts;
  const lever = deps.levers.last(prompt.id);
  const consoleUrl = lever.state?.consoleUrl ?? prompt.links.console ?? null;
  const signalSources = Object.fromEntries(
    SIGNAL_IDS.map((signal) => [signal, signalSourceOf(prompt, signal).source]),
  );
  const available = new Set(
    Object.values(signalSources).filter((source) => deps.sources.instance(source)?.metrics !== undefined),
  );
  const isDemonstration = deps.workspace.current().demonstration;
  const proofs = deps.proofs?.of(prompt.id) ?? null;
  const findings = readinessOf({
    owner: prompt.owner ?? null,
    hasFlag: prompt.flag !== undefined,
    hasRegistry: prompt.registry !== undefined,
    hasConfig: prompt.config !== undefined,
    leverError: lever.error,
    hasNoConsole: lever.state !== null && consoleUrl === null && !isDemonstration,
    hasChat: prompt.chat !== undefined,
    hasPaging: prompt.paging !== undefined,
    unversioned01: parts.unversioned01,
    hasTraffic: serving.lastSeenMs !== null,
    missingSignalSources: missingSources(signalSources, available),
    killswitch:
      proofs === null || isDemonstration ? null : { last: proofs.killswitch, nowMs: deps.clock.nowMs() },
  });
  return {
    id: prompt.id,
    title: prompt.title ?? prompt.id,
    service: prompt.service,
    owner: prompt.owner ?? null,
    reviewers: prompt.reviewers,
    environment: prompt.environment,
    control: prompt.control,
    candidate: parts.candidate,
    ownPast: alone && { version: alone.version, previous: alone.previous },
    versions: parts.versions.map(({ text: _text, ...version }) => version),
    serving: serving.shares,
    shareWindowMs: SHARE_WINDOW_MS,
    conversationsPerHour: serving.conversationsPerHour,
    lastSeenMs: serving.lastSeenMs,
    lever: lever.state,
    leverError: lever.error,
    signals: parts.signals,
    evidence: parts.evidence,
    meter: parts.meter,
    meterAdvice: parts.meterAdvice,
    alarms: parts.alarms,
    notices: parts.notices,
    policyActions: deps.policies.actions(prompt.id),
    policies: prompt.policies,
    sparks: parts.sparks,
    readiness: {
      ok: findings.every(({ severity }) => severity !== 'blocking'),
      findings,
      ...(proofs && { proofs }),
    },
    cohorts: parts.cohorts,
    openIncidentId: parts.incident?.id ?? null,
    links: linksOf(prompt, consoleUrl),
  };
}

function linksOf(prompt: WorkspacePrompt, consoleUrl: string | null): PromptStatus['links'] {
  const links: PromptStatus['links'] = [];
  if (consoleUrl !== null) links.push({ label: 'Flag console', url: consoleUrl });
  if (prompt.links.runbook !== undefined) links.push({ label: 'Runbook', url: prompt.links.runbook });
  prompt.links.dashboards.forEach((url, index) => {
    links.push({ label: prompt.links.dashboards.length > 1 ? `Dashboard ${index + 1}` : 'Dashboard', url });
  });
  return links;
}
