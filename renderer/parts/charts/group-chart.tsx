import { memo } from 'react';
import {
  Bar,
  ComposedChart,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { TITLE_AXIS } from './title-axis.ts';
import { TOOLTIP } from './tooltip.ts';
import styles from './charts.module.css';

export type GroupBar = {
  readonly title: string;
  /** Null: too few to say; the bar is left out and its place stays. */
  readonly median: number | null;
  readonly p90: number | null;
};

/** Medians as bars with p90 as a mark over each, against a target line. Its table twin stands beside it. */
export const GroupChart = memo(function GroupChart(props: {
  readonly bars: readonly GroupBar[];
  readonly target: number;
  /** Where the axis is written on; the last is its end. */
  readonly ticks: readonly number[];
  /** Writes a value. */
  readonly words: (value: number) => string;
}) {
  const { bars, target, ticks, words } = props;
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart
        data={[...bars]}
        margin={{ top: 12, right: 8, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <XAxis {...TITLE_AXIS} className={styles.axis} />
        <YAxis
          tickFormatter={words}
          className={styles.axis}
          tickLine={false}
          axisLine={false}
          width={56}
          ticks={[...ticks]}
          domain={[0, ticks.at(-1) ?? 'auto']}
        />
        <Tooltip
          {...TOOLTIP}
          cursor={{ fill: 'var(--fb-hover)' }}
          labelFormatter={String}
          formatter={(value, name) => [words(Number(value)), name]}
        />
        <Bar
          name="median"
          dataKey={(bar: GroupBar) => bar.median}
          fill="var(--fb-control-line)"
          maxBarSize={28}
          isAnimationActive={false}
        />
        <Scatter
          name="p90"
          dataKey={(bar: GroupBar) => bar.p90}
          fill="var(--fb-unknown-line)"
          shape="diamond"
          isAnimationActive={false}
        />
        <ReferenceLine y={target} stroke="var(--fb-text-dim)" strokeDasharray="4 3" />
      </ComposedChart>
    </ResponsiveContainer>
  );
});
