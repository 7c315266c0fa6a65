import { useCommand } from '#renderer/client/use-command.ts';
import type { DrillMark } from '#shared/model/drill.ts';
import type { WorldAction } from '#shared/model/scenario.ts';
import { actionState, actionWords } from './drill-words.ts';

/** What people do outside Fusebox during an incident; each takes its time and changes the world of the drill. */
export function OutsidePanel(props: {
  readonly actions: DrillMark['actions'];
  readonly nowMs: number;
  readonly canAct: boolean;
}) {
  const { actions, nowMs, canAct } = props;
  const act = useCommand('Do it outside Fusebox', (client, operationId, action: WorldAction) =>
    client.drill.act({ operationId, action }),
  );
  return (
    <section aria-label="Outside Fusebox" className="fb-drill-outside">
      <h2 className="fb-label">Outside Fusebox</h2>
      {actions.length === 0 && <p className="fb-dim">Nothing can be done outside in this drill.</p>}
      <ul>
        {actions.map((action) => {
          const state = actionState(action, nowMs);
          return (
            <li key={action.action}>
              <button
                type="button"
                className="fb-button"
                disabled={!canAct || act.isPending || state.name === 'busy'}
                onClick={() => void act.run(action.action)}
              >
                {action.title}
              </button>
              <span className="fb-num fb-dim">{actionWords(action, nowMs)}</span>
              {state.name === 'busy' && (
                <progress aria-label={`${action.title}, under way`} max={1} value={state.done01} />
              )}
            </li>
          );
        })}
      </ul>
      {act.trouble !== null && (
        <p role="alert" className="fb-warn-text">
          {act.trouble.title}. {act.trouble.detail} {act.trouble.next}
        </p>
      )}
    </section>
  );
}
