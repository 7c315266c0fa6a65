import { IconExternalLink, IconX } from '@tabler/icons-react';
import { useEffect, useEffectEvent, useRef } from 'react';
import { hrefTo } from '#renderer/app/routes.ts';
import { useClockSpeed, useNowMs } from '#renderer/live/hooks.ts';
import { Age } from '#renderer/parts/age.tsx';
import { ExternalLink } from '#renderer/parts/external-link.tsx';
import { MeterTable } from '#renderer/parts/certainty/meter-table.tsx';
import { Sha } from '#renderer/parts/sha.tsx';
import { TimeStamp } from '#renderer/parts/time-stamp.tsx';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { DetailPractice } from './detail-practice.tsx';
import { DetailPolicies } from './detail-policies.tsx';
import { DetailSignals } from './detail-signals.tsx';

type Props = { readonly prompt: PromptStatus; readonly onClose: () => void; readonly onDeclare: () => void };

/** Everything the Board knows about one prompt, under the table. */
export function PromptDetail({ prompt, onClose, onDeclare }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && document.querySelector('[role="dialog"]') === null) close();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <section className="fb-panel fb-detail" aria-labelledby="prompt-detail">
      <header className="fb-panel-head">
        <h2 id="prompt-detail" ref={heading} tabIndex={-1}>
          {prompt.title}
        </h2>
        <span className="fb-dim">
          {prompt.environment}, {prompt.owner ?? 'no owner'}
          {prompt.reviewers.length > 0 && `, reviewed by ${prompt.reviewers.join(', ')}`}
        </span>
        <span className="fb-panel-aside">
          {prompt.links.map((link) => (
            <ExternalLink key={link.url} href={link.url} className="fb-button">
              {link.label} <IconExternalLink size={13} aria-hidden />
            </ExternalLink>
          ))}
          {prompt.openIncidentId === null ? (
            <button type="button" className="fb-button" onClick={onDeclare}>
              Declare incident
            </button>
          ) : (
            <a
              href={hrefTo('incident', { incidentId: prompt.openIncidentId })}
              className="fb-button fb-button-danger"
            >
              Open {prompt.openIncidentId}
            </a>
          )}
          <button
            type="button"
            className="fb-button fb-button-quiet"
            aria-label="Close details"
            onClick={onClose}
          >
            <IconX size={15} aria-hidden />
          </button>
        </span>
      </header>
      <div className="fb-detail-columns">
        <LeverFacts prompt={prompt} />
        <Versions prompt={prompt} />
        <Readiness prompt={prompt} />
        <DetailPolicies prompt={prompt} />
      </div>
      <div className="fb-detail-columns">
        <DetailSignals prompt={prompt} />
        <Meter prompt={prompt} />
      </div>
    </section>
  );
}

function LeverFacts({ prompt }: { readonly prompt: PromptStatus }) {
  const nowMs = useNowMs();
  const clockSpeed = useClockSpeed();
  const { lever, leverError } = prompt;
  return (
    <section aria-label="Lever">
      <h3 className="fb-label">Lever</h3>
      {leverError !== null && (
        <p className="fb-warn-text">{leverError} Open Connections and press Test on its source.</p>
      )}
      {lever === null && leverError === null && (
        <p className="fb-dim">No lever has been read for this prompt.</p>
      )}
      {lever !== null && (
        <dl className="fb-facts">
          <Fact name={lever.lever}>
            <span className="fb-mono">{lever.key}</span>, {lever.environment}
          </Fact>
          <Fact name="switched off, serves">{lever.offVersion ?? "the code's own default"}</Fact>
          <Fact name="last changed">
            {lever.lastChangedAtMs === null ? 'not known' : <TimeStamp atMs={lever.lastChangedAtMs} />}
            {lever.lastChangedBy !== null && ` by ${lever.lastChangedBy}`}
          </Fact>
          <Fact name="read">
            <Age atMs={lever.readAtMs} nowMs={nowMs} intervalMs={10_000 * clockSpeed} isAgo />
          </Fact>
          {lever.needsApproval && <Fact name="approval">a change needs someone's approval</Fact>}
          {lever.consoleUrl !== null && (
            <Fact name="console">
              <ExternalLink href={lever.consoleUrl}>Open flag console</ExternalLink>
            </Fact>
          )}
        </dl>
      )}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Versions({ prompt }: { readonly prompt: PromptStatus }) {
  const newestFirst = prompt.versions.toReversed().slice(0, 6);
  return (
    <section aria-label="Versions">
      <h3 className="fb-label">Versions</h3>
      {newestFirst.length === 0 && (
        <p className="fb-dim">No version is known from the workspace or a registry.</p>
      )}
      <ul className="fb-lines">
        {newestFirst.map((version) => (
          <li key={version.id}>
            <span
              className="fb-mono"
              data-role={
                version.id === prompt.control
                  ? 'control'
                  : version.id === prompt.candidate
                    ? 'candidate'
                    : undefined
              }
            >
              {version.id}
            </span>{' '}
            {version.sha !== null && <Sha value={version.sha} />} {version.message ?? ''}
            <span className="fb-dim">
              {' '}
              {version.author ?? 'author unknown'},{' '}
              {version.reviewedBy === null ? 'no reviewer' : `reviewed by ${version.reviewedBy}`}
              {version.evalSummary !== null && `, evals ${version.evalSummary}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What could be seen, in every cohort, the pooled rows first. */
function Meter({ prompt }: { readonly prompt: PromptStatus }) {
  const nowMs = useNowMs();
  const rows = prompt.meter.toSorted((a, b) => Number(b.cohort === 'all') - Number(a.cohort === 'all'));
  return (
    <section aria-label="What could be seen">
      <h3 className="fb-label">What could be seen</h3>
      <MeterTable name="Meter" meter={rows} advice={prompt.meterAdvice} nowMs={nowMs} withCohorts />
    </section>
  );
}

function Readiness({ prompt }: { readonly prompt: PromptStatus }) {
  const { findings } = prompt.readiness;
  return (
    <section aria-label="Readiness">
      <h3 className="fb-label">Readiness</h3>
      {findings.length === 0 && <p className="fb-dim">Ready: flag, owner, version in traces, signals.</p>}
      <ul className="fb-lines">
        {findings.map((finding) => (
          <li key={finding.id}>
            <strong className={finding.severity === 'blocking' ? 'fb-warn-text' : undefined}>
              {finding.severity === 'blocking' ? 'Blocks: ' : 'Improve: '}
            </strong>
            {finding.text}
          </li>
        ))}
      </ul>
      <DetailPractice readiness={prompt.readiness} />
    </section>
  );
}
