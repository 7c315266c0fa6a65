import { IconCheck, IconCircle, IconCircleMinus, IconProgress } from '@tabler/icons-react';
import { useState } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import type { PlannedStep } from '#shared/domain/wave2/playbooks.ts';
import { wave2StepStateSchema, type Wave2StepState } from '#shared/model/wave2.ts';
import { ReasonDialog } from './reason-dialog.tsx';
import { shortMoment, STEP_WORDS } from './words.ts';
import styles from './wave2.module.css';

const ICONS = {
  open: <IconCircle size={15} aria-hidden />,
  doing: <IconProgress size={15} aria-hidden />,
  done: <IconCheck size={15} aria-hidden />,
  'not-needed': <IconCircleMinus size={15} aria-hidden />,
};

/** One step of a repair: its state, its owner, and who said so when. */
export function StepRow(props: {
  readonly step: PlannedStep;
  readonly incidentId: string;
  readonly owners: readonly string[];
  readonly nowMs: number;
}) {
  const { step, incidentId, nowMs } = props;
  const { key, now } = step;
  const state = now?.state ?? 'open';
  const [owner, setOwner] = useState(now?.owner ?? '');
  const [isAsking, setAsking] = useState(false);
  const ownerOrNone = owner.trim() === '' ? null : owner.trim();
  const revisionShown = now?.revision ?? 0;
  const save = useCommand(
    'Change the step',
    (client, operationId, change: { state: Wave2StepState; owner: string | null; reason: string | null }) =>
      client.wave2.setStep({ operationId, incidentId, step: key, revisionShown, ...change }),
  );
  const choose = (next: Wave2StepState) => {
    if (next === 'not-needed') setAsking(true);
    else void save.run({ state: next, owner: ownerOrNone, reason: null });
  };
  const saveOwner = () => {
    if (ownerOrNone === (now?.owner ?? null)) return;
    void save.run({ state, owner: ownerOrNone, reason: now?.reason ?? null });
  };
  return (
    <li className={styles.step} data-state={state}>
      <span className={styles.stepIcon}>{ICONS[state]}</span>
      <div className={styles.stepBody}>
        <span className={styles.stepTitle}>{step.title}</span>
        <span className="fb-dim">{step.detail}</span>
        {now !== null && (
          <span className={styles.stepWho}>
            {STEP_WORDS[state]}
            {now.reason !== null && `: ${now.reason}`} · {now.by} {shortMoment(now.atMs, nowMs)}
          </span>
        )}
        {save.trouble && (
          <ErrorState title={save.trouble.title} detail={save.trouble.detail} next={save.trouble.next} />
        )}
      </div>
      <input
        className={styles.input}
        aria-label={`Owner: ${step.title}`}
        placeholder="owner"
        list="wave2-owners"
        maxLength={120}
        value={owner}
        onChange={(event) => setOwner(event.currentTarget.value)}
        onBlur={saveOwner}
        onKeyDown={(event) => {
          if (event.key === 'Enter') saveOwner();
        }}
      />
      <select
        className={styles.input}
        aria-label={`State: ${step.title}`}
        value={state}
        disabled={save.isPending}
        onChange={(event) => choose(wave2StepStateSchema.parse(event.currentTarget.value))}
      >
        {wave2StepStateSchema.options.map((option) => (
          <option key={option} value={option}>
            {STEP_WORDS[option]}
          </option>
        ))}
      </select>
      <ReasonDialog
        ask={
          isAsking
            ? {
                what: 'Change the step',
                title: `Not needed: ${step.title}`,
                label: 'Why it is not needed',
                text: 'The reason stands in the timeline and no longer blocks closing.',
                button: 'Not needed',
              }
            : null
        }
        draftKey={`wave2.step:${incidentId}:${key}`}
        send={(client, operationId, reason) =>
          client.wave2.setStep({
            operationId,
            incidentId,
            step: key,
            revisionShown,
            state: 'not-needed',
            owner: ownerOrNone,
            reason,
          })
        }
        onDone={() => setAsking(false)}
      />
    </li>
  );
}
