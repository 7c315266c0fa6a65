import { Panel } from '#renderer/parts/panel.tsx';
import { visiblePieces } from '#renderer/parts/visible-text.ts';
import type { PersonalSpan, Redacted } from '#shared/domain/evals/redact.ts';
import { redactedTexts, type Draft } from './draft.ts';
import styles from './eval.module.css';

/** What says something about a person, and what stands there instead: shown before anything is kept, each place the person's choice. */
export function RedactPanel(props: {
  readonly draft: Draft;
  readonly onEdit: (change: Partial<Draft>) => void;
}) {
  const { draft, onEdit } = props;
  const texts = redactedTexts(draft);
  const spans = texts.flatMap((text) => text.spans);
  const toggle = ({ original, isKept }: PersonalSpan) =>
    onEdit({
      keep: isKept ? draft.keep.filter((kept) => kept !== original) : [...draft.keep, original],
      isConfirmed: false,
    });
  const isEmpty = draft.badOutput === '' && draft.inputs.every(({ text }) => text === '');
  const places = new Map(spans.map((span) => [`${span.kind}:${span.original}`, span]));
  return (
    <Panel title="2 Redact" note="what is replaced before it is kept">
      {isEmpty ? (
        <p className="fb-dim">Nothing picked yet.</p>
      ) : (
        <>
          {texts.map((text, index) => (
            <Difference
              key={index}
              label={draft.inputs[index]?.name ?? 'bad output'}
              original={draft.inputs[index]?.text ?? draft.badOutput}
              redacted={text}
            />
          ))}
          {places.size === 0 ? (
            <p className="fb-dim">
              {earlierWords(draft)} Patterns miss what nobody thought of: read it, and name below what must
              go.
            </p>
          ) : (
            <ul className={styles.places} aria-label="Places found">
              {[...places].map(([key, span]) => (
                <li key={key}>
                  <span className="fb-dim">{span.kind}</span> <Visible text={span.original} />{' '}
                  {span.isKept ? 'stays' : <>becomes {span.standIn}</>}
                  <button type="button" className="fb-button fb-button-quiet" onClick={() => toggle(span)}>
                    {span.isKept ? 'Replace it' : 'Keep it'}
                  </button>
                </li>
              ))}
            </ul>
          )}
          <div className="fb-form">
            <label>
              Other names to replace, separated by commas
              <input
                className={styles.input}
                value={draft.names}
                onChange={(event) => onEdit({ names: event.currentTarget.value, isConfirmed: false })}
              />
            </label>
          </div>
          <button
            type="button"
            className={draft.isConfirmed ? 'fb-button' : 'fb-button fb-button-primary'}
            aria-pressed={draft.isConfirmed}
            onClick={() => onEdit({ isConfirmed: !draft.isConfirmed })}
          >
            {draft.isConfirmed ? 'Confirmed: this is what is kept' : 'I have read it: keep it like this'}
          </button>
        </>
      )}
    </Panel>
  );
}

/** What was replaced before this page had the texts: only the counts are kept. */
function earlierWords({ earlier }: Draft): string {
  const counts = Object.entries(earlier).map(([kind, count]) => `${count} ${kind}`);
  return counts.length === 0
    ? 'Nothing was found.'
    : `Replaced when it was picked: ${counts.join(', ')}. Nothing more was found.`;
}

/** The text with what goes and what comes. Text nodes only. */
function Difference(props: {
  readonly label: string;
  readonly original: string;
  readonly redacted: Redacted;
}) {
  const { label, original, redacted } = props;
  const parts: { before: string; span: PersonalSpan }[] = [];
  let at = 0;
  for (const span of redacted.spans) {
    parts.push({ before: original.slice(at, span.start), span });
    at = span.end;
  }
  return (
    <figure className={styles.difference}>
      <figcaption className="fb-dim">{label}</figcaption>
      <p dir="ltr">
        {parts.map(({ before, span }) => (
          <span key={span.start}>
            <Visible text={before} />
            {span.isKept ? (
              <mark>
                <Visible text={span.original} />
              </mark>
            ) : (
              <>
                <del>
                  <Visible text={span.original} />
                </del>{' '}
                <ins>{span.standIn}</ins>
              </>
            )}
          </span>
        ))}
        <Visible text={original.slice(at)} />
      </p>
    </figure>
  );
}

/** Hidden characters shown as their codes. */
export function Visible({ text }: { readonly text: string }) {
  return visiblePieces(text).map((piece, index) =>
    piece.kind === 'plain' ? (
      piece.text
    ) : (
      <code key={index} title={piece.name}>
        {piece.code}
      </code>
    ),
  );
}
