import {
  IconAlertTriangle,
  IconCheck,
  IconCircle,
  IconClockExclamation,
  IconHelpCircle,
  IconLoader2,
  IconX,
} from '@tabler/icons-react';
import { hrefTo } from '#renderer/app/routes.ts';
import { useNowMs } from '#renderer/live/hooks.ts';
import { Panel } from '#renderer/parts/panel.tsx';
import type { Incident, VerificationCheck } from '#shared/model/incident.ts';
import { wave2Phase } from '#shared/domain/wave2/clock.ts';
import { progressOf } from '#shared/domain/wave2/playbooks.ts';
import { duration, targetLabel } from './incident-facts.ts';
import styles from './verify.module.css';
import tones from './tones.module.css';

const WORDS: Record<VerificationCheck['state'], string> = {
  waiting: 'waiting',
  running: 'checking',
  passed: 'passed',
  'cannot-tell': 'cannot tell yet',
  late: 'late',
  failed: 'failed',
};

function CheckIcon({ state }: { readonly state: VerificationCheck['state'] }) {
  const label = WORDS[state];
  switch (state) {
    case 'passed':
      return <IconCheck size={15} className={tones.ok} aria-label={label} />;
    case 'running':
      return <IconLoader2 size={15} className={tones.accent} aria-label={label} />;
    case 'cannot-tell':
      return <IconHelpCircle size={15} className={tones.unknown} aria-label={label} />;
    case 'late':
      return <IconClockExclamation size={15} className={tones.warn} aria-label={label} />;
    case 'failed':
      return <IconX size={15} className={tones.danger} aria-label={label} />;
    case 'waiting':
      return <IconCircle size={15} className={tones.faint} aria-label={label} />;
  }
}

function checkClock(check: VerificationCheck, sinceMs: number, nowMs: number): string {
  if (check.passedAtMs !== null) return `done ${duration(check.passedAtMs - sinceMs)}`;
  if (check.state === 'waiting') return targetLabel(check.targetMs);
  const elapsedMs = Math.max(0, nowMs - sinceMs);
  if (elapsedMs > check.targetMs) return `${duration(elapsedMs - check.targetMs)} over`;
  return `${duration(elapsedMs)} / ${targetLabel(check.targetMs)}`;
}

/** The checks before there is anything to check: what will be proven, and against which target. */
const PENDING_CHECKS: readonly { id: string; title: string; targetMs: number }[] = [
  { id: 'distribution', title: 'SHA distribution: all traffic on the good version', targetMs: 30_000 },
  { id: 'complaints', title: 'Complaint rate back at baseline', targetMs: 300_000 },
  { id: 'downstream', title: 'Downstream errors back at baseline', targetMs: 300_000 },
  { id: 'in-flight', title: 'In-flight conversations drained', targetMs: 60_000 },
];

/** Four checks, live, each with what to do when it fails; the verdict; wave 2. */
export function VerifyPanel({ incident }: { readonly incident: Incident }) {
  const nowMs = useNowMs();
  const { verification } = incident;
  if (!verification) {
    return (
      <Panel title="Verify" aside={<span className="fb-faint">starts with the flip</span>}>
        <ul className={styles.checks}>
          {PENDING_CHECKS.map((check) => (
            <li key={check.id} className={styles.check}>
              <IconCircle size={15} className={tones.faint} aria-label="waiting" />
              <span className="fb-dim">{check.title}</span>
              <span className="fb-mono fb-faint">{targetLabel(check.targetMs)}</span>
            </li>
          ))}
        </ul>
        <Wave2Note incident={incident} />
      </Panel>
    );
  }

  const attentionLeftMs = verification.attentionEndsMs - nowMs;
  const isSettled = verification.verdict === 'recovered';
  return (
    <Panel
      title="Verify"
      aside={
        <span className="fb-dim">
          {attentionLeftMs > 0
            ? `${Math.ceil(attentionLeftMs / 60_000)} min of attention left`
            : 'attention window over'}
        </span>
      }
    >
      <ul className={styles.checks}>
        {verification.checks.map((check) => (
          <li key={check.id} className={styles.check} data-check={check.id} data-state={check.state}>
            <CheckIcon state={check.state} />
            <div className={styles.checkBody}>
              <span className={styles.checkTitle}>{check.title}</span>
              <span className="fb-dim">{check.detail}</span>
              {check.advice !== null && <span className={styles.advice}>{check.advice}</span>}
              {check.progress01 !== null && check.state !== 'passed' && (
                <progress
                  className={styles.progress}
                  max={1}
                  value={check.progress01}
                  aria-label={`${check.title}: evidence so far`}
                />
              )}
            </div>
            <span className="fb-mono fb-dim">{checkClock(check, verification.sinceMs, nowMs)}</span>
          </li>
        ))}
      </ul>
      <p className={styles.verdict} data-verdict={verification.verdict} role="status">
        {isSettled ? (
          <IconCheck size={15} className={tones.ok} aria-hidden />
        ) : verification.verdict === 'running' || verification.verdict === 'cannot-tell' ? (
          <IconHelpCircle size={15} className={tones.unknown} aria-hidden />
        ) : (
          <IconAlertTriangle size={15} className={tones.warn} aria-hidden />
        )}
        <span>{verification.sentence}</span>
      </p>
      <Wave2Note incident={incident} />
    </Panel>
  );
}

/** Suspected, open, or over with work left: what it is, and the way to its workbench. */
function Wave2Note({ incident }: { readonly incident: Incident }) {
  const phase = wave2Phase(incident);
  if (phase === 'none') return null;
  const { wave2, verification } = incident;
  const progress = wave2 ? progressOf(wave2) : null;
  const steps =
    progress !== null && progress.total > 0
      ? ` ${progress.finished} of ${progress.total} steps finished.`
      : '';
  const life = wave2?.life ?? null;
  const reason = life?.reason ?? verification?.wave2.sentence ?? '';
  return (
    <p className={styles.wave2} data-phase={phase} role={phase === 'ended' ? undefined : 'alert'}>
      {phase === 'ended' ? <IconCheck size={15} aria-hidden /> : <IconAlertTriangle size={15} aria-hidden />}
      <span>
        <strong>Wave 2{phase === 'ended' ? ' is over' : ''}.</strong>{' '}
        {phase === 'ended' ? life?.end?.reason : reason}
        {steps} <a href={hrefTo('wave2', { incidentId: incident.id })}>Open its workbench</a>
      </span>
    </p>
  );
}
