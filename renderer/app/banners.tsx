import { IconAlertTriangleFilled, IconPlugConnectedX, IconTool } from '@tabler/icons-react';
import { useConnection, useDrillMark, useEngine, useNowMs, useOpenIncidents } from '#renderer/live/hooks.ts';
import { ageWords } from '#renderer/parts/age-words.ts';
import { LiveRegion } from '#renderer/parts/live-region.tsx';
import { connectionWords } from './connection-words.ts';
import { DrillBanner } from './drill/drill-banner.tsx';
import { PolicyBanner } from './policy-banner.tsx';
import { hrefTo, TEAM_ADDRESS } from './routes.ts';
import { useRoute } from './router.ts';
import './banners.css';

/** What must be seen on every view: the connection, broken settings, a record that cannot be written, policies, open incidents. */
export function Banners({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <div className="fb-banners">
      <DrillBanner />
      <ConnectionBanner onRetry={onRetry} />
      <WorkspaceBanner />
      <PolicyBanner />
      <IncidentBanner />
    </div>
  );
}

function ConnectionBanner({ onRetry }: { readonly onRetry: () => void }) {
  const connection = useConnection();
  const hasData = useEngine() !== null;
  // The band of the drill itself says that it has ended, and leads to its debrief.
  const isSaidElsewhere =
    useDrillMark() !== null && connection.name === 'failed' && connection.cause === 'no-drill';
  const words = isSaidElsewhere ? null : connectionWords(connection, hasData);
  return (
    <>
      <LiveRegion text={words === null ? '' : `${words.title}. ${words.meaning}`} isUrgent />
      {/* Before any data the view itself says it, larger. */}
      {words !== null && (hasData || connection.name !== 'failed') && (
        <section
          aria-label="Connection"
          className="fb-banner"
          data-tone={words.tone}
          data-connection={connection.name}
        >
          <IconPlugConnectedX size={16} aria-hidden />
          <strong>{words.title}</strong>
          <span>{words.meaning}</span>
          {words.canRetry && (
            <button type="button" className="fb-button fb-banner-end" onClick={onRetry}>
              Try again
            </button>
          )}
          {words.leadsHome === true && (
            <a href={TEAM_ADDRESS} className="fb-button fb-banner-end">
              Back to your workspace
            </a>
          )}
        </section>
      )}
    </>
  );
}

function WorkspaceBanner() {
  const engine = useEngine();
  if (engine === null) return null;
  const { workspaceProblems: problems, recordProblem } = engine;
  return (
    <>
      {recordProblem !== null && (
        <section aria-label="Record" className="fb-banner" data-tone="danger">
          <IconAlertTriangleFilled size={16} aria-hidden />
          <strong>The incident record cannot be written</strong>
          <span>{recordProblem} Rolling back still works; keep your own notes until this is fixed.</span>
        </section>
      )}
      {problems.length > 0 && (
        <section aria-label="Workspace problems" className="fb-banner" data-tone="warn">
          <IconTool size={16} aria-hidden />
          <details>
            <summary>
              <strong>
                {problems.length} {problems.length === 1 ? 'problem' : 'problems'} in the workspace file
              </strong>
              <span className="fb-mono fb-dim"> {engine.workspacePath ?? ''}</span>
            </summary>
            <ol>
              {problems.map((problem) => (
                <li key={`${problem.line}:${problem.path}:${problem.message}`}>
                  <span className="fb-mono">
                    {problem.line === null ? '' : `line ${problem.line}, `}
                    {problem.path}
                  </span>
                  : {problem.message} <span className="fb-dim">{problem.fix}</span>
                </li>
              ))}
            </ol>
          </details>
        </section>
      )}
    </>
  );
}

function IncidentBanner() {
  const incidents = useOpenIncidents();
  const route = useRoute();
  const nowMs = useNowMs();
  const others = incidents.filter((incident) => incident.id !== route.params.incidentId);
  const newest = incidents.at(-1);
  return (
    <>
      <LiveRegion
        text={
          newest === undefined ? '' : `Open incident ${newest.id}, ${newest.severity}, ${newest.promptTitle}`
        }
        isUrgent
      />
      {others.length > 0 && (
        <section aria-label="Open incidents" className="fb-banner" data-tone="danger">
          <IconAlertTriangleFilled size={16} aria-hidden />
          {others.slice(0, 3).map((incident) => (
            <a
              key={incident.id}
              href={hrefTo('incident', { incidentId: incident.id })}
              className="fb-banner-incident"
            >
              <span className="fb-mono">{incident.id}</span>
              <strong>{incident.severity}</strong>
              <span>{incident.promptTitle}</span>
              <span className="fb-banner-trigger fb-ellipsis">{incident.trigger.sentence}</span>
              <span className="fb-num">open {ageWords(nowMs - incident.declaredAtMs)}</span>
            </a>
          ))}
          {others.length > 3 && <a href={hrefTo('incidents')}>and {others.length - 3} more</a>}
        </section>
      )}
    </>
  );
}
