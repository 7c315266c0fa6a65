import { Menu } from '@mantine/core';
import { Suspense, lazy } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { Panel } from '#renderer/parts/panel.tsx';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import type { DecisionAnswer, DecisionOutcome, DecisionQuestion, Incident } from '#shared/model/incident.ts';
import { OUTCOME_WORDS, QUESTION_WORDS } from './decide-layout.ts';
import { FailureNote } from './failure-note.tsx';
import { seen } from './incident-facts.ts';
import styles from './decide.module.css';

const DecideTree = lazy(async () => ({ default: (await import('./decide-tree.tsx')).DecideTree }));

/** What a person may record by hand. Recording never touches a lever: rolling back is the button under Act. */
const RECORDABLE: readonly DecisionOutcome[] = ['roll-back', 'forward-fix', 'keep-ramping', 'not-the-prompt'];

/** The tree with its answers, and what it advises. Once rolled back it folds to the recorded decision. */
export function DecidePanel({
  incident,
  isFolded,
}: {
  readonly incident: Incident;
  readonly isFolded: boolean;
}) {
  const { decision } = incident;
  const refusal = useRefusal('incident.decide', incident.promptId);
  const isLocked = refusal !== null || incident.status === 'closed' || decision.recorded !== null;

  const answer = useCommand(
    'Answer',
    (client, operationId, input: { question: DecisionQuestion; answer: DecisionAnswer['answer'] }) =>
      client.incident.answer({ operationId, ...seen(incident), ...input }),
  );
  const decide = useCommand('Record decision', (client, operationId, outcome: DecisionOutcome) =>
    client.incident.decide({ operationId, ...seen(incident), outcome }),
  );

  const recorded = decision.recorded;
  return (
    <Panel
      title="Decide"
      aside={
        recorded ? (
          <span className="fb-dim">
            recorded {clockLabel(recorded.atMs)} by {recorded.by}
          </span>
        ) : (
          <span className="fb-faint">answered from evidence, yours to change</span>
        )
      }
    >
      {isFolded || recorded ? (
        <dl className={styles.answers}>
          {decision.answers.map((entry) => (
            <div key={entry.question}>
              <dt>{QUESTION_WORDS[entry.question]}</dt>
              <dd className={styles.answer}>{entry.answer === 'unknown' ? 'not known' : entry.answer}</dd>
              <dd className={styles.answerEvidence}>{entry.evidence}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <Suspense fallback={<p className="fb-faint">Loading the decision tree.</p>}>
          <DecideTree
            decision={decision}
            goodVersion={incident.noWayBack ? null : incident.goodVersion}
            isLocked={isLocked}
            onAnswer={(question, value) => void answer.run({ question, answer: value })}
          />
        </Suspense>
      )}
      <p className={styles.decisionAdvice}>
        {recorded ? (
          <strong>
            {recorded.outcome === 'roll-back'
              ? `Rolled back to ${incident.goodVersion}`
              : OUTCOME_WORDS[recorded.outcome]}
          </strong>
        ) : (
          <span>{decision.adviceSentence}</span>
        )}
        {!recorded &&
          decision.advice !== 'roll-back' &&
          decision.advice !== 'undecided' &&
          incident.status === 'open' && (
            <button
              type="button"
              className="fb-button"
              disabled={decide.isPending || refusal !== null}
              title={refusal ?? undefined}
              onClick={() => void decide.run(decision.advice)}
            >
              Record: {OUTCOME_WORDS[decision.advice].toLowerCase()}
            </button>
          )}
        {incident.status === 'open' && (
          <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false}>
            <Menu.Target>
              <button
                type="button"
                className="fb-button fb-button-quiet"
                disabled={decide.isPending || refusal !== null}
                title={refusal ?? undefined}
              >
                {recorded ? 'Decide anew' : 'Other'}
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              {RECORDABLE.filter((outcome) => outcome !== recorded?.outcome).map((outcome) => (
                <Menu.Item key={outcome} onClick={() => void decide.run(outcome)}>
                  Record: {OUTCOME_WORDS[outcome].toLowerCase()}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
      </p>
      <FailureNote
        trouble={answer.trouble ?? decide.trouble}
        onDismiss={answer.trouble ? answer.clear : decide.clear}
      />
    </Panel>
  );
}
