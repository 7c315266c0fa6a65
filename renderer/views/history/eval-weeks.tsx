import { useMemo, useState } from 'react';
import { StackChart, StackLegend, type StackLayer } from '#renderer/parts/charts/stack-chart.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { EVAL_OUTCOMES } from '#shared/domain/history/words.ts';
import type { EvalCounts, HistorySummary } from '#shared/model/history.ts';
import { evalSentence, evalRows } from './aftermath-rows.ts';

const LOOKS: Readonly<Record<keyof EvalCounts, Pick<StackLayer, 'colour' | 'pattern'>>> = {
  proven: { colour: 'var(--fb-ok-line)', pattern: 'solid' },
  waived: { colour: 'var(--fb-warn-line)', pattern: 'hatched' },
  missing: { colour: 'var(--fb-danger-line)', pattern: 'dotted' },
  notOwed: { colour: 'var(--fb-text-faint)', pattern: 'outlined' },
  unknown: { colour: 'var(--fb-unknown-line)', pattern: 'outlined' },
};
const LAYERS: readonly StackLayer[] = EVAL_OUTCOMES.map(({ id, title }) => ({ id, title, ...LOOKS[id] }));

/** What became of the eval case of each incident, by the week it was declared in: a chart and its table twin. */
export function EvalWeeks({ summary }: { readonly summary: HistorySummary }) {
  const [isTable, setTable] = useState(false);
  const rows = useMemo(() => evalRows(summary.evalWeeks), [summary]);
  const bars = useMemo(() => rows.map(({ key, counts }) => ({ title: key, counts })), [rows]);
  // A layer that is nowhere needs no explanation.
  const layers = useMemo(
    () => LAYERS.filter(({ id }) => rows.some(({ counts }) => counts[id as keyof EvalCounts] > 0)),
    [rows],
  );
  return (
    <Panel
      title="Eval cases"
      note="by week declared"
      className="fb-history-groups"
      aside={
        <button
          type="button"
          className="fb-button fb-button-quiet fb-history-screen"
          aria-pressed={isTable}
          onClick={() => setTable(!isTable)}
        >
          Show as table
        </button>
      }
    >
      {layers.length === 0 && (
        <p className="fb-dim fb-history-screen">No incident has closed yet, and no eval case is proven.</p>
      )}
      {!isTable && layers.length > 0 && (
        <>
          <div className="fb-history-chart fb-history-screen" role="img" aria-label={evalSentence(rows)}>
            <StackChart bars={bars} layers={layers} />
          </div>
          <div className="fb-history-screen">
            <StackLegend layers={layers} />
          </div>
        </>
      )}
      <div className={isTable ? undefined : 'fb-history-print'}>
        <table className="fb-table" aria-label="Eval cases by week">
          <thead>
            <tr>
              <th scope="col">Week of</th>
              {EVAL_OUTCOMES.map(({ id, title }) => (
                <th key={id} scope="col" data-align="end">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, counts }) => (
              <tr key={key}>
                <th scope="row">{key}</th>
                {EVAL_OUTCOMES.map(({ id }) => (
                  <td key={id} data-align="end">
                    {counts[id]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
