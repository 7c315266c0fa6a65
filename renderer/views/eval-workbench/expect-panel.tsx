import { IconAlertTriangle, IconCircleCheck, IconTrash } from '@tabler/icons-react';
import { Panel } from '#renderer/parts/panel.tsx';
import { holds } from '#shared/domain/evals/content.ts';
import type { EvalAssertion, EvalAssertionKind } from '#shared/model/eval-case.ts';
import { ASSERTION_WORDS, newAssertion, redactedTexts, type Draft } from './draft.ts';
import styles from './eval.module.css';

const KINDS = Object.keys(ASSERTION_WORDS) as EvalAssertionKind[];

/** What the output must be like: a desired output, and one check or more. */
export function ExpectPanel(props: {
  readonly draft: Draft;
  readonly onEdit: (change: Partial<Draft>) => void;
}) {
  const { draft, onEdit } = props;
  const badOutput = redactedTexts(draft).at(-1)?.text ?? '';
  const set = (index: number, assertion: EvalAssertion | null) =>
    onEdit({
      assertions:
        assertion === null
          ? draft.assertions.filter((_, other) => other !== index)
          : draft.assertions.with(index, assertion),
    });
  return (
    <Panel title="3 Expect" note="what a good output is like">
      <div className="fb-form">
        <label>
          Desired output (the gold answer; optional)
          <textarea
            rows={2}
            value={draft.gold}
            onChange={(event) => onEdit({ gold: event.currentTarget.value })}
          />
        </label>
      </div>
      {draft.assertions.length === 0 && <p className="fb-dim">No check yet: the output must…</p>}
      <ol className={styles.checks} aria-label="Checks">
        {draft.assertions.map((assertion, index) => (
          <li key={index} className={styles.check}>
            <select
              aria-label={`Check ${index + 1}: the output`}
              className={styles.input}
              value={assertion.kind}
              onChange={(event) => set(index, newAssertion(event.currentTarget.value as EvalAssertionKind))}
            >
              {KINDS.map((kind) => (
                <option key={kind} value={kind}>
                  {ASSERTION_WORDS[kind]}
                </option>
              ))}
            </select>
            <Fields index={index} assertion={assertion} onChange={(next) => set(index, next)} />
            <button
              type="button"
              className="fb-button fb-button-quiet"
              aria-label={`Remove check ${index + 1}`}
              onClick={() => set(index, null)}
            >
              <IconTrash size={14} aria-hidden />
            </button>
            <FirstLook assertion={assertion} badOutput={badOutput} />
          </li>
        ))}
      </ol>
      <button
        type="button"
        className="fb-button"
        disabled={draft.assertions.length >= 8}
        onClick={() => onEdit({ assertions: [...draft.assertions, newAssertion('contains')] })}
      >
        Add a check
      </button>
    </Panel>
  );
}

function Fields(props: {
  readonly index: number;
  readonly assertion: EvalAssertion;
  readonly onChange: (assertion: EvalAssertion) => void;
}) {
  const { index, assertion, onChange } = props;
  const what = `Check ${index + 1}`;
  switch (assertion.kind) {
    case 'contains':
    case 'not-contains':
      return (
        <>
          <Text
            label={`${what}: text`}
            value={assertion.value}
            onChange={(value) => onChange({ ...assertion, value })}
          />
          <label className="fb-row">
            <input
              type="checkbox"
              checked={assertion.ignoreCase}
              onChange={(event) => onChange({ ...assertion, ignoreCase: event.currentTarget.checked })}
            />
            any case
          </label>
        </>
      );
    case 'equals':
    case 'first-sentence-contains':
      return (
        <Text
          label={`${what}: text`}
          value={assertion.value}
          onChange={(value) => onChange({ ...assertion, value })}
        />
      );
    case 'regex':
    case 'not-regex':
      return (
        <Text
          label={`${what}: regular expression`}
          value={assertion.pattern}
          onChange={(pattern) => onChange({ ...assertion, pattern })}
        />
      );
    case 'at-most-characters':
      return (
        <NumberField
          label={`${what}: characters`}
          value={assertion.characters}
          step={1}
          onChange={(characters) => onChange({ ...assertion, characters })}
        />
      );
    case 'rubric':
      return (
        <>
          <Text
            label={`${what}: criterion for the judge`}
            value={assertion.criteria}
            onChange={(criteria) => onChange({ ...assertion, criteria })}
          />
          <NumberField
            label={`${what}: threshold`}
            value={assertion.threshold01}
            step={0.05}
            onChange={(value) => onChange({ ...assertion, threshold01: value })}
          />
        </>
      );
    case 'like-gold':
      return (
        <NumberField
          label={`${what}: threshold`}
          value={assertion.threshold01}
          step={0.05}
          onChange={(value) => onChange({ ...assertion, threshold01: value })}
        />
      );
    case 'is-json':
      return null;
  }
}

function Text(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <input
      className={styles.input}
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

function NumberField(props: {
  readonly label: string;
  readonly value: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}) {
  return (
    <input
      type="number"
      className={styles.number}
      aria-label={props.label}
      step={props.step}
      min={props.step}
      value={props.value}
      onChange={(event) => props.onChange(Number(event.currentTarget.value))}
    />
  );
}

/** What needs no judge can be seen at once: a check that the bad output meets would not have caught it. */
function FirstLook({
  assertion,
  badOutput,
}: {
  readonly assertion: EvalAssertion;
  readonly badOutput: string;
}) {
  const outcome = badOutput === '' ? null : holds(assertion, badOutput);
  if (outcome === null) return null;
  return outcome ? (
    <p className={`${styles.look} fb-warn-text`}>
      <IconAlertTriangle size={13} aria-hidden /> The bad output meets this check: alone it would not have
      caught it.
    </p>
  ) : (
    <p className={`${styles.look} fb-dim`}>
      <IconCircleCheck size={13} aria-hidden /> The bad output fails this check, as it must.
    </p>
  );
}
