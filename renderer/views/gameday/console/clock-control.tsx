import { useRef } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import type { DrillSpeed, DrillState } from '#shared/model/drill.ts';
import { SPEEDS } from '../words.ts';
import styles from './console.module.css';

/** Pause, 1x, 10x, 60x; the speed that runs is pressed. P stands still and goes on as before. */
export function ClockControl(props: {
  readonly drill: DrillState;
  readonly isDisabled: boolean;
  readonly onChoose: (speed: DrillSpeed) => void;
}) {
  const { drill, isDisabled, onChoose } = props;
  const before = useRef<DrillSpeed>(1);
  const choose = (speed: DrillSpeed) => {
    if (drill.speed !== 0) before.current = drill.speed;
    onChoose(speed);
  };
  const isEnabled = !isDisabled;
  useAction({
    id: 'drill.pause',
    title: drill.speed === 0 ? 'Let the clock run' : 'Pause the clock',
    section: 'Game day',
    keys: 'p',
    isEnabled,
    run: () => choose(drill.speed === 0 ? before.current : 0),
  });
  useAction({
    id: 'drill.1x',
    title: 'Clock at 1x',
    section: 'Game day',
    keys: '1',
    isEnabled,
    run: () => choose(1),
  });
  useAction({
    id: 'drill.10x',
    title: 'Clock at 10x',
    section: 'Game day',
    keys: '2',
    isEnabled,
    run: () => choose(10),
  });
  useAction({
    id: 'drill.60x',
    title: 'Clock at 60x',
    section: 'Game day',
    keys: '3',
    isEnabled,
    run: () => choose(60),
  });
  return (
    <div role="group" aria-label="Clock" className={styles.speeds}>
      {SPEEDS.map(({ speed, title, keys }) => (
        <button
          key={speed}
          type="button"
          className="fb-button"
          aria-pressed={drill.speed === speed}
          disabled={isDisabled}
          onClick={() => choose(speed)}
        >
          {title} <KeyHint keys={keys} />
        </button>
      ))}
    </div>
  );
}
