import type { ReactNode } from 'react';
import './chip.css';

export type ChipTone = 'plain' | 'ok' | 'warn' | 'danger' | 'unknown' | 'control' | 'candidate' | 'accent';

export type ChipProps = {
  readonly tone?: ChipTone;
  /** A shape beside the word, so that colour never carries the meaning alone. */
  readonly icon?: ReactNode;
  /** Words and shape without a pill: for states that need no attention. */
  readonly isQuiet?: boolean;
  readonly title?: string;
  readonly children: ReactNode;
};

/** A small word with a shape and a tone. */
export function Chip({ tone = 'plain', icon, isQuiet = false, title, children }: ChipProps) {
  return (
    <span className="fb-chip" data-tone={tone} data-quiet={isQuiet || undefined} title={title}>
      {icon !== undefined && (
        <span className="fb-chip-icon" aria-hidden>
          {icon}
        </span>
      )}
      {children}
    </span>
  );
}
