import { Panel } from '#renderer/parts/panel.tsx';
import type { DrillState } from '#shared/model/drill.ts';
import styles from './console.module.css';

/** What it costs until now: conversations that a fault made worse. */
export function BadSoFar({ drill }: { readonly drill: DrillState }) {
  return (
    <Panel title="Bad conversations so far">
      <p className={styles.figure}>
        <strong className="fb-num">{Math.round(drill.badConversations).toLocaleString('en')}</strong>
        <span className="fb-dim">
          served on what is broken; beside the best possible and no response in the debrief
        </span>
      </p>
    </Panel>
  );
}
