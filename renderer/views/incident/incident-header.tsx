import { Menu } from '@mantine/core';
import { useCommand } from '#renderer/client/use-command.ts';
import { useDrillMark, useNowMs } from '#renderer/live/hooks.ts';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import { Sha } from '#renderer/parts/sha.tsx';
import type { Incident, Severity } from '#shared/model/incident.ts';
import { severitySchema } from '#shared/model/incident.ts';
import { Crew } from './crew.tsx';
import { duration, headlineClock, targetLabel, seen } from './incident-facts.ts';
import styles from './header.module.css';
import tones from './tones.module.css';

const TRIGGER_WORDS: Record<Incident['trigger']['kind'], string> = {
  hard: 'hard trigger',
  soft: 'soft trigger',
  incident: 'incident trigger',
  manual: 'declared by hand',
};

/** What is wrong, how bad, since when, and the clock against the target. */
export function IncidentHeader(props: { readonly incident: Incident; readonly onClose: () => void }) {
  const { incident, onClose } = props;
  const nowMs = useNowMs();
  const isDrill = useDrillMark() !== null;
  const setSeverity = useCommand('Change severity', (client, operationId, severity: Severity) =>
    client.incident.setSeverity({ operationId, ...seen(incident), severity }),
  );
  const clock = headlineClock(incident, nowMs);
  const now = new Date(nowMs);
  const isOpen = incident.status === 'open';
  const refusal = useRefusal('incident.close', incident.promptId);
  return (
    <header className={styles.header}>
      {isDrill && <strong className={styles.drill}>DRILL</strong>}
      <h1 className="fb-mono">{incident.id}</h1>
      <Menu
        position="bottom-start"
        disabled={!isOpen || refusal !== null}
        withinPortal={false}
        withInitialFocusPlaceholder={false}
      >
        <Menu.Target>
          <button
            type="button"
            className={styles.severity}
            data-severity={incident.severity}
            aria-label={
              refusal === null ? `Severity ${incident.severity}, change` : `Severity ${incident.severity}`
            }
            title={refusal ?? undefined}
          >
            {incident.severity}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {severitySchema.options.map((severity) => (
            <Menu.Item key={severity} onClick={() => void setSeverity.run(severity)}>
              {severity}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <p className={styles.subject}>
        <strong>{incident.promptTitle}</strong>{' '}
        {incident.badVersion === null ? (
          <span className={tones.warn}>bad version not known yet</span>
        ) : (
          <>
            <span className={tones.candidateFigure}>{incident.badVersion}</span>{' '}
            {incident.badSha !== null && <Sha value={incident.badSha} />}
          </>
        )}
      </p>
      <p
        className={styles.trigger}
        title={`${TRIGGER_WORDS[incident.trigger.kind]}: ${incident.trigger.sentence}`}
      >
        {/* What happened comes first: on a laptop little more than the first words fit. */}
        {incident.trigger.sentence} ({TRIGGER_WORDS[incident.trigger.kind]})
      </p>
      {incident.badConversations !== null && (
        <p
          className={styles.count}
          title={`${Math.round(incident.badConversations)} conversations on ${incident.badVersion ?? 'the bad version'}`}
        >
          <span className="fb-mono">{Math.round(incident.badConversations)}</span>
          <span className="fb-hidden"> conversations</span> on {incident.badVersion ?? 'the bad version'}
        </p>
      )}
      <span className={styles.push} />
      {setSeverity.trouble && (
        <span className={tones.warn}>
          {setSeverity.trouble.title}. {setSeverity.trouble.detail}
        </span>
      )}
      <Crew incident={incident} />
      <div className={styles.clock}>
        <p>
          <span className={`fb-mono ${styles.clockValue}`} data-over={clock.isOver}>
            {duration(clock.elapsedMs)}
          </span>{' '}
          <span className="fb-dim">
            / {targetLabel(clock.targetMs)} {clock.label}
            {clock.isOver ? ', over target' : ''}
          </span>
        </p>
        <p className="fb-mono fb-dim">
          {now.toISOString().slice(11, 19)} UTC · {now.toLocaleTimeString('en-GB')} local
        </p>
      </div>
      {isOpen ? (
        <button
          type="button"
          className="fb-button"
          disabled={refusal !== null}
          title={refusal ?? undefined}
          onClick={onClose}
        >
          Close incident
        </button>
      ) : (
        <span className={styles.closed}>closed by {incident.closedBy}</span>
      )}
    </header>
  );
}
