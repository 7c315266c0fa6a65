import { SegmentedControl } from '@mantine/core';
import { diffLines } from 'diff';
import { useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import type { Client } from '#renderer/client/client.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { Panel } from '#renderer/parts/panel.tsx';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import type { EvalCase, EvalFile, EvalFormat, EvalSuiteStatus } from '#shared/model/eval-case.ts';
import { previewOf, storedText } from './draft.ts';
import { Visible } from './redact-panel.tsx';
import { TroubleNote } from './trouble-note.tsx';
import type { CaseDraft } from './use-case-draft.ts';
import styles from './eval.module.css';

const FORMATS: { value: EvalFormat; label: string }[] = [
  { value: 'promptfoo', label: 'Promptfoo' },
  { value: 'deepeval', label: 'DeepEval' },
  { value: 'openai-evals', label: 'OpenAI Evals' },
  { value: 'inspect', label: 'Inspect AI' },
];

/** The real files, as they would be in each format; written into the checkout or onto a branch. */
export function FilesPanel(props: {
  readonly incidentId: string;
  readonly book: CaseDraft;
  readonly one: EvalCase | null;
  readonly suites: readonly EvalSuiteStatus[] | null;
  readonly onDone: (one: EvalCase) => void;
}) {
  const { incidentId, book, one, suites, onDone } = props;
  const suite = suites?.find(({ id }) => id === book.draft.suiteId) ?? null;
  const [picked, setPicked] = useState<EvalFormat | null>(null);
  const format = picked ?? suite?.format ?? 'promptfoo';
  const isEmpty = book.draft.badOutput === '' && book.draft.assertions.length === 0;
  const preview = usePulled(
    isEmpty ? null : `preview:${format}:${one?.revision ?? 0}:${storedText(book.draft)}`,
    (client: Client) =>
      client.evalCase.preview({
        incidentId,
        caseId: book.current?.id ?? null,
        content: previewOf(book.draft),
        format,
      }),
    { minIntervalMs: 400 },
  );
  const write = useCommand('Write the case', (client, operationId, to: 'working-tree' | 'branch') =>
    client.evalCase.write({ operationId, caseId: one?.id ?? '', revisionShown: one?.revision ?? 0, to }),
  );
  const canWrite =
    one !== null &&
    one.state !== 'proving' &&
    book.saving.kind === 'saved' &&
    suite !== null &&
    !write.isPending;
  const press = async (to: 'working-tree' | 'branch') => {
    const written = await write.run(to);
    if (written !== null) onDone(written);
  };
  useAction({
    id: 'eval.write',
    title: 'Write the eval case into the checkout',
    keys: 'f',
    isEnabled: canWrite,
    run: () => void press('working-tree'),
  });
  const changedFiles = preview.data?.files.filter(({ before, after }) => before !== after) ?? [];
  return (
    <Panel
      title="5 Files"
      note={suites === null ? 'reading the suites' : suite ? `into ${suite.id}` : 'no suite chosen'}
      lead={
        <SegmentedControl
          size="xs"
          aria-label="Format shown"
          data={FORMATS}
          value={format}
          onChange={(value) => setPicked(value)}
        />
      }
    >
      {isEmpty && <p className="fb-dim">The files appear here as soon as there is something to write.</p>}
      {preview.error !== null && <p className="fb-warn-text">{preview.error}</p>}
      {preview.data?.problems.map((problem) => (
        <p key={problem} className="fb-warn-text">
          {problem}
        </p>
      ))}
      {suite !== null && format !== suite.format && (
        <p className="fb-dim">A look only: the suite is for {suite.format}.</p>
      )}
      {preview.data !== null && preview.data.files.length > 0 && changedFiles.length === 0 && (
        <p className="fb-dim">The files have the case as it is here.</p>
      )}
      {changedFiles.map((file) => (
        <FileDifference key={file.path} file={file} />
      ))}
      {one?.written && (
        <p className={one.written.isStale ? 'fb-warn-text' : undefined}>
          {one.written.isStale ? 'Changed after it was written' : 'Written'}{' '}
          {clockLabel(one.written.atMs, true)} by {one.written.by}
          {one.written.branch === null ? ', into the working tree' : `, on branch ${one.written.branch}`}
          {one.written.branch !== null && (
            <>
              : <code>git push origin {one.written.branch}</code>
            </>
          )}
        </p>
      )}
      <div className="fb-row">
        <button
          type="button"
          className="fb-button fb-button-primary"
          disabled={!canWrite}
          onClick={() => void press('working-tree')}
        >
          Write into the checkout
        </button>
        <button type="button" className="fb-button" disabled={!canWrite} onClick={() => void press('branch')}>
          Write on a branch
        </button>
      </div>
      <TroubleNote trouble={write.trouble} onDismiss={write.clear} />
    </Panel>
  );
}

const LINES_AROUND = 2;

/** Added and removed lines, with a little of what stands around them. */
function FileDifference({ file }: { readonly file: EvalFile }) {
  const parts = diffLines(file.before ?? '', file.after);
  return (
    <figure>
      <figcaption className="fb-mono">
        {file.path} <span className="fb-dim">{file.before === null ? 'new' : 'changed'}</span>
      </figcaption>
      <ScrollArea className={styles.file} name={`${file.path} as it would be`}>
        {parts.map((part, index) => {
          const lines = part.value.replace(/\n$/, '').split('\n');
          const isSame = !part.added && !part.removed;
          const shown =
            isSame && lines.length > 2 * LINES_AROUND
              ? [...(index === 0 ? [] : lines.slice(0, LINES_AROUND)), '…', ...lines.slice(-LINES_AROUND)]
              : lines;
          return shown.map((line, at) => (
            <div
              key={`${index}:${at}`}
              className={styles.line}
              data-change={part.added ? 'added' : part.removed ? 'removed' : 'same'}
            >
              <span aria-hidden>{part.added ? '+' : part.removed ? '-' : ' '}</span>
              {part.added ? (
                <ins>
                  <Visible text={line} />
                </ins>
              ) : part.removed ? (
                <del>
                  <Visible text={line} />
                </del>
              ) : (
                <span>
                  <Visible text={line} />
                </span>
              )}
            </div>
          ));
        })}
      </ScrollArea>
    </figure>
  );
}
