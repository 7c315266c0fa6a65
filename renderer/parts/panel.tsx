import { useId, type ReactNode } from 'react';
import './panel.css';

export type PanelProps = {
  /** The heading, and the region's accessible name. */
  readonly title: string;
  /** Beside the heading: what it is about ("v18 against v17"). */
  readonly note?: ReactNode;
  /** Right after the heading: switches of the panel. */
  readonly lead?: ReactNode;
  /** At the far end of the heading. */
  readonly aside?: ReactNode;
  readonly className?: string;
  /** Its data is past five refresh intervals, or its source hangs: this panel greys, no other. */
  readonly isStale?: boolean;
  readonly children: ReactNode;
};

/** A named region of a screen. */
export function Panel({ title, note, lead, aside, className, isStale = false, children }: PanelProps) {
  const headingId = useId();
  return (
    <section
      aria-labelledby={headingId}
      className={className === undefined ? 'fb-panel' : `fb-panel ${className}`}
      data-stale={isStale || undefined}
    >
      <header className="fb-panel-head">
        <h2 id={headingId} className="fb-label">
          {title}
        </h2>
        {note !== undefined && <span className="fb-panel-note">{note}</span>}
        {lead}
        {aside !== undefined && <div className="fb-panel-aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}
