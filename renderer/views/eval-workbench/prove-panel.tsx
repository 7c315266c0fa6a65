import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useAction } from '#renderer/app/actions.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { useEngine } from '#renderer/live/hooks.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { LiveRegion } from '#renderer/parts/live-region.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import type { EvalCase, EvalProof, EvalSuiteStatus } from '#shared/model/eval-case.ts';
import type { Incident } from '#shared/model/incident.ts';
import { TroubleNote } from './trouble-note.tsx';
import styles from './eval.module.css';

/** The runs on both versions, as they come in, and what they prove. */
export function ProvePanel(props: {
  readonly incident: Incident;
  readonly one: EvalCase | null;
  readonly suites: readonly EvalSuiteStatus[] | null;
  readonly onDone: (one: EvalCase) => void;
}) {
  const { incident, one, suites, onDone } = props;
  const suite = suites?.find(({ id }) => id === one?.content.suiteId) ?? null;
  const prove = useCommand('Prove the case', (client, operationId, input: EvalCase) =>
    client.evalCase.prove({ operationId, caseId: input.id, revisionShown: input.revision }),
  );
  const cancel = useCommand('Cancel the proof', (client, operationId, input: EvalCase) =>
    client.evalCase.cancel({ operationId, caseId: input.id }),
  );
  const isRunning = one?.state === 'proving';
  const isWritten = one?.written != null && !one.written.isStale;
  const canProve = isWritten && !isRunning && !prove.isPending;
  const run = async (command: typeof prove) => {
    if (one === null) return;
    const after = await command.run(one);
    if (after !== null) onDone(after);
  };
  useAction({
    id: 'eval.prove',
    title: 'Prove the eval case on both versions',
    keys: 'p',
    isEnabled: canProve,
    run: () => void run(prove),
  });
  const proof = one?.proof ?? null;
  return (
    <Panel
      title="6 Prove"
      note={`fails on ${incident.badVersion ?? '?'}, passes on ${incident.goodVersion}`}
      aside={
        suite && (
          <span>
            {suite.rule.repeats} runs each,{' '}
            {suite.rule.flipsAllowed === 0
              ? 'all must agree'
              : `at most ${suite.rule.flipsAllowed} may differ`}
          </span>
        )
      }
    >
      {!isWritten && <p className="fb-dim">Write the case first: the runs are of the real files.</p>}
      {proof && <Verdict proof={proof} />}
      {proof && proof.runs.length > 0 && <Runs proof={proof} />}
      <div className="fb-row">
        <button
          type="button"
          className="fb-button fb-button-primary"
          disabled={!canProve}
          onClick={() => void run(prove)}
        >
          {proof ? 'Prove it again' : 'Prove it'}
        </button>
        {isRunning && (
          <button
            type="button"
            className="fb-button"
            disabled={cancel.isPending}
            onClick={() => void run(cancel)}
          >
            Cancel the runs
          </button>
        )}
      </div>
      <TroubleNote
        trouble={prove.trouble ?? cancel.trouble}
        onDismiss={prove.trouble ? prove.clear : cancel.clear}
      />
    </Panel>
  );
}

function Verdict({ proof }: { readonly proof: EvalProof }) {
  const total = proof.rule.repeats * 2;
  const here = useEngine()?.engineId ?? null;
  const isElsewhere = proof.state === 'running' && proof.engineId !== here;
  const text = isElsewhere
    ? `It runs in another cockpit, where ${proof.startedBy} began it. The verdict comes here when it is over.`
    : verdictText(proof, total);
  const tone = proof.verdict === null ? 'plain' : proof.verdict.isAccepted ? 'ok' : 'warn';
  return (
    <div className={styles.verdict} data-tone={tone}>
      {tone === 'ok' && <IconCircleCheck size={16} aria-hidden />}
      {tone === 'warn' && <IconAlertTriangle size={16} aria-hidden />}
      <p>{text}</p>
      {proof.state === 'running' && !isElsewhere && (
        <progress aria-label="Runs done" max={total} value={proof.runs.length} />
      )}
      <LiveRegion text={proof.state === 'running' ? '' : text} />
    </div>
  );
}

function verdictText(proof: EvalProof, total: number): string {
  switch (proof.state) {
    case 'running':
      return `${proof.runs.length} of ${total} runs done.`;
    case 'cancelled':
      return 'The runs were cancelled; nothing is proven.';
    case 'interrupted':
      return 'Fusebox stopped during the runs; nothing is proven. Prove it again.';
    case 'finished':
      return proof.verdict === null
        ? 'No verdict.'
        : `${proof.verdict.isAccepted ? 'Accepted.' : 'Refused.'} ${proof.verdict.sentence}`;
  }
}

const VERDICT_WORDS = { pass: 'passed', fail: 'failed', error: 'broke' } as const;

function Runs({ proof }: { readonly proof: EvalProof }) {
  return (
    <ScrollArea className={styles.runs} name="Runs">
      <table>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col">Wanted</th>
            <th scope="col">Run</th>
            <th scope="col">At</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {proof.runs.map((run, index) => {
            const isWanted = run.verdict === (run.role === 'bad' ? 'fail' : 'pass');
            return (
              <tr key={index}>
                <td>
                  {run.version} <span className="fb-dim">({run.role})</span>
                </td>
                <td className="fb-dim">{run.role === 'bad' ? 'fails' : 'passes'}</td>
                <td className={isWanted ? undefined : 'fb-warn-text'}>
                  {VERDICT_WORDS[run.verdict]}
                  {isWanted ? '' : ', not as wanted'}
                </td>
                <td className="fb-mono">{clockLabel(run.startedAtMs, true)}</td>
                <td>{run.detail}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollArea>
  );
}
