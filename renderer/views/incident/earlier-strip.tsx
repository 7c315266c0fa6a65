import { IconHistory } from '@tabler/icons-react';
import { hrefTo } from '#renderer/app/routes.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import type { EarlierIncident } from '#shared/model/action-item.ts';
import styles from './earlier.module.css';

/** This happened before: the earlier incidents it resembles most, and what was promised after them and is not finished. */
export function EarlierStrip({ incidentId }: { readonly incidentId: string }) {
  const pulled = usePulled(`earlier:${incidentId}`, (client) => client.postmortem.earlier({ incidentId }), {
    resetOnKeyChange: true,
  });
  const [first, ...rest] = pulled.data ?? [];
  if (first === undefined) return null;
  const unfinished = [first, ...rest].flatMap((one) => one.unfinished);
  return (
    <section
      className={styles.strip}
      aria-label="Earlier incidents"
      data-loud={unfinished.length > 0 || undefined}
    >
      <span>
        <IconHistory size={14} aria-hidden /> Before:{' '}
        <a className="fb-mono" href={hrefTo('postmortem', { incidentId: first.id })}>
          {first.id}
        </a>{' '}
        (same {because(first)}) {first.sentence}
        {rest.length > 0 && `, and ${rest.length} more`}
      </span>
      {unfinished.length > 0 && (
        <span>
          <strong>Not finished:</strong> {unfinished[0]?.title} ({unfinished[0]?.owner ?? 'no owner'}
          {unfinished[0]?.dueOn == null ? '' : `, due ${unfinished[0].dueOn}`})
          {unfinished.length > 1 && ` and ${unfinished.length - 1} more`}
        </span>
      )}
    </section>
  );
}

function because(one: EarlierIncident): string {
  return one.because.map((why) => why.replace('-', ' ')).join(', ');
}
