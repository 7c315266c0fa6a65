import { useMemo, useState } from 'react';
import { GroupChart } from '#renderer/parts/charts/group-chart.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { spanWords, tooFewWords, withinWords } from '#shared/domain/history/words.ts';
import {
  historyGroupSchema,
  type HistorySummary,
  RESPONSE_METRICS,
  responseMetricSchema,
} from '#shared/model/history.ts';
import type { HistoryAddress } from './address.ts';
import { chartSentence, groupRows, timeAxis, type GroupRow } from './weeks.ts';

/** One metric by week, prompt, team, trigger or lever: a chart and its table twin. */
export function ByGroup(props: {
  readonly summary: HistorySummary;
  readonly address: HistoryAddress;
  readonly onChange: (change: Partial<HistoryAddress>) => void;
}) {
  const { summary, address, onChange } = props;
  const [isTable, setTable] = useState(false);
  const metric = RESPONSE_METRICS.find(({ id }) => id === address.metric);
  const rows = useMemo(
    () => groupRows(summary.groups, summary.groupBy, address.metric),
    [summary, address.metric],
  );
  const bars = useMemo(
    () =>
      rows.map(({ title, figures }) => ({
        title: title.replace(/^week of /, ''),
        median: figures?.medianMs ?? null,
        p90: figures?.p90Ms ?? null,
      })),
    [rows],
  );
  const ticks = useMemo(() => timeAxis(rows, metric?.targetMs ?? 0), [rows, metric]);
  if (metric === undefined) return null;
  const isDrawn = bars.some(({ median }) => median !== null);
  return (
    <Panel
      title={`By ${summary.groupBy}`}
      note={metric.title}
      className="fb-history-groups"
      aside={
        <>
          <label>
            <span>by</span>
            <select
              value={address.groupBy}
              onChange={({ target }) =>
                onChange({
                  groupBy: historyGroupSchema.options.find((one) => one === target.value) ?? 'week',
                })
              }
            >
              {historyGroupSchema.options.map((option) => (
                <option key={option}>{option}</option>
              ))}
            </select>
          </label>
          <label>
            <span>measured</span>
            <select
              value={address.metric}
              onChange={({ target }) =>
                onChange({
                  metric:
                    responseMetricSchema.options.find((one) => one === target.value) ?? 'time-to-rollback',
                })
              }
            >
              {RESPONSE_METRICS.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          <button
            type="button"
            className="fb-button fb-button-quiet fb-history-screen"
            aria-pressed={isTable}
            onClick={() => setTable(!isTable)}
          >
            Show as table
          </button>
        </>
      }
    >
      {!isTable && !isDrawn && (
        <p className="fb-dim fb-history-screen">
          No group has the five closed incidents that a median needs. The table has what there is.
        </p>
      )}
      {!isTable && isDrawn && (
        <div
          className="fb-history-chart fb-history-screen"
          role="img"
          aria-label={chartSentence(rows, metric.title, metric.targetMs)}
        >
          <GroupChart bars={bars} target={metric.targetMs} ticks={ticks} words={spanWords} />
        </div>
      )}
      <div className={isTable ? undefined : 'fb-history-print'}>
        <GroupTable
          rows={rows}
          label={`${metric.title} by ${summary.groupBy}`}
          withMeans={summary.withMeans}
        />
      </div>
      {!isTable && isDrawn && (
        <p className="fb-dim fb-history-screen">
          Bars: median. Diamonds: p90. Dashed: target {spanWords(metric.targetMs)}. No bar: fewer than five
          closed incidents.
        </p>
      )}
    </Panel>
  );
}

function GroupTable(props: {
  readonly rows: readonly GroupRow[];
  readonly label: string;
  readonly withMeans: boolean;
}) {
  const { rows, label, withMeans } = props;
  return (
    <table className="fb-table" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Group</th>
          <th scope="col" data-align="end">
            Closed
          </th>
          <th scope="col" data-align="end">
            Open
          </th>
          <th scope="col">Median, p90{withMeans ? ', mean' : ''}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, title, closed, open, figures }) => (
          <tr key={key}>
            <th scope="row">{title}</th>
            <td data-align="end">{closed}</td>
            <td data-align="end">{open}</td>
            <td>
              {figures === null
                ? closed + open === 0
                  ? 'no incident'
                  : 'not measured yet'
                : (tooFewWords(figures) ??
                  [
                    `${spanWords(figures.medianMs)}, ${spanWords(figures.p90Ms)}`,
                    ...(withMeans ? [spanWords(figures.meanMs)] : []),
                  ].join(', ') + ` · ${withinWords(figures)}`)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
