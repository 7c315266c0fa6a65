import { Panel } from '#renderer/parts/panel.tsx';
import type { EvalSuiteStatus } from '#shared/model/eval-case.ts';
import type { Draft } from './draft.ts';
import styles from './eval.module.css';

/** The case's name and the suite it goes into. */
export function NamePanel(props: {
  readonly draft: Draft;
  readonly suites: readonly EvalSuiteStatus[] | null;
  readonly error: string | null;
  readonly onEdit: (change: Partial<Draft>) => void;
}) {
  const { draft, suites, error, onEdit } = props;
  const chosen = suites?.find(({ id }) => id === draft.suiteId) ?? null;
  return (
    <Panel title="4 Name and suite">
      <div className="fb-form">
        <label>
          Name
          <input
            className={styles.input}
            maxLength={120}
            value={draft.name}
            placeholder="greets the customer by name"
            onChange={(event) => onEdit({ name: event.currentTarget.value })}
          />
        </label>
        {suites !== null && suites.length > 0 && (
          <label>
            Suite
            <select
              value={draft.suiteId}
              onChange={(event) => onEdit({ suiteId: event.currentTarget.value })}
            >
              <option value="">Choose a suite</option>
              {suites.map((suite) => (
                <option key={suite.id} value={suite.id}>
                  {suite.id} ({suite.format}, {suite.path})
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {error !== null && <p className="fb-warn-text">{error}</p>}
      {suites?.length === 0 && (
        <p className="fb-warn-text">
          No eval suite is configured for this prompt. Add one under <code>evals</code> of the prompt in the
          workspace file: its checkout, its file and the command that runs it. The case is kept meanwhile.
        </p>
      )}
      {chosen?.problem != null && <p className="fb-warn-text">{chosen.problem}</p>}
      {chosen !== null && chosen.problem === null && (
        <p className="fb-dim">
          <code>{chosen.checkout}</code> on {chosen.branch ?? 'no branch'} {chosen.head?.slice(0, 8) ?? ''},
          run by <code>{chosen.command.join(' ')}</code>
        </p>
      )}
    </Panel>
  );
}
