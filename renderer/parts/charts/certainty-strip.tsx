import { memo } from 'react';
import type { CertaintySeries } from '#shared/model/detection.ts';
import { certaintyPath, certaintySummary, certaintyTop, type CertaintyLines } from './certainty-path.ts';
import styles from './certainty-strip.module.css';

/**
 * The evidence of one signal over time, under the signal's curve and on its time axis, with the watch and the page line.
 * Beside its table twin it carries its own sentence for screen readers.
 */
export const CertaintyStrip = memo(function CertaintyStrip(props: {
  readonly name: string;
  readonly points: CertaintySeries['points'];
  readonly window: { readonly fromMs: number; readonly toMs: number };
  readonly lines: CertaintyLines;
}) {
  const { name, points, window, lines } = props;
  const top = certaintyTop(points, lines);
  const heightOf = (sigma: number) => 100 * (1 - sigma / top);
  const path = certaintyPath(points, window, top);
  const sentence = certaintySummary(name, points, lines);
  return (
    <div className={styles.strip} role="img" aria-label={sentence} title={sentence}>
      <span className={styles.scale} aria-hidden>
        <span data-line="page" style={{ top: `${heightOf(lines.page)}%` }}>
          {lines.page}
        </span>
        <span data-line="watch" style={{ top: `${heightOf(lines.watch)}%` }}>
          {lines.watch}
        </span>
      </span>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
        <path className={styles.page} d={`M0 ${heightOf(lines.page)}H100`} />
        <path className={styles.watch} d={`M0 ${heightOf(lines.watch)}H100`} />
        <path className={styles.foot} d="M0 100H100" />
        {path !== '' && <path className={styles.line} d={path} />}
      </svg>
    </div>
  );
});
