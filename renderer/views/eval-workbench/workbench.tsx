import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import type { EvalCase, EvalSuiteStatus } from '#shared/model/eval-case.ts';
import type { Incident } from '#shared/model/incident.ts';
import { ExpectPanel } from './expect-panel.tsx';
import { FilesPanel } from './files-panel.tsx';
import { GatePanel } from './gate-panel.tsx';
import { NamePanel } from './name-panel.tsx';
import { PickPanel } from './pick-panel.tsx';
import { ProvePanel } from './prove-panel.tsx';
import { RedactPanel } from './redact-panel.tsx';
import { useCaseDraft, type CaseDraft } from './use-case-draft.ts';
import styles from './eval.module.css';

/** One case, left what is written, right what becomes of it. */
export function Workbench(props: {
  readonly incident: Incident;
  readonly opened: EvalCase | null;
  readonly cases: readonly EvalCase[];
  readonly suites: readonly EvalSuiteStatus[] | null;
  readonly suitesError: string | null;
  /** The first save gave it an id. */
  readonly onCreated: (one: EvalCase) => void;
  readonly onChange: () => void;
}) {
  const { incident, opened, cases, suites, suitesError, onCreated, onChange } = props;
  const book = useCaseDraft(incident.id, opened, { cases, onCreated });
  const listed = cases.find(({ id }) => id === book.current?.id);
  // The list brings the runs of a proof as they come in; an answer to a command may be newer than the list.
  const newer =
    listed !== undefined && listed.revision >= (book.current?.revision ?? 0) ? listed : book.current;
  const isLocked = newer?.state === 'proving';
  const adopt = (one: EvalCase) => {
    book.adopt(one);
    onChange();
  };
  return (
    <>
      <SavedLine book={book} />
      <div className={styles.bench}>
        <fieldset className={styles.side} disabled={isLocked} aria-label="The case">
          <PickPanel incident={incident} draft={book.draft} onPick={book.replace} onEdit={book.edit} />
          <RedactPanel draft={book.draft} onEdit={book.edit} />
          <ExpectPanel draft={book.draft} onEdit={book.edit} />
          <NamePanel draft={book.draft} suites={suites} error={suitesError} onEdit={book.edit} />
        </fieldset>
        <div className={styles.side}>
          <FilesPanel incidentId={incident.id} book={book} one={newer} suites={suites} onDone={adopt} />
          <ProvePanel incident={incident} one={newer} suites={suites} onDone={adopt} />
          <GatePanel one={newer} onDone={adopt} />
        </div>
      </div>
    </>
  );
}

function SavedLine({ book }: { readonly book: CaseDraft }) {
  const { saving } = book;
  switch (saving.kind) {
    case 'missing':
      return (
        <p className={styles.saved} role="status">
          Kept here, redacted, and not in the record yet. {saving.what}
        </p>
      );
    case 'waiting':
      return (
        <p className={styles.saved} role="status">
          Saving.
        </p>
      );
    case 'saved':
      return (
        <p className={styles.saved} role="status">
          Saved {clockLabel(saving.atMs, true)} by {saving.by}
        </p>
      );
    case 'failed':
      return (
        <p className={`${styles.saved} fb-warn-text`} role="alert">
          Not saved, kept here: {saving.trouble.detail} {saving.trouble.next}
        </p>
      );
    case 'conflict':
      return (
        <div className={styles.trouble} role="alert">
          <p>{saving.message} What you typed is kept here.</p>
          <button type="button" className="fb-button" onClick={() => book.settle('theirs')}>
            Take what is saved
          </button>
          <button type="button" className="fb-button" onClick={() => book.settle('mine')}>
            Keep mine
          </button>
        </div>
      );
  }
}
