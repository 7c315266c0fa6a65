import {
  IconAlertTriangle,
  IconCheck,
  IconCircle,
  IconCircleDotted,
  IconPlayerPlayFilled,
} from '@tabler/icons-react';
import { hrefTo } from '#renderer/app/routes.ts';
import { useNowMs } from '#renderer/live/hooks.ts';
import { Panel } from '#renderer/parts/panel.tsx';
import type { LoopStep } from '#shared/model/incident.ts';
import { LOOP_STEPS } from '#shared/model/incident.ts';
import { duration, stepElapsedMs, targetLabel } from './incident-facts.ts';
import styles from './loop.module.css';
import tones from './tones.module.css';

const titleOf = (step: LoopStep) => LOOP_STEPS.find((known) => known.id === step.id)?.title ?? step.id;

function StepIcon({ step, isOver }: { readonly step: LoopStep; readonly isOver: boolean }) {
  switch (step.state) {
    case 'done':
      return isOver ? (
        <IconCheck size={14} className={tones.warn} aria-label="done, over target" />
      ) : (
        <IconCheck size={14} className={tones.ok} aria-label="done" />
      );
    case 'active':
      return isOver ? (
        <IconAlertTriangle size={14} className={tones.warn} aria-label="now, over target" />
      ) : (
        <IconPlayerPlayFilled size={12} className={tones.accent} aria-label="now" />
      );
    case 'skipped':
      return <IconCircleDotted size={14} className={tones.faint} aria-label="not needed" />;
    case 'waiting':
      return <IconCircle size={14} className={tones.faint} aria-label="not reached" />;
  }
}

/** The seven steps with their clocks against the targets. */
export function LoopRail(props: { readonly incidentId: string; readonly steps: readonly LoopStep[] }) {
  const { incidentId, steps } = props;
  const nowMs = useNowMs();
  return (
    <Panel title="Loop">
      <ol className={styles.loop}>
        {steps.map((step) => {
          const elapsedMs = stepElapsedMs(step, nowMs);
          const isOver = elapsedMs !== null && elapsedMs > step.targetMs;
          return (
            <li
              key={step.id}
              className={styles.step}
              data-state={step.state}
              aria-current={step.state === 'active' ? 'step' : undefined}
              title={step.note ?? undefined}
            >
              <span className={styles.stepIcon}>
                <StepIcon step={step} isOver={isOver} />
              </span>
              {step.id === 'note' || step.id === 'eval' ? (
                <a href={hrefTo(step.id === 'note' ? 'postmortem' : 'eval', { incidentId })}>
                  {titleOf(step)}
                </a>
              ) : (
                <span>{titleOf(step)}</span>
              )}
              <span className={`fb-mono ${styles.stepClock}`}>
                {elapsedMs !== null && step.state !== 'skipped' && (
                  <span className={isOver ? tones.warn : undefined}>{duration(elapsedMs)}</span>
                )}
                <span className="fb-faint">
                  {elapsedMs === null || step.state === 'skipped' ? '' : ' / '}
                  {step.state === 'skipped' ? 'not needed' : targetLabel(step.targetMs)}
                </span>
              </span>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
