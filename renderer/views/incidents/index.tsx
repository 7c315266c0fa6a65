import { IconAlertTriangleFilled, IconCircleCheck } from '@tabler/icons-react';
import { OverdueItems } from '#renderer/app/overdue-items.tsx';
import { navigate } from '#renderer/app/router.ts';
import { hrefTo } from '#renderer/app/routes.ts';
import { useLive, useNowMs } from '#renderer/live/hooks.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { ageWords, clockWords } from '#renderer/parts/age-words.ts';
import { Chip } from '#renderer/parts/chip.tsx';
import { DataTable, type DataColumn } from '#renderer/parts/data-table.tsx';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { TimeStamp } from '#renderer/parts/time-stamp.tsx';
import type { Incident } from '#shared/model/incident.ts';
import { mergeIncidents, stageWords, timeToDetectMs, timeToRollbackMs } from './incident-figures.ts';
import { SoftTriggers } from './soft-triggers.tsx';
import './incidents.css';

/** The standing target of the mission: alarm to flag flipped. */
const ROLLBACK_TARGET_MS = 5 * 60_000;
const DETECT_TARGET_MS = 5 * 60_000;

const COLUMNS: readonly DataColumn<Incident>[] = [
  {
    id: 'id',
    header: 'Incident',
    width: '12%',
    cell: (incident) => (
      <a className="fb-mono fb-incidents-id" href={hrefTo('incident', { incidentId: incident.id })}>
        {incident.id}
      </a>
    ),
    sortValue: (incident) => incident.id,
  },
  {
    id: 'status',
    header: 'State',
    width: '9%',
    cell: (incident) => <StateCell incident={incident} />,
    sortValue: stageWords,
  },
  {
    id: 'severity',
    header: 'Severity',
    width: '6%',
    cell: (incident) => incident.severity,
    sortValue: (incident) => incident.severity,
  },
  {
    id: 'prompt',
    header: 'Prompt',
    width: '18%',
    cell: (incident) => (
      <span className="fb-ellipsis fb-incidents-prompt">
        {incident.promptTitle}{' '}
        <span className="fb-mono fb-dim">
          {incident.badVersion ?? 'version not known'} → {incident.goodVersion}
        </span>
      </span>
    ),
    sortValue: (incident) => incident.promptTitle,
  },
  {
    id: 'trigger',
    header: 'Trigger',
    cell: (incident) => (
      <span className="fb-incidents-trigger" title={incident.trigger.sentence}>
        {incident.trigger.sentence}
      </span>
    ),
  },
  {
    id: 'detect',
    header: 'To detect',
    width: '8%',
    align: 'end',
    cell: (incident) => <Against ms={timeToDetectMs(incident)} targetMs={DETECT_TARGET_MS} />,
    sortValue: timeToDetectMs,
  },
  {
    id: 'rollback',
    header: 'To rollback',
    width: '8%',
    align: 'end',
    cell: (incident) => <Against ms={timeToRollbackMs(incident)} targetMs={ROLLBACK_TARGET_MS} />,
    sortValue: timeToRollbackMs,
  },
  {
    id: 'declared',
    header: 'Declared',
    width: '17%',
    cell: (incident) => <DeclaredCell incident={incident} />,
    sortValue: (incident) => incident.declaredAtMs,
  },
];

/** Every incident, open ones first. */
export function IncidentsView() {
  const pushed = useLive((state) => Object.values(state.incidents)) ?? [];
  const changed = pushed.map((incident) => `${incident.id}:${incident.status}`).join();
  const pulled = usePulled('incidents', (client) => client.incident.list({ status: 'any', limit: 200 }), {
    refreshOn: changed,
  });
  const incidents = mergeIncidents(pulled.data ?? [], pushed);
  const open = incidents.filter((incident) => incident.status === 'open').length;
  return (
    <div className="fb-view">
      <header className="fb-view-head">
        <h1>Incidents</h1>
        <p className="fb-dim">
          {open === 0 ? 'None open' : `${open} open`}, {incidents.length - open} closed
          {pulled.data === null && pulled.isLoading && ', closed ones still loading'}
        </p>
      </header>
      <OverdueItems most={100} />
      {pulled.error !== null && (
        <ErrorState
          title={pulled.isKept ? 'Closed incidents may be out of date' : 'Closed incidents could not be read'}
          detail={pulled.error}
          onRetry={pulled.reload}
        />
      )}
      <SoftTriggers />
      {incidents.length === 0 && pulled.isLoading && <LoadingState what="incidents" />}
      {incidents.length === 0 && pulled.data !== null && (
        <EmptyState
          title="No incident so far"
          text="An alarm opens one by itself: 3 sigma on one signal or 2 sigma on two. By hand: Board, then Declare incident."
        />
      )}
      {incidents.length > 0 && (
        <section aria-label="All incidents" className="fb-panel fb-incidents">
          <DataTable
            label="All incidents"
            columns={COLUMNS}
            rows={incidents}
            rowId={(incident) => incident.id}
            onOpen={(incident) => navigate('incident', { incidentId: incident.id })}
          />
        </section>
      )}
    </div>
  );
}

function StateCell({ incident }: { readonly incident: Incident }) {
  return incident.status === 'open' ? (
    <Chip tone="danger" icon={<IconAlertTriangleFilled size={11} />}>
      {stageWords(incident)}
    </Chip>
  ) : (
    <Chip tone="ok" isQuiet icon={<IconCircleCheck size={12} />}>
      closed
    </Chip>
  );
}

function DeclaredCell({ incident }: { readonly incident: Incident }) {
  const nowMs = useNowMs();
  return (
    <span className="fb-cell">
      <span>
        {ageWords(nowMs - incident.declaredAtMs)} ago{' '}
        <span className="fb-dim">{new Date(incident.declaredAtMs).toISOString().slice(0, 10)}</span>
      </span>
      <span className="fb-cell-sub">
        <TimeStamp atMs={incident.declaredAtMs} />
      </span>
    </span>
  );
}

function Against({ ms, targetMs }: { readonly ms: number | null; readonly targetMs: number }) {
  if (ms === null) return <span className="fb-faint">–</span>;
  return (
    <span className="fb-mono">
      {clockWords(ms)}
      {ms > targetMs && <span className="fb-warn-text"> over</span>}
    </span>
  );
}
