import type { ReactNode } from 'react';
import './states.css';

/** Nothing here, and what that means. */
export function EmptyState(props: {
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="fb-state">
      <p className="fb-state-title">{props.title}</p>
      {props.text !== undefined && <p className="fb-dim">{props.text}</p>}
      {props.children}
    </div>
  );
}
