import { Panel } from '#renderer/parts/panel.tsx';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import type { DrillState } from '#shared/model/drill.ts';
import { BY_WORDS, drillClock } from '../words.ts';
import styles from './console.module.css';

/** What happened, by whom; the newest on top, where it is seen without scrolling. */
export function EventLog({ drill }: { readonly drill: DrillState }) {
  const { events, beginMs } = drill;
  return (
    <Panel title="Events" note="newest first" className={styles.log}>
      {events.length === 0 && <p className="fb-dim">Nothing so far.</p>}
      {events.length > 0 && (
        <ScrollArea name="Events of the drill" className={styles.scroll}>
          <ol className={styles.events}>
            {events.toReversed().map((event, at) => (
              <li key={events.length - at} data-by={event.by}>
                <span className="fb-mono fb-dim">{drillClock(event.atMs, beginMs)}</span>
                <span className={styles.who}>{event.who === '' ? BY_WORDS[event.by] : event.who}</span>
                <span>{event.text}</span>
              </li>
            ))}
          </ol>
        </ScrollArea>
      )}
    </Panel>
  );
}
