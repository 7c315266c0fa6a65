import { notifications } from '@mantine/notifications';
import { IconFlame, IconPlayerPlay, IconRefresh, IconSnowflake } from '@tabler/icons-react';
import type { Client } from '#renderer/client/client.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { useConnection, useEngine } from '#renderer/live/hooks.ts';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import type { DemoState } from '#shared/model/live.ts';
import { useAction } from './actions.ts';
import './demo-bar.css';

const PHASES: Record<DemoState['phase'], string> = {
  healthy: 'healthy',
  regressing: 'greeting regression running',
  'rolled-back': 'rolled back',
};
/** How many workers the fault makes keep their old flag value. */
const STALE_COUNT = 2;

/** Controls of the built-in demonstration; absent in a real workspace. */
export function DemoBar() {
  const demo = useEngine()?.demo ?? null;
  return demo === null ? null : <DemoControls demo={demo} />;
}

function DemoControls({ demo }: { readonly demo: DemoState }) {
  const refusal = useRefusal('demo.reset');
  const isLive = useConnection().name === 'live' && refusal === null;
  const start = useDemoCommand('Start greeting regression', (client, operationId) =>
    client.demo.startRegression({ operationId }),
  );
  const reset = useDemoCommand('Reset demonstration', (client, operationId) =>
    client.demo.reset({ operationId }),
  );
  const speed = useDemoCommand('Change speed', (client, operationId) =>
    client.demo.setSpeed({ operationId, speed: demo.speed === 1 ? 10 : 1 }),
  );
  const stale = useDemoCommand('Stale workers', (client, operationId) =>
    client.demo.setStaleWorkers({ operationId, count: demo.staleWorkers.length > 0 ? 0 : STALE_COUNT }),
  );
  const section = 'Demonstration';
  const canStart = isLive && demo.phase === 'healthy';
  useAction({
    id: 'demo.start',
    title: 'Start greeting regression',
    section,
    isEnabled: canStart,
    run: start.press,
  });
  useAction({
    id: 'demo.speed',
    title: 'Change speed (1x, 10x)',
    section,
    isEnabled: isLive,
    run: speed.press,
  });
  useAction({
    id: 'demo.stale',
    title: 'Stale workers (fault)',
    section,
    isEnabled: isLive,
    run: stale.press,
  });
  useAction({ id: 'demo.reset', title: 'Reset demonstration', section, isEnabled: isLive, run: reset.press });
  return (
    <section aria-label="Demonstration" className="fb-demo">
      <span className="fb-label">Demonstration</span>
      <span className="fb-dim fb-demo-phase">
        {demo.workers} workers, {PHASES[demo.phase]}
        {refusal !== null && `. ${refusal}`}
      </span>
      <button
        type="button"
        className="fb-button"
        disabled={!canStart || start.isPending}
        onClick={start.press}
      >
        <IconPlayerPlay size={13} aria-hidden /> Start greeting regression
      </button>
      <button
        type="button"
        className="fb-button"
        disabled={!isLive || speed.isPending}
        aria-label={`Speed ${demo.speed}x, change to ${demo.speed === 1 ? 10 : 1}x`}
        onClick={speed.press}
      >
        <IconFlame size={13} aria-hidden /> {demo.speed}x
      </button>
      <button
        type="button"
        className="fb-button"
        aria-pressed={demo.staleWorkers.length > 0}
        disabled={!isLive || stale.isPending}
        title={`Fault: ${STALE_COUNT} workers keep their old flag value`}
        onClick={stale.press}
      >
        <IconSnowflake size={13} aria-hidden />
        {demo.staleWorkers.length > 0 ? `${demo.staleWorkers.length} stale workers` : 'Stale workers'}
      </button>
      <button type="button" className="fb-button" disabled={!isLive || reset.isPending} onClick={reset.press}>
        <IconRefresh size={13} aria-hidden /> Reset
      </button>
    </section>
  );
}

function useDemoCommand(what: string, send: (client: Client, operationId: string) => Promise<DemoState>) {
  const command = useCommand<null, DemoState>(what, async (client, operationId) => {
    try {
      return await send(client, operationId);
    } catch (error) {
      notifications.show({
        title: what,
        message: error instanceof Error ? error.message : String(error),
        color: 'red',
      });
      throw error;
    }
  });
  return { press: () => void command.run(null), isPending: command.isPending };
}
