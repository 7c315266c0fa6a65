import { IconAlertTriangle } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { StackChart, StackLegend, type StackLayer } from '#renderer/parts/charts/stack-chart.tsx';
import { Chip } from '#renderer/parts/chip.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { ageingWords, ITEM_AGES } from '#shared/domain/history/words.ts';
import type { HistorySummary } from '#shared/model/history.ts';

const LAYERS: readonly StackLayer[] = [
  { id: 'overdue', title: 'overdue', colour: 'var(--fb-danger-line)', pattern: 'hatched' },
  {
    id: 'inTime',
    title: 'not due yet, or without a date',
    colour: 'var(--fb-control-line)',
    pattern: 'solid',
  },
];

/** What was promised after incidents and is not finished: by age, and by owner. */
export function ItemAges({ summary }: { readonly summary: HistorySummary }) {
  const [isTable, setTable] = useState(false);
  const { actionItems } = summary;
  const { ages, owners, unfinished, overdue } = actionItems;
  const bars = useMemo(
    () =>
      ages.map((one) => ({
        title: ITEM_AGES[one.age],
        counts: { overdue: one.overdue, inTime: one.unfinished - one.overdue },
      })),
    [ages],
  );
  const sentence = ageingWords(actionItems);
  return (
    <Panel
      title="Action items"
      note={sentence}
      className="fb-history-groups"
      aside={
        unfinished > 0 && (
          <button
            type="button"
            className="fb-button fb-button-quiet fb-history-screen"
            aria-pressed={isTable}
            onClick={() => setTable(!isTable)}
          >
            Show as table
          </button>
        )
      }
    >
      {overdue > 0 && (
        <p>
          <Chip tone="danger" icon={<IconAlertTriangle size={12} />}>
            {overdue} overdue
          </Chip>
        </p>
      )}
      {unfinished === 0 && (
        <p className="fb-dim">Everything that was promised after these incidents is done or dropped.</p>
      )}
      {unfinished > 0 && !isTable && (
        <>
          <div
            className="fb-history-chart fb-history-ages fb-history-screen"
            role="img"
            aria-label={`By age: ${ages.map((one) => `${ITEM_AGES[one.age]} ${one.unfinished}, overdue ${one.overdue}`).join('; ')}.`}
          >
            <StackChart bars={bars} layers={LAYERS} />
          </div>
          <div className="fb-history-screen">
            <StackLegend layers={LAYERS} />
          </div>
        </>
      )}
      {unfinished > 0 && (
        <>
          <div className={isTable ? undefined : 'fb-history-print'}>
            <Counted
              label="Unfinished action items by age"
              heading="Promised"
              rows={ages.map((one) => ({ ...one, title: `${ITEM_AGES[one.age]} ago` }))}
            />
          </div>
          <Counted
            label="Unfinished action items by owner"
            heading="Owner"
            rows={owners.map((one) => ({ ...one, title: one.owner ?? 'nobody named' }))}
          />
        </>
      )}
    </Panel>
  );
}

type CountedRow = {
  readonly title: string;
  readonly unfinished: number;
  readonly overdue: number;
  readonly oldestDays?: number;
};

function Counted(props: {
  readonly label: string;
  readonly heading: string;
  readonly rows: readonly CountedRow[];
}) {
  const { label, heading, rows } = props;
  const hasOldest = rows.some(({ oldestDays }) => oldestDays !== undefined);
  return (
    <table className="fb-table" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{heading}</th>
          <th scope="col" data-align="end">
            Unfinished
          </th>
          <th scope="col" data-align="end">
            Overdue
          </th>
          {hasOldest && (
            <th scope="col" data-align="end">
              Oldest
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ title, unfinished, overdue, oldestDays }) => (
          <tr key={title}>
            <th scope="row">{title}</th>
            <td data-align="end">{unfinished}</td>
            <td data-align="end">{overdue}</td>
            {oldestDays !== undefined && <td data-align="end">{oldestDays} d</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
