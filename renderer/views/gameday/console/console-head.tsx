import { IconExternalLink, IconFlag, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { navigate } from '#renderer/app/router.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { useConnection } from '#renderer/live/hooks.ts';
import { Chip, type ChipTone } from '#renderer/parts/chip.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { bothTimes } from '#renderer/parts/age-words.ts';
import type { DrillPhase, DrillSpeed, DrillState } from '#shared/model/drill.ts';
import { useWorldLink } from '../use-world-link.ts';
import { drillClock, PHASE_WORDS } from '../words.ts';
import { AbortDialog } from './abort-dialog.tsx';
import { ClockControl } from './clock-control.tsx';
import styles from './console.module.css';

const TONES: Record<DrillPhase, ChipTone> = {
  preparing: 'unknown',
  briefing: 'accent',
  running: 'ok',
  finished: 'plain',
  aborted: 'warn',
  failed: 'danger',
};

/** Which drill, in which phase, its clock, and what moves it on. */
export function ConsoleHead(props: {
  readonly drill: DrillState;
  readonly nowMs: number;
  readonly isBeginning: boolean;
  readonly onBegin: () => void;
}) {
  const { drill, nowMs, isBeginning, onBegin } = props;
  const [isAborting, setAborting] = useState(false);
  const isConnected = useConnection().name === 'live';
  const linkProps = useWorldLink();
  const finish = useCommand('Finish the drill', (client, operationId, _input: null) =>
    client.drill.finish({ operationId, drillId: drill.drillId }, { context: { timeoutMs: 60_000 } }),
  );
  const setSpeed = useCommand('Change the speed', (client, operationId, speed: DrillSpeed) =>
    client.drill.setSpeed({ operationId, drillId: drill.drillId, speed }),
  );
  const end = async () => {
    const report = await finish.run(null);
    if (report !== null) navigate('debrief', { drillId: report.drillId });
  };
  const isPlayable = drill.phase === 'briefing' || drill.phase === 'running';
  useAction({
    id: 'drill.finish',
    title: 'Finish the drill and score it',
    section: 'Game day',
    isEnabled: drill.phase === 'running' && isConnected,
    run: () => void end(),
  });
  useAction({
    id: 'drill.abort',
    title: 'Abort the drill',
    section: 'Game day',
    run: () => setAborting(true),
  });
  return (
    <>
      <header className={styles.head}>
        <div className={styles.headTitle}>
          <h1>Game day: {drill.title}</h1>
          <p className="fb-dim">
            <Chip tone={TONES[drill.phase]}>{PHASE_WORDS[drill.phase]}</Chip> {drill.detail}
          </p>
        </div>
        {isPlayable && (
          <>
            <p className={styles.clock}>
              <span className={`fb-mono ${styles.clockValue}`}>{drillClock(nowMs, drill.beginMs)}</span>
              <span className="fb-dim">
                {drill.beginMs === null || drill.endsMs === null
                  ? 'not begun'
                  : `of ${Math.round((drill.endsMs - drill.beginMs) / 60_000)} min`}
                <br />
                <span className="fb-mono">{bothTimes(nowMs).utc}</span>, drill time
              </span>
            </p>
            <ClockControl
              drill={drill}
              isDisabled={!isConnected || setSpeed.isPending}
              onChoose={(speed) => void setSpeed.run(speed)}
            />
          </>
        )}
        <span className={styles.headEnd}>
          {isPlayable && (
            <a className="fb-button" {...linkProps}>
              <IconExternalLink size={14} aria-hidden /> Open participants' view
            </a>
          )}
          {drill.phase === 'briefing' && (
            <button
              type="button"
              className="fb-button fb-button-primary"
              disabled={isBeginning || !isConnected}
              onClick={onBegin}
            >
              <IconPlayerPlay size={14} aria-hidden /> {isBeginning ? 'Beginning' : 'Begin drill'}{' '}
              <KeyHint keys="B" />
            </button>
          )}
          {drill.phase === 'running' && (
            <button
              type="button"
              className="fb-button fb-button-primary"
              disabled={finish.isPending || !isConnected}
              onClick={() => void end()}
            >
              <IconFlag size={14} aria-hidden /> {finish.isPending ? 'Scoring' : 'Finish and score'}
            </button>
          )}
          <button type="button" className="fb-button fb-button-quiet" onClick={() => setAborting(true)}>
            Abort drill
          </button>
        </span>
      </header>
      {setSpeed.trouble !== null && (
        <ErrorState
          title={setSpeed.trouble.title}
          detail={setSpeed.trouble.detail}
          next={setSpeed.trouble.next}
        />
      )}
      {finish.trouble !== null && (
        <ErrorState title={finish.trouble.title} detail={finish.trouble.detail} next={finish.trouble.next} />
      )}
      <AbortDialog drill={drill} isOpen={isAborting} onClose={() => setAborting(false)} />
    </>
  );
}
