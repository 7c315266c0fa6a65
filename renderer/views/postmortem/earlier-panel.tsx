import { hrefTo } from '#renderer/app/routes.ts';
import { Panel } from '#renderer/parts/panel.tsx';
import type { EarlierIncident } from '#shared/model/action-item.ts';
import styles from './postmortem.module.css';

/** Incidents this one resembles, and what was promised after them. */
export function EarlierPanel({ earlier }: { readonly earlier: readonly EarlierIncident[] }) {
  if (earlier.length === 0) return null;
  return (
    <Panel title="Earlier incidents of this kind" aside={<span className="fb-dim">{earlier.length}</span>}>
      <ul className={`${styles.body} ${styles.list}`}>
        {earlier.map((one) => (
          <li key={one.id} className={styles.item} data-loud={one.unfinished.length > 0 || undefined}>
            <span>
              <a className="fb-mono" href={hrefTo('incident', { incidentId: one.id })}>
                {one.id}
              </a>{' '}
              same {one.because.map((why) => why.replace('-', ' ')).join(', ')}
            </span>
            <span>{one.sentence}</span>
            {one.unfinished.map((item) => (
              <span key={item.id}>
                Not finished: <strong>{item.title}</strong> ({item.owner ?? 'no owner'}, {item.urgencyText})
              </span>
            ))}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
