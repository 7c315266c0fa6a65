import { hrefTo } from '#renderer/app/routes.ts';
import { useLive } from '#renderer/live/hooks.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { aboutWords } from '#shared/domain/history/words.ts';
import type { HistorySummary } from '#shared/model/history.ts';
import { filterOf, isFiltered, NO_FILTERS, type HistoryAddress } from './address.ts';
import { ByGroup } from './by-group.tsx';
import { ExportBar } from './export-bar.tsx';
import { EvalWeeks } from './eval-weeks.tsx';
import { Filters } from './filters.tsx';
import { IncidentTable } from './incident-table.tsx';
import { ItemAges } from './item-ages.tsx';
import { KeyFigures } from './key-figures.tsx';
import { StepsTable } from './steps-table.tsx';
import { useAddress } from './use-address.ts';
import './history.css';

type Change = (change: Partial<HistoryAddress>) => void;

/** How the team's responses went over weeks: against targets, drills apart, nothing averaged unless asked. */
export function HistoryView() {
  const [address, onChange] = useAddress();
  const changed =
    useLive((state) =>
      Object.values(state.incidents)
        .map(({ id, status }) => `${id}:${status}`)
        .join(),
    ) ?? '';
  const { groupBy, withMeans } = address;
  const filter = filterOf(address);
  const pulled = usePulled(
    JSON.stringify({ filter, groupBy, withMeans }),
    (client, signal) => client.history.summary({ filter, groupBy, withMeans }, { signal }),
    { refreshOn: changed, minIntervalMs: 200 },
  );
  const summary = pulled.data;
  return (
    <div className="fb-view fb-history">
      <header className="fb-view-head">
        <h1>History</h1>
        {summary !== null && <ExportBar address={address} summary={summary} />}
      </header>
      <div className="fb-history-screen">
        <Filters
          address={address}
          onChange={onChange}
          choices={summary?.choices ?? { prompts: [], teams: [] }}
        />
      </div>
      {pulled.error !== null && (
        <ErrorState
          title={pulled.isKept ? 'The figures may be out of date' : 'History could not be read'}
          detail={pulled.error}
          onRetry={pulled.reload}
        />
      )}
      {summary === null && pulled.error === null && <LoadingState what="history" rows={6} />}
      {summary !== null && (
        <Figures
          summary={summary}
          address={address}
          onChange={onChange}
          refreshOn={changed}
          onReload={pulled.reload}
        />
      )}
    </div>
  );
}

function Figures(props: {
  readonly summary: HistorySummary;
  readonly address: HistoryAddress;
  readonly onChange: Change;
  readonly refreshOn: string;
  readonly onReload: () => void;
}) {
  const { summary, address, onChange, refreshOn, onReload } = props;
  const { incidents, drills, notWorkedOut } = summary;
  const count = incidents.closed + incidents.open + drills.closed + drills.open;
  if (count === 0 && notWorkedOut === 0) return <NoIncident address={address} onChange={onChange} />;
  return (
    <>
      <section aria-label="What the figures are about" className="fb-history-about">
        <Period summary={summary} />
        {aboutWords(summary).map((line) => (
          <p key={line} className="fb-dim">
            {line}
          </p>
        ))}
        {notWorkedOut > 0 && (
          <button type="button" className="fb-button fb-history-screen" onClick={onReload}>
            Look again
          </button>
        )}
      </section>
      <KeyFigures figures={incidents} withMeans={summary.withMeans} />
      <div className="fb-history-columns">
        <ByGroup summary={summary} address={address} onChange={onChange} />
        <Panel title="Each step against its target" note={`${incidents.closed} closed incidents`}>
          <StepsTable
            label="Each step against its target"
            figures={incidents}
            withMeans={summary.withMeans}
          />
        </Panel>
        <EvalWeeks summary={summary} />
        <ItemAges summary={summary} />
        {drills.closed > 0 && (
          <Panel
            title="Drills"
            note={`${drills.closed} drills, in no figure above`}
            aside={
              <a className="fb-history-screen" href={hrefTo('gameday')}>
                Each drill with its debrief
              </a>
            }
          >
            <StepsTable label="Drills against targets" figures={drills} withMeans={summary.withMeans} />
          </Panel>
        )}
      </div>
      <Panel title="Incidents" className="fb-history-screen fb-history-incidents">
        <IncidentTable address={address} onChange={onChange} refreshOn={refreshOn} />
      </Panel>
    </>
  );
}

/** What was asked for, in words: on paper the filters are not there. */
function Period({ summary }: { readonly summary: HistorySummary }) {
  const { fromMs, toMs, promptId, team, trigger, lever, severity } = summary.filter;
  const day = (atMs: number) => `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const parts = [
    fromMs === null && toMs === null
      ? 'all time'
      : [fromMs === null ? '' : `from ${day(fromMs)}`, toMs === null ? '' : `before ${day(toMs)}`]
          .filter((part) => part !== '')
          .join(' '),
    promptId,
    team,
    trigger,
    lever,
    severity,
  ];
  return <p className="fb-history-period">{parts.filter((part) => part !== null).join(' · ')}</p>;
}

function NoIncident({ address, onChange }: { readonly address: HistoryAddress; readonly onChange: Change }) {
  if (!isFiltered(address)) {
    return (
      <EmptyState
        title="No incident so far"
        text="Figures begin with the first incident, medians with the fifth. An alarm opens one by itself."
      />
    );
  }
  return (
    <EmptyState title="No incident matches" text="None was declared in this time with these filters.">
      <button type="button" className="fb-button" onClick={() => onChange(NO_FILTERS)}>
        Show all incidents
      </button>
    </EmptyState>
  );
}
