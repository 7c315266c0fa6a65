import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import './states.css';

export type ErrorStateProps = {
  /** What failed, and on which system. */
  readonly title: string;
  /** What it means. */
  readonly detail: string;
  /** The next thing to press, in words. */
  readonly next?: string;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
};

/** What failed, on which system, what it means, and the next thing to press. */
export function ErrorState({ title, detail, next, onRetry, children }: ErrorStateProps) {
  return (
    <div className="fb-state fb-state-error" role="alert">
      <p className="fb-state-title">
        <IconAlertTriangle size={16} aria-hidden /> {title}
      </p>
      <p>{detail}</p>
      {next !== undefined && <p className="fb-dim">{next}</p>}
      <div className="fb-row">
        {onRetry !== undefined && (
          <button type="button" className="fb-button" onClick={onRetry}>
            Try again
          </button>
        )}
        {children}
      </div>
    </div>
  );
}
