import { memo } from 'react';
import {
  Area,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import type { Onset } from '#shared/model/detection.ts';
import type { SignalSeries } from '#shared/model/evidence.ts';
import type { Marker } from './chart-model.ts';

import { markerStroke } from './marker-label.tsx';
import { TOOLTIP } from './tooltip.ts';
import { seriesRows, type SeriesRow } from './signal-rows.ts';
import styles from './charts.module.css';

/** One signal over time: candidate and control lines, the control's baseline, about when it began, and after a flip the expected recovery band. */
export const SignalChart = memo(function SignalChart(props: {
  readonly series: SignalSeries;
  readonly markers: readonly Marker[];
  readonly digits: number;
  /** About when the regression began: a band over its range. */
  readonly onset?: Onset | null;
}) {
  const { series, markers, digits, onset = null } = props;
  const rows = seriesRows(series);
  const { fromMs, toMs } = series.window;
  const label = (value: number) => value.toFixed(digits);
  return (
    <ResponsiveContainer width="100%" height="100%">
      <ComposedChart data={rows} margin={{ top: 6, right: 2, bottom: 6, left: 0 }} accessibilityLayer={false}>
        <XAxis dataKey="atMs" type="number" domain={[fromMs, toMs]} hide allowDataOverflow />
        <YAxis
          width={34}
          domain={['auto', 'auto']}
          tickCount={3}
          interval={0}
          tickFormatter={label}
          className={styles.axis}
          tickLine={false}
          axisLine={false}
        />
        <Tooltip
          {...TOOLTIP}
          formatter={(value, name) => [
            Array.isArray(value)
              ? value.map((bound) => label(Number(bound))).join(' to ')
              : label(Number(value)),
            name,
          ]}
        />
        {series.band.length > 0 && (
          <Area
            name="expected recovery"
            dataKey={(row: SeriesRow) => row.band}
            isAnimationActive={false}
            stroke="none"
            fill="var(--fb-control-line)"
            fillOpacity={0.2}
            connectNulls
            activeDot={false}
          />
        )}
        {onset !== null && onset.latestMs > fromMs && (
          <ReferenceArea
            x1={Math.max(fromMs, onset.earliestMs)}
            x2={Math.min(toMs, onset.latestMs)}
            fill="var(--fb-warn-line)"
            fillOpacity={0.14}
            stroke="none"
          />
        )}
        {series.baseline !== null && (
          <ReferenceLine y={series.baseline} stroke="var(--fb-text-dim)" strokeDasharray="1 4" />
        )}
        {series.lines
          .filter((line) => line.role !== 'other')
          .map((line) => (
            <Line
              key={line.version}
              name={line.version}
              dataKey={(row: SeriesRow) => row.values[line.version] ?? null}
              isAnimationActive={false}
              stroke={line.role === 'control' ? 'var(--fb-control-line)' : 'var(--fb-candidate-line)'}
              strokeWidth={1.6}
              strokeDasharray={line.role === 'control' ? '5 2' : undefined}
              dot={false}
              activeDot={false}
              connectNulls={false}
            />
          ))}
        {markers
          .filter((marker) => marker.atMs >= fromMs && marker.atMs <= toMs)
          .map((marker) => (
            <ReferenceLine
              key={`${marker.label}-${marker.atMs}`}
              x={marker.atMs}
              stroke={markerStroke(marker.tone)}
              strokeDasharray="2 3"
            />
          ))}
      </ComposedChart>
    </ResponsiveContainer>
  );
});
