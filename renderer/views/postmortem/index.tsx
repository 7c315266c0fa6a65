import { useMemo, useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { RoleNote } from '#renderer/app/role-note.tsx';
import { useRoute } from '#renderer/app/router.ts';
import { markedText } from '#renderer/app/drill/drill-words.ts';
import { hrefTo } from '#renderer/app/routes.ts';
import { createOperationId } from '#renderer/client/operation-id.ts';
import { useClient } from '#renderer/client/use-client.ts';
import { useDrillMark, useIncident } from '#renderer/live/hooks.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { download } from '#renderer/parts/download.ts';
import { CopyButton } from '#renderer/parts/copy-button.tsx';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { LiveRegion } from '#renderer/parts/live-region.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { postmortemDocument } from '#shared/domain/postmortem/document.ts';
import { draftSections, OWN_WORDS } from '#shared/domain/postmortem/draft.ts';
import { toHtml } from '#shared/domain/postmortem/html.ts';
import { toMarkdown } from '#shared/domain/postmortem/markdown.ts';
import { usePrint } from '#renderer/parts/use-print.ts';
import type { Postmortem, SectionId } from '#shared/model/postmortem.ts';
import type { SaveState } from './autosave.ts';
import { BlockersPanel } from './blockers-panel.tsx';
import { DetailsForm } from './details-form.tsx';
import { EarlierPanel } from './earlier-panel.tsx';
import { ItemsPanel } from './items-panel.tsx';
import { newest, savedAtMs } from './newest.ts';
import { NotePanel } from './note-panel.tsx';
import { Paper } from './paper.tsx';
import { saveWords } from './save-words.ts';
import { sectionsOf } from './sections.ts';
import { TextField } from './text-field.tsx';
import { TimelinePanel } from './timeline-panel.tsx';
import styles from './postmortem.module.css';

/** The postmortem of an incident: the note, the outputs, what still blocks closing. */
export function PostmortemView() {
  const { params } = useRoute();
  const incidentId = params.incidentId ?? null;
  const live = useIncident(incidentId);
  const pulled = usePulled(
    incidentId === null ? null : `postmortem:${incidentId}`,
    (client) => client.postmortem.get({ incidentId: incidentId ?? '' }),
    { resetOnKeyChange: true, refreshOn: `${live?.timeline.length ?? 0}/${live?.status ?? ''}` },
  );
  const [held, setHeld] = useState<{ from: Postmortem | null; value: Postmortem | null }>({
    from: null,
    value: null,
  });
  if (pulled.data !== null && pulled.data !== held.from) {
    setHeld({ from: pulled.data, value: newest(held.value, pulled.data) });
  }
  if (incidentId === null)
    return <EmptyState title="No incident chosen" text="Open one from the Board or from Incidents." />;
  const postmortem = held.value?.incidentId === incidentId ? held.value : null;
  if (postmortem === null) {
    return pulled.error === null ? (
      <LoadingState what={`the postmortem of ${incidentId}`} rows={8} />
    ) : (
      <div className="fb-view">
        <header className="fb-view-head">
          <h1>
            Postmortem <span className="fb-mono">{incidentId}</span>
          </h1>
          <a href={hrefTo('incident', { incidentId })}>Back to the incident</a>
        </header>
        <ErrorState title="The postmortem could not be read" detail={pulled.error} onRetry={pulled.reload} />
      </div>
    );
  }
  return (
    <Workbench
      key={incidentId}
      // What the feed pushes is newer than what was asked for.
      postmortem={live === null ? postmortem : { ...postmortem, incident: live, waivers: live.waivers }}
      problem={pulled.isKept ? pulled.error : null}
      onSaved={(saved) => setHeld((now) => ({ ...now, value: newest(now.value, saved) }))}
      onReload={pulled.reload}
    />
  );
}

function Workbench(props: {
  readonly postmortem: Postmortem;
  readonly problem: string | null;
  readonly onSaved: (postmortem: Postmortem) => void;
  readonly onReload: () => void;
}) {
  const { postmortem, problem, onSaved, onReload } = props;
  const { incident, incidentId, details } = postmortem;
  const client = useClient();
  const [states, setStates] = useState<Readonly<Record<string, SaveState>>>({});
  const [isPreview, setPreview] = useState(false);
  const report = (key: string, state: SaveState) => setStates((now) => ({ ...now, [key]: state }));
  const isDrill = useDrillMark() !== null;
  // A postmortem written in a drill says so in its title, wherever it is taken.
  const blocks = useMemo(
    () =>
      postmortemDocument(postmortem, details.style).map((block) =>
        block.kind === 'title' ? { ...block, text: markedText(block.text, isDrill) } : block,
      ),
    [postmortem, details.style, isDrill],
  );
  const drafts = draftSections(incident, postmortem.offsetMinutes);
  const words = saveWords(Object.values(states), savedAtMs(postmortem));
  const markdown = () => toMarkdown(blocks);

  const { print, said: printed } = usePrint();
  useAction({
    id: 'postmortem.preview',
    title: isPreview ? 'Write the postmortem' : 'Preview the postmortem',
    keys: 'r',
    run: () => setPreview(!isPreview),
  });
  useAction({
    id: 'postmortem.print',
    title: 'Print the postmortem',
    keys: 'p',
    run: () => print(incidentId),
  });

  const send = async (section: SectionId, text: string | null, revisionShown: number) => {
    const saved = await client.postmortem.saveSection({
      operationId: createOperationId(),
      incidentId,
      section,
      text,
      revisionShown,
    });
    onSaved(saved);
    return saved.sections[section]?.revision ?? revisionShown + 1;
  };

  return (
    <div className={styles.page}>
      <header className="fb-view-head fb-not-printed">
        <h1>
          Postmortem <span className="fb-mono">{incidentId}</span>
        </h1>
        <a href={hrefTo('incident', { incidentId })}>Back to the incident</a>
        <output className={styles.saveState} data-tone={words.tone} aria-label="Saving" aria-live="off">
          {words.text}
        </output>
        <LiveRegion text={words.tone === 'warn' ? words.text : ''} />
        <span className={`fb-view-head-end ${styles.actions}`}>
          <output className="fb-dim">{printed}</output>
          <button
            type="button"
            className="fb-button"
            aria-pressed={isPreview}
            onClick={() => setPreview(!isPreview)}
          >
            Preview <KeyHint keys="R" />
          </button>
          <CopyButton label="Copy Markdown" text={markdown} />
          <button
            type="button"
            className="fb-button"
            onClick={() =>
              download({
                name: `${incidentId}.html`,
                type: 'text/html',
                parts: [toHtml(blocks, markedText(`Postmortem ${incidentId}`, isDrill))],
              })
            }
          >
            Save HTML
          </button>
          <button type="button" className="fb-button" onClick={() => print(incidentId)}>
            Print or PDF <KeyHint keys="P" />
          </button>
        </span>
      </header>
      <RoleNote procedure="postmortem.saveSection" promptId={incident.promptId} />
      {problem !== null && (
        <div className="fb-not-printed">
          <ErrorState title="This may be out of date" detail={problem} onRetry={onReload} />
        </div>
      )}
      <div className={isPreview ? undefined : 'fb-paper-hidden'}>
        <Paper blocks={blocks} />
      </div>
      {/* Kept while the preview shows: what is being typed goes on saving itself. */}
      <div className={`${styles.columns} fb-not-printed`} hidden={isPreview}>
        <div className={styles.column}>
          <Panel title="Postmortem">
            <div className={styles.body}>
              <DetailsForm postmortem={postmortem} onSaved={onSaved} onConflict={onReload} />
              {sectionsOf(details.style).map(({ id, title, hint, rows }) => {
                const written = postmortem.sections[id];
                return (
                  <div key={id} data-place={PLACES[id]}>
                    <TextField
                      label={title}
                      hint={hint}
                      rows={rows}
                      draftKey={`postmortem:${incidentId}:${id}`}
                      saved={{ text: written?.text ?? drafts[id], revision: written?.revision ?? 0 }}
                      isHintOnly={OWN_WORDS.includes(id)}
                      isDrafted={(written?.text ?? null) === null}
                      maxLength={20_000}
                      send={(text, revision) => send(id, text, revision)}
                      onConflict={onReload}
                      onState={report}
                    />
                  </div>
                );
              })}
            </div>
          </Panel>
          <TimelinePanel postmortem={postmortem} onSaved={onSaved} />
        </div>
        <div className={styles.column}>
          <BlockersPanel incident={incident} />
          {incident.note !== null && (
            <NotePanel incident={incident} note={incident.note} onState={report} onChanged={onReload} />
          )}
          <ItemsPanel incidentId={incidentId} items={postmortem.items} onChanged={onReload} />
          <EarlierPanel earlier={postmortem.earlier} />
        </div>
      </div>
    </div>
  );
}

/** Where a blocker's link leads. */
const PLACES: Partial<Record<SectionId, string>> = { cause: 'cause', 'missed-by-evals': 'detection-gap' };
