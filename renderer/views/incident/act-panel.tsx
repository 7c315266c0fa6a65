import { IconAlertTriangle, IconExternalLink } from '@tabler/icons-react';
import { useRef } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { clockLabel, percent } from '#renderer/parts/charts/chart-model.ts';
import { markedText } from '#renderer/app/drill/drill-words.ts';
import { useDrillMark } from '#renderer/live/hooks.ts';
import { CopyButton } from '#renderer/parts/copy-button.tsx';
import { ExternalLink } from '#renderer/parts/external-link.tsx';
import { HoldButton } from '#renderer/parts/hold-button.tsx';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import type { Client } from '#renderer/client/client.ts';
import { changedSince } from '#shared/domain/rollback/changed-since.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { Rollback, RollbackPlan } from '#shared/model/rollback.ts';
import { FailureNote } from './failure-note.tsx';
import { currentRollback, isInEffect, isUnderWay } from './incident-facts.ts';
import { Press } from './press.tsx';
import { Notices, RollbackCard, statusLine } from './rollback-card.tsx';
import styles from './act.module.css';
import tones from './tones.module.css';

type Props = { readonly incident: Incident; readonly prompt: PromptStatus | null };

/** The one click, what exactly it will change, what became of it, and the way back. */
export function ActPanel({ incident, prompt }: Props) {
  const isDrill = useDrillMark() !== null;
  const rollback = currentRollback(incident);
  const changed = changedSince(rollback, prompt?.lever ?? null);
  const isFlipped = rollback !== null && rollback.undoes === null && isInEffect(rollback) && changed === null;
  const isMoving = rollback !== null && isUnderWay(rollback);
  const isOpen = incident.status === 'open';
  const noWayBack = incident.noWayBack ?? null;
  const plan = usePulled(
    isOpen
      ? `plan:${incident.id}:${prompt?.lever?.revision ?? 'unread'}:${incident.rollbacks.length}:${rollback?.state ?? ''}`
      : null,
    (api: Client) => api.rollback.plan({ promptId: incident.promptId, toVersion: incident.goodVersion }),
  );
  const consoleUrl = plan.data?.consoleUrl ?? prompt?.lever?.consoleUrl ?? null;

  const press = useCommand('Roll back', (client, operationId, input: { held: boolean; plan: RollbackPlan }) =>
    client.rollback.press({
      operationId,
      promptId: incident.promptId,
      incidentId: incident.id,
      lever: input.plan.lever,
      toVersion: input.plan.toVersion,
      revisionShown: input.plan.state?.revision ?? null,
      held: input.held,
    }),
  );
  const undo = useCommand('Undo rollback', (client, operationId, of: Rollback) =>
    client.rollback.undo({ operationId, undoes: of.operationId, held: true }),
  );
  const pause = useCommand('Pause ramp', (client, operationId, share01: number) =>
    client.rollback.pauseRamp({ operationId, promptId: incident.promptId, incidentId: incident.id, share01 }),
  );
  const undoButton = useRef<HTMLButtonElement>(null);
  const links = useRef<HTMLDivElement>(null);
  useAction({
    id: 'incident.undo',
    title: 'Undo rollback (puts the focus on the button)',
    keys: 'u',
    isEnabled: isOpen && isFlipped,
    run: () => undoButton.current?.focus(),
  });
  useAction({
    id: 'incident.flag-console',
    title: 'Open flag console',
    keys: 'o',
    isEnabled: consoleUrl !== null,
    run: () => links.current?.querySelector('a')?.click(),
  });
  const refusal = useRefusal('rollback.press', incident.promptId);
  const isBusy = press.isPending || undo.isPending || pause.isPending || refusal !== null;
  const canPress = isOpen && !isFlipped && !isMoving;
  const onPress = (held: boolean, chosen: RollbackPlan) => void press.run({ held, plan: chosen });

  return (
    <Panel title="Act" aside={isOpen ? undefined : <span className="fb-dim">incident closed</span>}>
      {rollback && <RollbackCard rollback={rollback} changed={changed} />}
      {canPress && noWayBack !== null && (
        <p className={tones.warn}>
          <IconAlertTriangle size={13} aria-hidden /> No button goes back. {noWayBack} Triage says what it is;
          the way out is a fix.
        </p>
      )}
      {canPress && noWayBack === null && (
        <Press
          incident={incident}
          plan={plan}
          isBusy={isBusy}
          refusal={refusal}
          isSending={press.isPending}
          onPress={onPress}
        />
      )}
      {rollback && <Notices notices={rollback.notices} />}
      <div className={styles.actions} ref={links}>
        {isOpen && isFlipped && rollback && (
          <HoldButton
            ref={undoButton}
            label="Undo rollback"
            reason={`Puts ${rollback.fromVersion ?? 'the bad version'} back into traffic, as it was before ${clockLabel(rollback.pressedAtMs)}.`}
            disabled={isBusy}
            onHeld={() => void undo.run(rollback)}
          />
        )}
        {canPress && plan.data && (
          <PauseRamp plan={plan.data} isBusy={isBusy} onPause={(share01) => void pause.run(share01)} />
        )}
        {consoleUrl !== null && (
          <ExternalLink href={consoleUrl} className="fb-button">
            Open flag console <IconExternalLink size={13} aria-hidden /> <KeyHint keys="O" />
          </ExternalLink>
        )}
        {canPress && <RegistryPath incident={incident} isBusy={isBusy} onPress={onPress} />}
        {rollback && (
          <CopyButton label="Copy status line" text={markedText(statusLine(rollback, incident), isDrill)} />
        )}
      </div>
      {[press, undo, pause].map((command, index) => (
        <FailureNote
          key={['press', 'undo', 'pause'][index]}
          trouble={command.trouble}
          onDismiss={command.clear}
        />
      ))}
    </Panel>
  );
}

/** Holds the ramp where it is: for when the tree says fix forward. */
function PauseRamp(props: {
  readonly plan: RollbackPlan;
  readonly isBusy: boolean;
  readonly onPause: (share01: number) => void;
}) {
  const { plan, isBusy, onPause } = props;
  const share01 = plan.fromShare01;
  if (share01 === null || share01 === 0 || plan.blocked !== null) return null;
  return (
    <button
      type="button"
      className="fb-button"
      disabled={isBusy}
      title={`Keeps ${plan.fromVersion ?? 'the candidate'} at ${percent(share01)} and records it.`}
      onClick={() => onPause(share01)}
    >
      Pause ramp
    </button>
  );
}

/** The second lever, where the prompt has one: slower, and there when no flag wraps the prompt. */
function RegistryPath(props: {
  readonly incident: Incident;
  readonly isBusy: boolean;
  readonly onPress: (held: boolean, plan: RollbackPlan) => void;
}) {
  const { incident, isBusy, onPress } = props;
  const plan = usePulled(`plan:registry:${incident.id}:${incident.rollbacks.length}`, (api: Client) =>
    api.rollback.plan({ promptId: incident.promptId, lever: 'registry', toVersion: incident.goodVersion }),
  );
  if (!plan.data || plan.data.blocked !== null) return null;
  const registry = plan.data;
  return (
    <button
      type="button"
      className="fb-button"
      title={registry.effect}
      disabled={isBusy}
      onClick={() => onPress(false, registry)}
    >
      Re-point registry to {registry.toVersion}
    </button>
  );
}
