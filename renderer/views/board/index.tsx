import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconHelpCircle,
  IconSquareRotatedFilled,
} from '@tabler/icons-react';
import { useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { OverdueItems } from '#renderer/app/overdue-items.tsx';
import { navigate, useRoute } from '#renderer/app/router.ts';
import {
  useClockSpeed,
  useConnection,
  useDataUpToMs,
  useNowMs,
  useOpenIncidents,
  usePrompts,
} from '#renderer/live/hooks.ts';
import { Age } from '#renderer/parts/age.tsx';
import { DataTable, type DataColumn } from '#renderer/parts/data-table.tsx';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { SIGNAL_IDS, type SignalId } from '#shared/model/signal.ts';
import {
  IncidentCell,
  LeverCell,
  MeterCell,
  PromptCell,
  ReadinessCell,
  ServingCell,
  SignalCell,
} from './board-cells.tsx';
import { boardSentence, type BoardSentence } from './board-sentence.ts';
import { DeclareDialog } from './declare-dialog.tsx';
import { PromptDetail } from './prompt-detail.tsx';
import './board.css';

const SIGNAL_HEADERS: Record<SignalId, string> = {
  complaints: 'Complaints / 1,000',
  csat: 'csat',
  safety: 'Safety trips',
  downstream: 'Downstream errors',
};

const COLUMNS: readonly DataColumn<PromptStatus>[] = [
  {
    id: 'prompt',
    header: 'Prompt',
    width: '11.4%',
    cell: (prompt) => <PromptCell prompt={prompt} />,
    sortValue: (prompt) => prompt.title,
  },
  {
    id: 'serving',
    header: 'Live version',
    width: '13.2%',
    cell: (prompt) => <ServingCell prompt={prompt} />,
    sortValue: (prompt) => prompt.conversationsPerHour,
  },
  { id: 'lever', header: 'Flag', width: '7.4%', cell: (prompt) => <LeverCell prompt={prompt} /> },
  ...SIGNAL_IDS.map((signal): DataColumn<PromptStatus> => ({
    id: signal,
    header: SIGNAL_HEADERS[signal],
    width: '10.1%',
    cell: (prompt) => <SignalCell prompt={prompt} signal={signal} />,
    sortValue: (prompt) =>
      prompt.evidence.find((entry) => entry.signal === signal && entry.cohort === 'all')?.anytimeSigma ??
      prompt.signals.find((entry) => entry.signal === signal)?.sigma ??
      null,
  })),
  {
    id: 'meter',
    header: 'Would show',
    width: '10.1%',
    cell: (prompt) => <MeterCell prompt={prompt} />,
    sortValue: (prompt) =>
      prompt.meter.find((entry) => entry.signal === 'complaints' && entry.cohort === 'all')?.minutesTo4x ??
      null,
  },
  {
    id: 'readiness',
    header: 'Owner, ready',
    width: '8%',
    cell: (prompt) => <ReadinessCell prompt={prompt} />,
    sortValue: (prompt) => prompt.readiness.findings.length,
  },
  {
    id: 'incident',
    header: 'Open incident',
    width: '9.5%',
    cell: (prompt) => <IncidentCell prompt={prompt} />,
  },
];

/** Every prompt in production, a row each. */
export function BoardView() {
  const prompts = usePrompts();
  const { params } = useRoute();
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const [declaringFor, setDeclaringFor] = useState<string | null>(null);
  const selectedId = params.promptId ?? null;
  const firstId = selectedId ?? focusedId ?? prompts?.[0]?.id ?? null;
  useAction({
    id: 'board.declare',
    title: 'Declare incident',
    keys: 'd',
    isEnabled: firstId !== null,
    run: () => setDeclaringFor(firstId),
  });

  if (prompts === null) return <LoadingState what="the Board" rows={8} />;
  const selected = prompts.find((prompt) => prompt.id === selectedId) ?? null;
  return (
    <div className="fb-board">
      <header className="fb-view-head">
        <h1>Board</h1>
        <Sentence prompts={prompts} />
        <span className="fb-view-head-end">
          <button
            type="button"
            className="fb-button"
            disabled={firstId === null}
            onClick={() => setDeclaringFor(firstId)}
          >
            Declare incident <KeyHint keys="D" />
          </button>
        </span>
      </header>
      <OverdueItems most={3} />
      {prompts.length === 0 ? (
        <EmptyState
          title="No prompt is watched yet"
          text="Name a prompt in fusebox.yaml (its service, its flag, where its signals come from) and it appears here. A service that exports OpenTelemetry needs one environment variable; Connections shows the address."
        >
          <a className="fb-button" href="#/connections">
            Open Connections
          </a>
        </EmptyState>
      ) : (
        <section aria-label="Prompts in production" className="fb-panel fb-board-table">
          <DataTable
            label="Prompts in production"
            columns={COLUMNS}
            rows={prompts}
            rowId={(prompt) => prompt.id}
            selectedId={selectedId}
            onFocusRow={(prompt) => setFocusedId(prompt.id)}
            onOpen={open}
          />
        </section>
      )}
      {selected !== null && (
        <PromptDetail
          key={selected.id}
          prompt={selected}
          onClose={() => closeDetail(selected.id)}
          onDeclare={() => setDeclaringFor(selected.id)}
        />
      )}
      {selectedId !== null && selected === null && (
        <EmptyState
          title={`No prompt is named ${selectedId}`}
          text="It is not in the workspace file (any more)."
        />
      )}
      <DeclareDialog prompts={prompts} promptId={declaringFor} onClose={() => setDeclaringFor(null)} />
    </div>
  );
}

/** Back to the table, with the keyboard on the row it came from. */
function closeDetail(promptId: string): void {
  navigate('board');
  document.querySelector<HTMLElement>(`tr[data-row="${CSS.escape(promptId)}"]`)?.focus();
}

/** Enter on a row: to its incident while one is open, else to its details. */
function open(prompt: PromptStatus): void {
  if (prompt.openIncidentId === null) navigate('board', { promptId: prompt.id });
  else navigate('incident', { incidentId: prompt.openIncidentId });
}

const SENTENCE_ICONS: Record<BoardSentence['tone'], React.ReactNode> = {
  ok: <IconCircleCheckFilled size={15} aria-hidden />,
  watch: <IconSquareRotatedFilled size={14} aria-hidden />,
  danger: <IconAlertTriangleFilled size={15} aria-hidden />,
  unknown: <IconHelpCircle size={15} aria-hidden />,
};

function Sentence({ prompts }: { readonly prompts: readonly PromptStatus[] }) {
  const incidents = useOpenIncidents();
  const dataUpToMs = useDataUpToMs();
  const nowMs = useNowMs();
  const clockSpeed = useClockSpeed();
  const isLive = useConnection().name === 'live';
  const { tone, text } = boardSentence(prompts, incidents);
  // Calm is a statement about now: without a live connection nobody can make it.
  const shown = isLive ? tone : 'unknown';
  return (
    <p className="fb-sentence" data-tone={shown}>
      {SENTENCE_ICONS[shown]}
      <span>{text}</span>
      <span className="fb-dim">
        <Age atMs={dataUpToMs} nowMs={nowMs} intervalMs={10_000 * clockSpeed} what="data" />
        {dataUpToMs !== null && ' old'}
      </span>
    </p>
  );
}
