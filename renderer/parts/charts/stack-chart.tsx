import { memo, useId } from 'react';
import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { TITLE_AXIS } from './title-axis.ts';
import { TOOLTIP } from './tooltip.ts';
import styles from './charts.module.css';

/** One layer of the bars. Layers differ in their pattern as well as in colour. */
export type StackLayer = {
  readonly id: string;
  readonly title: string;
  /** A colour token: `var(--fb-ok-line)`. */
  readonly colour: string;
  readonly pattern: 'solid' | 'hatched' | 'dotted' | 'outlined';
};

export type StackBar = {
  readonly title: string;
  /** By layer id. */
  readonly counts: Readonly<Record<string, number>>;
};

/** Counts as stacked bars, from the first layer up. Its table twin and `StackLegend` stand beside it. */
export const StackChart = memo(function StackChart(props: {
  readonly bars: readonly StackBar[];
  readonly layers: readonly StackLayer[];
}) {
  const { bars, layers } = props;
  const chartId = useId();
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart
        data={[...bars]}
        margin={{ top: 12, right: 8, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <defs>
          {layers.map((layer) => (
            <Pattern key={layer.id} id={`${chartId}${layer.id}`} layer={layer} />
          ))}
        </defs>
        <XAxis {...TITLE_AXIS} className={styles.axis} />
        <YAxis
          allowDecimals={false}
          className={styles.axis}
          tickLine={false}
          axisLine={false}
          width={36}
          domain={[0, 'auto']}
        />
        <Tooltip {...TOOLTIP} cursor={{ fill: 'var(--fb-hover)' }} labelFormatter={String} />
        {layers.map(({ id, title, colour }) => (
          <Bar
            key={id}
            name={title}
            dataKey={(bar: StackBar) => bar.counts[id] ?? 0}
            stackId="all"
            fill={`url(#${chartId}${id})`}
            stroke={colour}
            maxBarSize={28}
            isAnimationActive={false}
          />
        ))}
      </BarChart>
    </ResponsiveContainer>
  );
});

function Pattern({ id, layer }: { readonly id: string; readonly layer: StackLayer }) {
  const { colour, pattern } = layer;
  return (
    <pattern id={id} width={6} height={6} patternUnits="userSpaceOnUse">
      {pattern === 'solid' && <rect width={6} height={6} fill={colour} />}
      {pattern === 'hatched' && (
        <path d="M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2" stroke={colour} strokeWidth={2} />
      )}
      {pattern === 'dotted' && <circle cx={3} cy={3} r={1.2} fill={colour} />}
    </pattern>
  );
}

/** What each pattern stands for. */
export function StackLegend({ layers }: { readonly layers: readonly StackLayer[] }) {
  const legendId = useId();
  return (
    <ul className={styles.legend} aria-label="Legend">
      {layers.map((layer) => (
        <li key={layer.id}>
          <svg width={14} height={12} aria-hidden>
            <defs>
              <Pattern id={`${legendId}${layer.id}`} layer={layer} />
            </defs>
            <rect
              x={0.5}
              y={0.5}
              width={13}
              height={11}
              fill={`url(#${legendId}${layer.id})`}
              stroke={layer.colour}
            />
          </svg>
          {layer.title}
        </li>
      ))}
    </ul>
  );
}
