import { useState } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import type { Postmortem, PostmortemStyle } from '#shared/model/postmortem.ts';
import styles from './postmortem.module.css';

type Change = { style?: PostmortemStyle; preparedBy?: string | null; reviewOn?: string | null };

/** Who prepared it, when it is reviewed, and in which house style. */
export function DetailsForm(props: {
  readonly postmortem: Postmortem;
  readonly onSaved: (postmortem: Postmortem) => void;
  readonly onConflict: () => void;
}) {
  const { postmortem, onSaved, onConflict } = props;
  const { incidentId, details } = postmortem;
  const [preparedBy, setPreparedBy] = useState<string | null>(null);
  const save = useCommand('Save', (client, operationId, change: Change) =>
    client.postmortem.saveDetails({
      operationId,
      incidentId,
      revisionShown: details.revision,
      style: details.style,
      preparedBy: details.preparedBy,
      reviewOn: details.reviewOn,
      ...change,
    }),
  );
  const put = async (change: Change) => {
    const saved = await save.run(change);
    if (saved === null) onConflict();
    else onSaved(saved);
  };
  const leave = () => {
    if (preparedBy === null) return;
    const name = preparedBy.trim() === '' ? null : preparedBy.trim();
    setPreparedBy(null);
    if (name !== details.preparedBy) void put({ preparedBy: name });
  };
  return (
    <>
      <div className={styles.head}>
        <fieldset className={styles.choice}>
          <legend className="fb-dim">House style</legend>
          {(['short', 'full'] as const).map((style) => (
            <label key={style}>
              <input
                type="radio"
                name="style"
                checked={details.style === style}
                onChange={() => void put({ style })}
              />
              {style === 'short' ? 'Short: the five outputs' : 'Full'}
            </label>
          ))}
        </fieldset>
        <label>
          <span>Prepared by</span>
          <input
            className={styles.input}
            maxLength={120}
            value={preparedBy ?? details.preparedBy ?? ''}
            onChange={(event) => setPreparedBy(event.currentTarget.value)}
            onBlur={leave}
          />
        </label>
        <label>
          <span>Review date</span>
          <input
            className={styles.input}
            type="date"
            value={details.reviewOn ?? ''}
            onChange={(event) => void put({ reviewOn: event.currentTarget.value || null })}
          />
        </label>
      </div>
      {save.trouble && (
        <ErrorState title={save.trouble.title} detail={save.trouble.detail} next={save.trouble.next} />
      )}
    </>
  );
}
