import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react';
import { useAction } from '#renderer/app/actions.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { Panel } from '#renderer/parts/panel.tsx';
import type { EvalCase } from '#shared/model/eval-case.ts';
import { TroubleNote } from './trouble-note.tsx';
import styles from './eval.module.css';

/** Whether continuous integration runs the suite on every change. */
export function GatePanel(props: {
  readonly one: EvalCase | null;
  readonly onDone: (one: EvalCase) => void;
}) {
  const { one, onDone } = props;
  const check = useCommand('Check the gate', (client, operationId, input: EvalCase) =>
    client.evalCase.checkGate({ operationId, caseId: input.id, revisionShown: input.revision }),
  );
  const isProven = one?.state === 'proven' || one?.state === 'gated';
  const press = async () => {
    if (one === null) return;
    const after = await check.run(one);
    if (after !== null) onDone(after);
  };
  useAction({
    id: 'eval.gate',
    title: 'Check that CI runs the eval case',
    keys: 'c',
    isEnabled: isProven,
    run: () => void press(),
  });
  const gate = one?.gate ?? null;
  return (
    <Panel
      title="7 Gate"
      note="no change ships past it"
      aside={
        gate && (
          <span>
            checked {clockLabel(gate.checkedAtMs, true)} by {gate.checkedBy}
          </span>
        )
      }
    >
      {!isProven && <p className="fb-dim">Only a proven case can be a gate.</p>}
      {gate && (
        <div className={styles.verdict} data-tone={gate.isGated ? 'ok' : 'warn'}>
          {gate.isGated ? (
            <IconShieldCheck size={16} aria-hidden />
          ) : (
            <IconAlertTriangle size={16} aria-hidden />
          )}
          <p role="status">{gate.isGated ? gate.sentence : 'Not gated in continuous integration.'}</p>
        </div>
      )}
      {gate && gate.findings.length > 0 && (
        <ul className={styles.findings} aria-label="What stands against it">
          {gate.findings.map((finding) => (
            <li key={finding}>{finding}</li>
          ))}
        </ul>
      )}
      <div className="fb-row">
        <button
          type="button"
          className="fb-button fb-button-primary"
          disabled={!isProven || check.isPending}
          onClick={() => void press()}
        >
          {gate ? 'Check again' : 'Check the gate'}
        </button>
      </div>
      <TroubleNote trouble={check.trouble} onDismiss={check.clear} />
    </Panel>
  );
}
