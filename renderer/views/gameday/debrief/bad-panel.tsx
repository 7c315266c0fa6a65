import { useState } from 'react';
import { Panel } from '#renderer/parts/panel.tsx';
import type { DrillReport } from '#shared/model/drill.ts';
import styles from './debrief.module.css';

type Bar = { readonly id: 'best' | 'served' | 'untouched'; readonly title: string; readonly count: number };

/** What it cost: conversations served badly, between the least that was possible and no response at all. */
export function BadPanel({ bad }: { readonly bad: DrillReport['badConversations'] }) {
  const [isTable, setTable] = useState(false);
  const bars: readonly Bar[] = [
    { id: 'best', title: 'best possible', count: bad.best },
    { id: 'served', title: 'this drill', count: bad.served },
    { id: 'untouched', title: 'no response', count: bad.untouched },
  ];
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return (
    <Panel
      title="Bad conversations"
      aside={
        <button
          type="button"
          className={`fb-button fb-button-quiet ${styles.screen}`}
          aria-pressed={isTable}
          onClick={() => setTable(!isTable)}
        >
          Show as table
        </button>
      }
    >
      <p>{badSentence(bad)}</p>
      {isTable ? (
        <table className="fb-table" aria-label="Bad conversations">
          <thead>
            <tr>
              <th scope="col">Response</th>
              <th scope="col" data-align="end">
                Bad conversations
              </th>
            </tr>
          </thead>
          <tbody>
            {bars.map(({ id, title, count }) => (
              <tr key={id}>
                <th scope="row">{title}</th>
                <td data-align="end">{figure(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <div role="img" aria-label={badSentence(bad)} className={styles.bars}>
          {bars.map(({ id, title, count }) => (
            <div key={id} data-bar={id}>
              <span>{title}</span>
              <span className={styles.track}>
                <span className={styles.bar} style={{ width: `${(count / most) * 100}%` }} />
              </span>
              <span className="fb-num">{figure(count)}</span>
            </div>
          ))}
        </div>
      )}
    </Panel>
  );
}

/** The three figures in one sentence. */
export function badSentence({ served, best, untouched }: DrillReport['badConversations']): string {
  if (untouched === 0) return 'Nothing was broken in this drill: no conversation went badly.';
  const saved = untouched - served;
  const more = served - best;
  return (
    `${figure(served)} served badly: ${saved > 0 ? figure(saved) : 'no'} fewer than without any response` +
    (more > 0 ? `, ${figure(more)} more than was possible.` : ', and no response could have been better.')
  );
}

function figure(count: number): string {
  return Math.round(count).toLocaleString('en');
}
