import { useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { Dialog } from '#renderer/parts/dialog.tsx';
import { ExternalLink } from '#renderer/parts/external-link.tsx';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import type { ActionItem } from '#shared/model/action-item.ts';
import { ItemForm } from './item-form.tsx';
import styles from './postmortem.module.css';

/** The action items of the incident: each needs an owner and a due date. */
export function ItemsPanel(props: {
  readonly incidentId: string;
  readonly items: readonly ActionItem[];
  readonly onChanged: () => void;
}) {
  const { incidentId, items, onChanged } = props;
  const [editing, setEditing] = useState<ActionItem | 'new' | null>(null);
  useAction({
    id: 'postmortem.item',
    title: 'Add an action item',
    keys: 'a',
    run: () => setEditing('new'),
  });
  return (
    <Panel title="Action items" aside={<span className="fb-dim">{items.length}</span>}>
      <div className={styles.body} data-place="action-items">
        {items.length === 0 && <p className="fb-dim">None yet. Each needs an owner and a due date.</p>}
        <ul className={styles.list}>
          {items.map((item) => (
            <li key={item.id} className={styles.item}>
              <span>
                <strong>{item.title}</strong> <span className="fb-mono fb-dim">{item.id}</span>
              </span>
              <span className="fb-dim">
                {item.state.replace('-', ' ')}
                {item.droppedBecause !== null && ` (${item.droppedBecause})`}, {item.owner ?? 'no owner'},{' '}
                {item.dueOn === null ? 'no due date' : `due ${item.dueOn}`}
              </span>
              <span className={styles.actions}>
                <button
                  type="button"
                  className="fb-button fb-button-quiet"
                  aria-label={`Change ${item.id}`}
                  onClick={() => setEditing(item)}
                >
                  Change
                </button>
                {item.ticketUrl !== null && (
                  <ExternalLink href={item.ticketUrl}>Ticket of {item.id}</ExternalLink>
                )}
              </span>
            </li>
          ))}
        </ul>
        <div className={styles.actions}>
          <button type="button" className="fb-button" onClick={() => setEditing('new')}>
            Add an action item <KeyHint keys="A" />
          </button>
        </div>
      </div>
      <Dialog
        isOpen={editing !== null}
        title={editing === null || editing === 'new' ? 'New action item' : `Change ${editing.id}`}
        onClose={() => setEditing(null)}
      >
        {editing !== null && (
          <ItemForm
            key={editing === 'new' ? 'new' : `${editing.id}/${editing.revision}`}
            incidentId={incidentId}
            item={editing === 'new' ? null : editing}
            onChanged={onChanged}
            onDone={() => setEditing(null)}
          />
        )}
      </Dialog>
    </Panel>
  );
}
