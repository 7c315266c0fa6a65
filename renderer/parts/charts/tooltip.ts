import { clockLabel } from './chart-model.ts';

/** How every chart shows the figures under the pointer: at once, on the panel's colours, with the time to the second. */
export const TOOLTIP = {
  isAnimationActive: false,
  contentStyle: {
    background: 'var(--fb-panel)',
    border: '1px solid var(--fb-border)',
    borderRadius: 4,
  },
  labelFormatter: (atMs: unknown) => clockLabel(Number(atMs), true),
} as const;
