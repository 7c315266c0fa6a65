import { IconAlertTriangle, IconFlag } from '@tabler/icons-react';
import { navigate } from '#renderer/app/router.ts';
import { hrefTo } from '#renderer/app/routes.ts';
import { Chip } from '#renderer/parts/chip.tsx';
import { DataTable, type DataColumn } from '#renderer/parts/data-table.tsx';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import type { DrillSummary } from '#shared/model/drill.ts';
import { pointsPercent } from '../words.ts';
import { trendsOf, trendWords } from './trend.ts';
import styles from './reports.module.css';

const COLUMNS: readonly DataColumn<DrillSummary>[] = [
  {
    id: 'ended',
    header: 'Ended',
    width: '17%',
    cell: ({ endedAtMs }) => (
      <span className="fb-mono">{new Date(endedAtMs).toISOString().slice(0, 16).replace('T', ' ')}</span>
    ),
    sortValue: ({ endedAtMs }) => endedAtMs,
  },
  {
    id: 'title',
    header: 'Scenario',
    width: '25%',
    cell: ({ title, drillId }) => <a href={hrefTo('debrief', { drillId })}>{title}</a>,
    sortValue: ({ title }) => title,
  },
  {
    id: 'score',
    header: 'Score',
    width: '9%',
    align: 'end',
    cell: ({ outcome, points }) => (outcome === 'finished' ? `${pointsPercent(points)} %` : '–'),
    sortValue: ({ outcome, points }) => (outcome === 'finished' ? pointsPercent(points) : null),
  },
  {
    id: 'outcome',
    header: 'Outcome',
    width: '11%',
    cell: ({ outcome }) =>
      outcome === 'finished' ? (
        <Chip tone="ok" isQuiet icon={<IconFlag size={12} />}>
          finished
        </Chip>
      ) : (
        <Chip tone="warn" isQuiet icon={<IconAlertTriangle size={12} />}>
          aborted
        </Chip>
      ),
    sortValue: ({ outcome }) => outcome,
  },
  {
    id: 'wrong',
    header: 'Wrong turns',
    width: '10%',
    align: 'end',
    cell: ({ wrongTurns }) => wrongTurns,
    sortValue: ({ wrongTurns }) => wrongTurns,
  },
  {
    id: 'bad',
    header: 'Bad, best possible',
    width: '14%',
    align: 'end',
    cell: ({ badConversations: { served, best } }) => `${Math.round(served)}, ${Math.round(best)}`,
    sortValue: ({ badConversations: { served } }) => served,
  },
  {
    id: 'who',
    header: 'Played by',
    cell: ({ participants, facilitator }) =>
      participants.length === 0 ? (
        <span className="fb-dim">not named ({facilitator})</span>
      ) : (
        participants.join(', ')
      ),
  },
];

/** Every drill so far, and how each scenario goes over time. Never mixed into the incidents' figures. */
export function ReportsPanel({ reports }: { readonly reports: readonly DrillSummary[] }) {
  const trends = trendsOf(reports);
  return (
    <Panel
      title="Drill history"
      note={reports.length === 0 ? 'none yet' : `${reports.length}, in no figure of real incidents`}
      aside={<a href={hrefTo('history')}>Incident history</a>}
    >
      {reports.length === 0 ? (
        <EmptyState
          title="No drill so far"
          text="Choose a scenario, prepare it, read out its brief. The score and the debrief stand here afterwards."
        />
      ) : (
        <div className={styles.reports}>
          <DataTable
            label="Drill history"
            columns={COLUMNS}
            rows={reports}
            rowId={({ drillId }) => drillId}
            onOpen={({ drillId }) => navigate('debrief', { drillId })}
          />
          {trends.length > 0 && (
            <section aria-labelledby="drill-trends">
              <h3 id="drill-trends" className="fb-label">
                By scenario, last scores
              </h3>
              <ul className={styles.trends}>
                {trends.map((trend) => (
                  <li key={trend.scenarioId}>
                    <span className="fb-ellipsis">{trend.title}</span>
                    <span className="fb-num">
                      {trend.percents.map((percent) => `${percent} %`).join(' → ')}
                    </span>
                    <span className="fb-dim">{trendWords(trend)}</span>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </div>
      )}
    </Panel>
  );
}
