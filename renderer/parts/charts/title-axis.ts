/** The horizontal axis of bars: one title a bar, as many of them as fit. */
export const TITLE_AXIS = {
  dataKey: 'title',
  tickLine: false,
  axisLine: false,
  height: 18,
  interval: 'preserveStartEnd',
  minTickGap: 12,
} as const;
