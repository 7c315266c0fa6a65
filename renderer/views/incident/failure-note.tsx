import { IconAlertTriangle, IconHelpCircle } from '@tabler/icons-react';
import type { Trouble } from '#renderer/client/failure.ts';
import styles from './act.module.css';

/** What a command could not do, where it was pressed: what happened, what it means, what to press next. */
export function FailureNote(props: { readonly trouble: Trouble | null; readonly onDismiss: () => void }) {
  const { trouble, onDismiss } = props;
  if (!trouble) return null;
  return (
    <div className={styles.failure} role="alert" data-unknown={trouble.isUnknown}>
      {trouble.isUnknown ? (
        <IconHelpCircle size={15} aria-hidden />
      ) : (
        <IconAlertTriangle size={15} aria-hidden />
      )}
      <p>
        <strong>{trouble.title}.</strong> {trouble.detail} <span className="fb-dim">{trouble.next}</span>
      </p>
      <button type="button" className="fb-button fb-button-quiet" onClick={onDismiss}>
        Dismiss
      </button>
    </div>
  );
}
