import {
  IconAlertTriangle,
  IconCheck,
  IconCircle,
  IconCircleDotted,
  IconPlayerPlayFilled,
} from '@tabler/icons-react';
import { clockWords } from '#renderer/parts/age-words.ts';
import { Chip } from '#renderer/parts/chip.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { spanWords } from '#shared/domain/history/words.ts';
import type { DrillState } from '#shared/model/drill.ts';
import { LOOP_STEPS, type LoopStep } from '#shared/model/incident.ts';
import styles from './console.module.css';

/** What the team has on its screens: each incident with its loop, every step's clock against its target. */
export function IncidentsPanel({ drill, nowMs }: { readonly drill: DrillState; readonly nowMs: number }) {
  return (
    <Panel title="Incidents" note={drill.incidents.length === 0 ? 'none yet' : `${drill.incidents.length}`}>
      {drill.incidents.length === 0 && (
        <p className="fb-dim">
          {drill.phase === 'briefing'
            ? 'The world is healthy. Read out the brief, then begin.'
            : 'No alarm so far, and nobody has declared one.'}
        </p>
      )}
      {drill.incidents.map((incident) => (
        <section key={incident.id} aria-label={incident.id} className={styles.incident}>
          <h3>
            <span className="fb-mono">{incident.id}</span> <span className="fb-dim">{incident.promptId}</span>{' '}
            <Chip tone={incident.status === 'open' ? 'accent' : 'ok'}>{incident.status}</Chip>
            {incident.verdict !== null && <span className="fb-dim">verdict: {incident.verdict}</span>}
          </h3>
          <ol className={styles.steps}>
            {incident.steps.map((step) => (
              <Step key={step.id} step={step} nowMs={nowMs} />
            ))}
          </ol>
        </section>
      ))}
    </Panel>
  );
}

function Step({ step, nowMs }: { readonly step: LoopStep; readonly nowMs: number }) {
  const elapsedMs = step.startedAtMs === null ? null : (step.doneAtMs ?? nowMs) - step.startedAtMs;
  const isOver = elapsedMs !== null && elapsedMs > step.targetMs;
  return (
    <li
      data-state={step.state}
      data-over={isOver || undefined}
      aria-current={step.state === 'active' ? 'step' : undefined}
    >
      <StepIcon state={step.state} isOver={isOver} />
      <span>{LOOP_STEPS.find(({ id }) => id === step.id)?.title ?? step.id}</span>
      <span className={`fb-mono ${styles.stepClock}`}>
        {step.state === 'skipped' ? (
          <span className="fb-faint">not needed</span>
        ) : (
          <>
            {elapsedMs !== null && clockWords(elapsedMs)}
            <span className="fb-faint">
              {elapsedMs !== null && ' / '}
              {spanWords(step.targetMs)}
            </span>
            {isOver && <span className="fb-warn-text"> over</span>}
          </>
        )}
      </span>
    </li>
  );
}

function StepIcon({ state, isOver }: { readonly state: LoopStep['state']; readonly isOver: boolean }) {
  if (isOver && state !== 'skipped')
    return (
      <IconAlertTriangle size={14} aria-label={state === 'done' ? 'done, over target' : 'now, over target'} />
    );
  switch (state) {
    case 'done':
      return <IconCheck size={14} aria-label="done" />;
    case 'active':
      return <IconPlayerPlayFilled size={12} aria-label="now" />;
    case 'skipped':
      return <IconCircleDotted size={14} aria-label="not needed" />;
    case 'waiting':
      return <IconCircle size={14} aria-label="not reached" />;
  }
}
