import type { Window } from '#shared/model/evidence.ts';
import type { Marker } from './chart-model.ts';
import styles from './charts.module.css';

/** Stroke of a marker line. */
export function markerStroke(tone: Marker['tone']): string {
  if (tone === 'danger') return 'var(--fb-danger)';
  return tone === 'strong' ? 'var(--fb-text)' : 'var(--fb-text-dim)';
}

/** The word beside a marker line; on the far right of the chart it stands left of the line, so it is never cut. */
export function MarkerLabel(props: {
  readonly marker: Marker;
  /** 0 = top; labels of close markers stand below each other. */
  readonly row: number;
  readonly window: Window;
  readonly viewBox?: { readonly x?: number; readonly y?: number };
}) {
  const { marker, row, window, viewBox } = props;
  const position01 = (marker.atMs - window.fromMs) / (window.toMs - window.fromMs);
  const isLate = position01 > 0.75;
  return (
    <text
      x={(viewBox?.x ?? 0) + (isLate ? -5 : 5)}
      y={(viewBox?.y ?? 0) + 10 + row * 14}
      textAnchor={isLate ? 'end' : 'start'}
      fill={markerStroke(marker.tone)}
      className={styles.marker}
    >
      {marker.label}
    </text>
  );
}
