import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { hrefTo } from '#renderer/app/routes.ts';
import { useDrillMark, useNowMs } from '#renderer/live/hooks.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { practiceOf } from './practice.ts';

/** When the prompt was last practised and its killswitch last proven, with the drill that shows it. */
export function DetailPractice({ promptId }: { readonly promptId: string }) {
  const isDrillWorld = useDrillMark() !== null;
  const nowMs = useNowMs();
  const pulled = usePulled(isDrillWorld ? null : 'drill-reports', (client) =>
    client.drill.reports({ limit: 500 }),
  );
  if (isDrillWorld || (pulled.data === null && pulled.error === null)) return null;
  return (
    <>
      <h3 className="fb-label">Practice</h3>
      {pulled.data === null && <p className="fb-dim">Not known: drill history could not be read.</p>}
      <ul className="fb-lines">
        {practiceOf(promptId, pulled.data ?? [], nowMs)
          .filter(() => pulled.data !== null)
          .map(({ what, text, isOverdue, drillId }) => (
            <li key={what} className={isOverdue ? 'fb-warn-text' : undefined}>
              {isOverdue ? <IconAlertTriangle size={13} aria-hidden /> : <IconCheck size={13} aria-hidden />}{' '}
              {isOverdue && <strong>Overdue: </strong>}
              {drillId === null ? text : <a href={hrefTo('debrief', { drillId })}>{text}</a>}
            </li>
          ))}
      </ul>
    </>
  );
}
