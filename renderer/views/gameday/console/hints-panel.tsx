import { useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { KeyHint } from '#renderer/parts/key-hint.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import type { DrillState } from '#shared/model/drill.ts';
import { drillClock } from '../words.ts';
import styles from './console.module.css';

const MAX_HINT = 500;

/** The scenario's hints in their order, or one in the facilitator's own words; a given one stands on the participants' screens. */
export function HintsPanel({ drill }: { readonly drill: DrillState }) {
  const [own, setOwn] = useState('');
  const give = useCommand('Give a hint', (client, operationId, text: string | null) =>
    client.drill.hint({ operationId, drillId: drill.drillId, text }),
  );
  const next = drill.hints.find(({ givenAtMs }) => givenAtMs === null) ?? null;
  const isRunning = drill.phase === 'running';
  const canGiveNext = isRunning && next !== null && !give.isPending;
  useAction({
    id: 'drill.hint',
    title: 'Give the next hint',
    section: 'Game day',
    keys: 'h',
    isEnabled: canGiveNext,
    run: () => void give.run(null),
  });
  const giveOwn = async () => {
    if ((await give.run(own.trim())) !== null) setOwn('');
  };
  const given = drill.hints.filter(({ givenAtMs }) => givenAtMs !== null).length;
  return (
    <Panel title="Hints" note={`${given} given`}>
      {drill.hints.length === 0 && <p className="fb-dim">This scenario brings none.</p>}
      <ol className={styles.hints}>
        {drill.hints.map(({ text, givenAtMs }, at) => (
          <li key={`${at}:${text}`} data-given={givenAtMs !== null}>
            <span className="fb-mono fb-dim">
              {givenAtMs === null ? 'not given' : drillClock(givenAtMs, drill.beginMs)}
            </span>
            <span>{text}</span>
          </li>
        ))}
      </ol>
      <div className="fb-row">
        <button
          type="button"
          className="fb-button"
          disabled={!canGiveNext}
          onClick={() => void give.run(null)}
        >
          Give next hint <KeyHint keys="H" />
        </button>
        {!isRunning && <span className="fb-dim">Once the drill has begun.</span>}
      </div>
      <form
        className={styles.ownHint}
        onSubmit={(event) => {
          event.preventDefault();
          void giveOwn();
        }}
      >
        <input
          aria-label="Hint in your own words"
          placeholder="In your own words"
          maxLength={MAX_HINT}
          value={own}
          onChange={(event) => setOwn(event.currentTarget.value)}
        />
        <button
          type="submit"
          className="fb-button"
          disabled={!isRunning || give.isPending || own.trim() === ''}
        >
          Give
        </button>
      </form>
      {give.trouble !== null && (
        <ErrorState title={give.trouble.title} detail={give.trouble.detail} next={give.trouble.next} />
      )}
    </Panel>
  );
}
