import { IconPlayerSkipBack, IconPlayerSkipForward } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { Panel } from '#renderer/parts/panel.tsx';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import { spanWords } from '#shared/domain/history/words.ts';
import type { DrillEvent, DrillReport } from '#shared/model/drill.ts';
import { BY_WORDS, drillClock } from '../words.ts';
import { momentAt, placesOf, type Moment } from './replay.ts';
import styles from './replay.module.css';

/** The drill from event to event: by the slider's keys, by a click, and how it stood at that moment. */
export function ReplayPanel({ report }: { readonly report: DrillReport }) {
  const { events, beginMs } = report;
  const [at, setAt] = useState(0);
  const list = useRef<HTMLOListElement>(null);
  const moment = momentAt(report, at);
  if (moment === null)
    return (
      <Panel title="Replay">
        <p className="fb-dim">No event was recorded.</p>
      </Panel>
    );
  const go = (to: number) => {
    const next = Math.max(0, Math.min(to, events.length - 1));
    setAt(next);
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };
  const places = placesOf(events);
  return (
    <Panel title="Replay" note={`${at + 1} of ${events.length}`}>
      <div className={styles.scrubber}>
        <button
          type="button"
          className="fb-button"
          aria-label="Event before"
          disabled={at === 0}
          onClick={() => go(at - 1)}
        >
          <IconPlayerSkipBack size={14} aria-hidden />
        </button>
        <span className={styles.sliderBox}>
          <span className={styles.ticks} aria-hidden>
            {places.map((place, index) => (
              <span
                key={index}
                data-by={events[index]?.by}
                data-now={index === at || undefined}
                style={{ left: `${place * 100}%` }}
              />
            ))}
          </span>
          <input
            type="range"
            aria-label="Moment of the drill"
            aria-valuetext={`${drillClock(moment.event.atMs, beginMs)}: ${moment.event.text}`}
            min={0}
            max={events.length - 1}
            step={1}
            value={at}
            onChange={(change) => go(Number(change.currentTarget.value))}
          />
        </span>
        <button
          type="button"
          className="fb-button"
          aria-label="Event after"
          disabled={at === events.length - 1}
          onClick={() => go(at + 1)}
        >
          <IconPlayerSkipForward size={14} aria-hidden />
        </button>
      </div>
      <div className={styles.replay}>
        <ScrollArea name="Events of the drill" className={styles.eventBox}>
          <ol ref={list} className={styles.events}>
            {events.map((event, index) => (
              <Event
                key={index}
                event={event}
                beginMs={beginMs}
                isNow={index === at}
                onChoose={() => go(index)}
              />
            ))}
          </ol>
        </ScrollArea>
        <MomentFacts moment={moment} beginMs={beginMs} />
      </div>
    </Panel>
  );
}

function Event(props: {
  readonly event: DrillEvent;
  readonly beginMs: number;
  readonly isNow: boolean;
  readonly onChoose: () => void;
}) {
  const { event, beginMs, isNow, onChoose } = props;
  return (
    <li data-by={event.by}>
      <button
        type="button"
        aria-current={isNow ? 'step' : undefined}
        tabIndex={isNow ? 0 : -1}
        onClick={onChoose}
      >
        <span className="fb-mono fb-dim">{drillClock(event.atMs, beginMs)}</span>
        <span className="fb-dim">{event.who === '' ? BY_WORDS[event.by] : event.who}</span>
        <span>{event.text}</span>
      </button>
    </li>
  );
}

function MomentFacts({ moment, beginMs }: { readonly moment: Moment; readonly beginMs: number }) {
  const { event, sinceOnsetMs, opened, closed, faultsActive, hints } = moment;
  const facts: readonly (readonly [string, string])[] = [
    ['faults active', String(faultsActive)],
    ['alarm', moment.alarm ?? 'none so far'],
    ['incidents', opened === 0 ? 'none so far' : `${opened - closed} open, ${closed} closed`],
    ['decided', moment.decision ?? 'nothing so far'],
    ['lever', moment.lever ?? 'not touched'],
    ['verdict', moment.verdict ?? 'none so far'],
    ['outside Fusebox', moment.outside ?? 'nothing so far'],
    ['hints given', String(hints)],
  ];
  return (
    <section aria-label="At that moment" aria-live="polite" className={styles.moment}>
      <h3>
        <span className="fb-mono">{drillClock(event.atMs, beginMs)}</span> {event.text}
      </h3>
      <p className="fb-dim">
        {sinceOnsetMs === null ? 'before anything was wrong' : `${spanWords(sinceOnsetMs)} after the onset`}
      </p>
      <dl className="fb-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
