import { IconAlertTriangle } from '@tabler/icons-react';
import type { Trouble } from '#renderer/client/failure.ts';
import styles from './eval.module.css';

/** What a command could not do, beside the button that was pressed. */
export function TroubleNote({
  trouble,
  onDismiss,
}: {
  readonly trouble: Trouble | null;
  readonly onDismiss: () => void;
}) {
  if (trouble === null) return null;
  return (
    <div className={styles.trouble} role="alert">
      <IconAlertTriangle size={15} aria-hidden />
      <p>
        <strong>{trouble.title}.</strong> {trouble.detail} <span className="fb-dim">{trouble.next}</span>
      </p>
      <button type="button" className="fb-button fb-button-quiet" onClick={onDismiss}>
        Dismiss
      </button>
    </div>
  );
}
