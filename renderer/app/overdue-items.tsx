import { IconAlertTriangleFilled } from '@tabler/icons-react';
import { useNowMs } from '#renderer/live/hooks.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { ExternalLink } from '#renderer/parts/external-link.tsx';
import type { AuditedItem } from '#shared/model/action-item.ts';
import { hrefTo } from './routes.ts';
import './overdue-items.css';

/** Looked at again this often, on the engine's clock: a due day does not pass unseen. */
const LOOK_MS = 60_000;

/**
 * Action items that are overdue, or whose kind of incident is back: as loud as a live incident. Shows nothing while there are none;
 * items that could not be read are not called fine, because nothing is claimed.
 */
export function OverdueItems({ most }: { readonly most: number }) {
  const nowMs = useNowMs();
  const pulled = usePulled('action-items', (client) => client.actionItem.list({ which: 'unfinished' }), {
    refreshOn: Math.floor(nowMs / LOOK_MS),
  });
  const loud = (pulled.data ?? []).filter(isLoud);
  if (loud.length === 0) return null;
  return (
    <section className="fb-overdue" aria-label="Overdue action items">
      <p className="fb-overdue-title">
        <IconAlertTriangleFilled size={15} aria-hidden /> {loudWords(loud)}
        <span className="fb-dim">: an unpaid promise counts as a live incident</span>
      </p>
      <ul>
        {loud.slice(0, most).map((item) => (
          <li key={item.id}>
            <a href={hrefTo('postmortem', { incidentId: item.incidentId })}>
              <span className="fb-mono">{item.id}</span>
            </a>{' '}
            <strong>{item.title}</strong> {item.owner ?? 'no owner'}, {item.urgencyText}
            {item.ticketUrl !== null && (
              <>
                , <ExternalLink href={item.ticketUrl}>ticket of {item.id}</ExternalLink>
              </>
            )}
          </li>
        ))}
        {loud.length > most && (
          <li>
            and <a href={hrefTo('incidents')}>{loud.length - most} more</a>
          </li>
        )}
      </ul>
    </section>
  );
}

/** "1 action item overdue, 2 of a kind that is back" */
function loudWords(loud: readonly AuditedItem[]): string {
  const back = loud.filter(({ urgency }) => urgency === 'recurred').length;
  const overdue = loud.length - back;
  const items = (count: number) => `${count} action item${count === 1 ? '' : 's'}`;
  const parts = [
    overdue === 0 ? null : `${items(overdue)} overdue`,
    back === 0 ? null : `${items(back)} not finished while the same kind of incident is back`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

function isLoud({ urgency }: AuditedItem): boolean {
  return urgency === 'overdue' || urgency === 'recurred';
}
