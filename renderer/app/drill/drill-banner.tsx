import { IconChevronDown, IconChevronUp, IconFlame } from '@tabler/icons-react';
import { useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { useConnection, useDrillMark, useNowMs } from '#renderer/live/hooks.ts';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { LiveRegion } from '#renderer/parts/live-region.tsx';
import type { DrillMark } from '#shared/model/drill.ts';
import { debriefAddress } from './drill-address.ts';
import { actionState, actionWords, isOver, speedWords } from './drill-words.ts';
import { OutsidePanel } from './outside-panel.tsx';
import './drill.css';

/** On every screen of a drill's world: that it is one, which, how fast its clock runs, brief, hints, what can be done outside. */
export function DrillBanner() {
  const mark = useDrillMark();
  const connection = useConnection();
  if (mark === null) return null;
  // An engine that is gone can no longer say that its drill has ended.
  const isGone = connection.name === 'failed' && connection.cause === 'no-drill';
  return (
    <Marked
      mark={isGone && !isOver(mark) ? { ...mark, phase: 'finished' } : mark}
      isConnected={connection.name === 'live'}
    />
  );
}

function Marked({ mark, isConnected }: { readonly mark: DrillMark; readonly isConnected: boolean }) {
  const nowMs = useNowMs();
  const [chosen, setChosen] = useState<{ readonly news: string; readonly isOpen: boolean } | null>(null);
  const { hints, phase, actions, drillId } = mark;
  const isEnded = isOver(mark);
  // The brief stands open until the drill begins, and a new hint opens it again; between the two it is as it was left.
  const news = `${phase === 'briefing' ? 'brief' : 'play'} ${hints.length}`;
  const byItself = phase === 'briefing' || hints.length > 0;
  const isOpen = !isEnded && (chosen?.news === news ? chosen.isOpen : byItself);
  const toggle = () => setChosen({ news, isOpen: !isOpen });
  useAction({
    id: 'drill.tray',
    title: 'Brief, hints, and what can be done outside Fusebox',
    section: 'Drill',
    keys: 't',
    isEnabled: !isEnded,
    run: toggle,
  });
  const busy = actions.find((action) => actionState(action, nowMs).name === 'busy');
  return (
    <>
      <section aria-label="Drill" className="fb-drill" data-phase={phase}>
        <Word />
        <strong className="fb-ellipsis">{mark.title}, simulated</strong>
        {isEnded ? (
          <EndWords mark={mark} />
        ) : (
          <>
            <span className="fb-drill-speed">{speedWords(mark.speed)}</span>
            <span className="fb-dim fb-ellipsis fb-drill-reach">
              reaches no real flag, chat or pager; facilitator {mark.facilitator}
            </span>
            {busy !== undefined && (
              <span className="fb-num fb-drill-busy">
                {busy.title}: {actionWords(busy, nowMs)}
              </span>
            )}
            <button
              type="button"
              className="fb-button fb-drill-end"
              aria-expanded={isOpen}
              aria-controls="drill-tray"
              onClick={toggle}
            >
              Brief, {hints.length === 1 ? '1 hint' : `${hints.length} hints`}, outside Fusebox{' '}
              {isOpen ? <IconChevronUp size={14} aria-hidden /> : <IconChevronDown size={14} aria-hidden />}
              <KeyHint keys="T" />
            </button>
          </>
        )}
        {isEnded && (
          <a className="fb-button fb-drill-end" href={debriefAddress(drillId)}>
            Open the debrief
          </a>
        )}
      </section>
      <LiveRegion text={isEnded ? 'The drill has ended.' : (hints.at(-1) ?? '')} isUrgent={isEnded} />
      <div id="drill-tray" hidden={!isOpen} className="fb-drill-tray">
        {isOpen && <Tray mark={mark} nowMs={nowMs} isConnected={isConnected} />}
      </div>
    </>
  );
}

function EndWords({ mark: { phase } }: { readonly mark: DrillMark }) {
  return (
    <span>
      The drill has ended{phase === 'aborted' && ': it was aborted'}
      {phase === 'failed' && ': its world failed'}. Nothing pressed here has any effect now.
    </span>
  );
}

function Word() {
  return (
    <span className="fb-drill-word">
      <IconFlame size={14} aria-hidden /> DRILL
    </span>
  );
}

function Tray(props: { readonly mark: DrillMark; readonly nowMs: number; readonly isConnected: boolean }) {
  const { mark, nowMs, isConnected } = props;
  return (
    <>
      <section aria-label="Brief">
        <h2 className="fb-label">Brief</h2>
        <p>{mark.brief}</p>
      </section>
      <section aria-label="Hints">
        <h2 className="fb-label">Hints</h2>
        {mark.hints.length === 0 && <p className="fb-dim">None given so far.</p>}
        <ol>
          {mark.hints.map((hint, at) => (
            <li key={at}>{hint}</li>
          ))}
        </ol>
      </section>
      <OutsidePanel actions={mark.actions} nowMs={nowMs} canAct={isConnected && mark.phase === 'running'} />
    </>
  );
}
