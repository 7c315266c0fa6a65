import { useEffect, useEffectEvent, useId } from 'react';
import { CopyButton } from '#renderer/parts/copy-button.tsx';
import { useAutosave, type Autosave, type SaveState } from './autosave.ts';
import { clock } from './save-words.ts';
import styles from './postmortem.module.css';

export type TextFieldProps = {
  readonly label: string;
  readonly hint: string;
  readonly draftKey: string;
  readonly saved: { readonly text: string; readonly revision: number };
  /** The words are the tool's own, from the record. */
  readonly isDrafted: boolean;
  /** What the record says is a hint: a person's own words are asked for. */
  readonly isHintOnly?: boolean;
  readonly isReadOnly?: boolean;
  readonly rows?: number;
  readonly maxLength: number;
  readonly send: (text: string | null, revision: number) => Promise<number>;
  readonly onConflict: () => void;
  readonly onState: (key: string, state: SaveState) => void;
};

/** A text of the record that saves itself. */
export function TextField(props: TextFieldProps) {
  const { label, hint, draftKey, saved, isDrafted, isReadOnly = false, rows = 3, maxLength } = props;
  const id = useId();
  const field = useAutosave({ draftKey, saved, send: props.send, onConflict: props.onConflict });
  const report = useEffectEvent(props.onState);
  useEffect(() => report(draftKey, field.state), [draftKey, field.state]);
  const isUntouched = isDrafted && field.text === saved.text;
  return (
    <div className={styles.field}>
      <div className={styles.fieldHead}>
        <label htmlFor={id}>{label}</label>
        <span className="fb-dim" id={`${id}-hint`}>
          {isUntouched && field.text !== ''
            ? props.isHintOnly
              ? `a hint from the record; write ${hint}`
              : 'drafted from the record'
            : hint}
        </span>
        <FieldState state={field.state} />
        {!isDrafted && !isReadOnly && (
          <button
            type="button"
            className="fb-button fb-button-quiet"
            onClick={() => void props.send(null, saved.revision).catch(props.onConflict)}
          >
            Back to the draft
          </button>
        )}
      </div>
      <textarea
        id={id}
        aria-describedby={`${id}-hint`}
        className={styles.text}
        data-drafted={isUntouched || undefined}
        rows={Math.max(rows, Math.min(12, field.text.split('\n').length))}
        maxLength={maxLength}
        readOnly={isReadOnly}
        value={field.text}
        onChange={(event) => field.edit(event.currentTarget.value)}
        onBlur={field.flush}
      />
      {field.state.kind === 'conflict' && (
        <Conflict label={label} field={field} theirs={saved.text} state={field.state} />
      )}
    </div>
  );
}

function FieldState({ state }: { readonly state: SaveState }) {
  if (state.kind === 'failed') return <span className="fb-warn-text">not saved, kept here</span>;
  if (state.kind === 'conflict')
    return <span className="fb-warn-text">not saved: changed by somebody else</span>;
  return null;
}

/** Both texts, and the choice. */
function Conflict(props: {
  readonly label: string;
  readonly field: Autosave;
  readonly theirs: string;
  readonly state: Extract<SaveState, { kind: 'conflict' }>;
}) {
  const { label, field, theirs, state } = props;
  const who = state.by ?? 'Somebody';
  return (
    <div className={styles.conflict} role="alert">
      <p>
        <strong>{who}</strong> saved &quot;{label}&quot;{state.atMs !== null && ` at ${clock(state.atMs)}`}{' '}
        while you wrote. Nothing was overwritten; theirs reads:
      </p>
      <p className={styles.theirs}>{theirs === '' ? '(empty)' : theirs}</p>
      <div className="fb-row">
        <button
          type="button"
          className="fb-button"
          onClick={() => field.resolve(`${theirs}\n\n${field.text}`)}
        >
          Keep both
        </button>
        <button type="button" className="fb-button" onClick={() => field.resolve(field.text)}>
          Keep mine
        </button>
        <button type="button" className="fb-button" onClick={() => field.resolve(null)}>
          Take theirs
        </button>
        <CopyButton label="Copy mine" text={field.text} />
      </div>
    </div>
  );
}
