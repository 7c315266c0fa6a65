import { memo } from 'react';
import { Area, AreaChart, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { Distribution } from '#shared/model/evidence.ts';
import { MarkerLabel, markerStroke } from './marker-label.tsx';
import { TOOLTIP } from './tooltip.ts';
import type { Marker } from './chart-model.ts';
import {
  clockLabel,
  markerRows,
  percent,
  shareCeiling,
  shareRows,
  stackOrder,
  timeTicks,
} from './chart-model.ts';
import styles from './charts.module.css';

const colorOf = (version: string, control: string, candidate: string | null) =>
  version === control
    ? 'var(--fb-control-line)'
    : version === candidate
      ? 'var(--fb-candidate-line)'
      : 'var(--fb-unknown-line)';

/** Stacked area of who is serving: by share of conversations, or by volume. The candidate lies at the bottom. */
export const ShareChart = memo(function ShareChart(props: {
  readonly distribution: Distribution;
  readonly mode: 'share' | 'volume';
  readonly control: string;
  readonly candidate: string | null;
  readonly markers: readonly Marker[];
}) {
  const { distribution, mode, control, candidate, markers } = props;
  const rows = shareRows(distribution, mode);
  const order = stackOrder(
    distribution.versions.map((version) => version.version),
    control,
    candidate,
  );
  const { fromMs, toMs } = distribution.window;
  const top = mode === 'share' ? shareCeiling(rows, control) : undefined;
  const format = (value: number) => (mode === 'share' ? percent(value) : String(Math.round(value)));

  return (
    <ResponsiveContainer width="100%" height="100%">
      <AreaChart data={rows} margin={{ top: 16, right: 8, bottom: 0, left: 0 }} accessibilityLayer={false}>
        <XAxis
          dataKey="atMs"
          type="number"
          domain={[fromMs, toMs]}
          ticks={timeTicks(fromMs, toMs)}
          tickFormatter={(atMs: number) => clockLabel(atMs)}
          className={styles.axis}
          tickLine={false}
          axisLine={false}
          height={18}
          allowDataOverflow
        />
        <YAxis
          domain={[0, top ?? 'auto']}
          tickCount={3}
          tickFormatter={format}
          className={styles.axis}
          tickLine={false}
          axisLine={false}
          width={44}
          allowDataOverflow={mode === 'share'}
        />
        <Tooltip
          {...TOOLTIP}
          formatter={(value, name) => [
            value === null || value === undefined ? 'no traffic' : format(Number(value)),
            name,
          ]}
        />
        {order.map((version) => (
          <Area
            key={version}
            name={version}
            dataKey={(row: (typeof rows)[number]) => row.values[version] ?? null}
            stackId="serving"
            type="linear"
            isAnimationActive={false}
            stroke={colorOf(version, control, candidate)}
            strokeWidth={version === control ? 0 : 1.5}
            fill={colorOf(version, control, candidate)}
            fillOpacity={version === control ? 0.28 : 0.8}
            activeDot={false}
          />
        ))}
        {markerRows(markers, fromMs, toMs).map((marker) => (
          <ReferenceLine
            key={`${marker.label}-${marker.atMs}`}
            x={marker.atMs}
            stroke={markerStroke(marker.tone)}
            strokeDasharray="3 3"
            label={<MarkerLabel marker={marker} row={marker.row} window={distribution.window} />}
          />
        ))}
      </AreaChart>
    </ResponsiveContainer>
  );
});
