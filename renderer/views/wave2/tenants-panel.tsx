import { IconBuildingSkyscraper, IconCheck, IconCircle, IconCircleMinus } from '@tabler/icons-react';
import { useState } from 'react';
import { markedText } from '#renderer/app/drill/drill-words.ts';
import { useCommand } from '#renderer/client/use-command.ts';
import { useDrillMark, useNowMs } from '#renderer/live/hooks.ts';
import { Chip } from '#renderer/parts/chip.tsx';
import { CopyButton } from '#renderer/parts/copy-button.tsx';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { tellText } from '#shared/domain/wave2/tenants.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { AffectedTenant, TellState, Wave2Look, Wave2Telling } from '#shared/model/wave2.ts';
import { ReasonDialog } from './reason-dialog.tsx';
import { percentWords, shortMoment, TELL_WORDS } from './words.ts';
import styles from './wave2.module.css';

const TELL_ICONS = {
  'not-told': <IconCircle size={14} aria-hidden />,
  told: <IconCheck size={14} aria-hidden />,
  'not-needed': <IconCircleMinus size={14} aria-hidden />,
};

/** Who was served the bad version, enterprise first, and who of them was told. */
export function TenantsPanel(props: {
  readonly incident: Incident;
  readonly look: Wave2Look | null;
  readonly isFailing: boolean;
}) {
  const { incident, look, isFailing } = props;
  const told = (look?.tenants ?? []).filter(({ cohort }) => stateOf(incident, cohort) !== 'not-told').length;
  return (
    <Panel
      title="Affected tenants"
      aside={
        look !== null && look.tenants.length > 0 ? (
          <span className="fb-dim">
            {told} of {look.tenants.length} told
          </span>
        ) : undefined
      }
    >
      {look === null && !isFailing && <LoadingState what="affected tenants" rows={3} />}
      {look === null && isFailing && <p className="fb-dim">Not known while the bad window cannot be read.</p>}
      {look !== null && look.window === null && (
        <EmptyState
          title="Nobody known"
          text={look.limits[0] ?? 'No conversation of the bad version is kept.'}
        />
      )}
      {look !== null && look.window !== null && (
        <>
          {incident.wave2 == null && (
            <p className="fb-dim">Who was told is kept once wave 2 is open; the text can be copied now.</p>
          )}
          <div className="fb-table-wrap">
            <table className="fb-table" aria-label="Affected tenants">
              <thead>
                <tr>
                  <th scope="col">Tenant</th>
                  <th scope="col" data-align="end">
                    Conversations
                  </th>
                  <th scope="col" data-align="end">
                    Errors
                  </th>
                  <th scope="col">Told</th>
                </tr>
              </thead>
              <tbody>
                {look.tenants.map((tenant) => (
                  <TenantRow
                    key={tenant.cohort}
                    tenant={tenant}
                    window={look.window ?? { fromMs: 0, toMs: 0 }}
                    incident={incident}
                  />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Panel>
  );
}

function tellingOf({ wave2 }: Incident, cohort: string): Wave2Telling | null {
  const tenants = wave2?.tenants ?? {};
  return Object.hasOwn(tenants, cohort) ? (tenants[cohort] ?? null) : null;
}
const stateOf = (incident: Incident, cohort: string) => tellingOf(incident, cohort)?.state ?? 'not-told';

function TenantRow(props: {
  readonly tenant: AffectedTenant;
  readonly window: Window;
  readonly incident: Incident;
}) {
  const { tenant, window, incident } = props;
  const { cohort, title } = tenant;
  const nowMs = useNowMs();
  const isDrill = useDrillMark() !== null;
  const [isAsking, setAsking] = useState(false);
  const now = tellingOf(incident, cohort);
  const state = now?.state ?? 'not-told';
  const revisionShown = now?.revision ?? 0;
  const tell = useCommand('Note who was told', (client, operationId, next: TellState) =>
    client.wave2.tell({
      operationId,
      incidentId: incident.id,
      cohort,
      state: next,
      reason: null,
      revisionShown,
    }),
  );
  return (
    <tr>
      <td>
        <span className={styles.tenant}>
          <strong>{title}</strong>
          {tenant.tier === 'enterprise' && (
            <Chip tone="accent" icon={<IconBuildingSkyscraper size={13} />}>
              enterprise
            </Chip>
          )}
        </span>
        {(title !== cohort || tenant.contact !== null) && (
          <span className="fb-cell-sub">
            {title === cohort ? '' : cohort} {tenant.contact}
          </span>
        )}
      </td>
      <td data-align="end">
        <span className="fb-mono">{tenant.conversations.toLocaleString('en')}</span>
        <span className={`fb-mono ${styles.share}`}>{percentWords(tenant.share01)}</span>
      </td>
      <td data-align="end">
        <span className="fb-mono">{tenant.errors.toLocaleString('en')}</span>
      </td>
      <td>
        <span className={styles.tellState} data-state={state}>
          {TELL_ICONS[state]} {TELL_WORDS[state]}
          {now !== null && (
            <span className="fb-dim">
              {now.reason !== null && `${now.reason} · `}
              {now.by} {shortMoment(now.atMs, nowMs)}
            </span>
          )}
        </span>
        <span className={styles.tellActions}>
          <CopyButton label="Copy text" text={() => markedText(tellText(tenant, window), isDrill)} />
          {incident.wave2 != null &&
            (state === 'not-told' ? (
              <>
                <button
                  type="button"
                  className="fb-button"
                  aria-label={`${title} was told`}
                  disabled={tell.isPending}
                  onClick={() => void tell.run('told')}
                >
                  Told
                </button>
                <button
                  type="button"
                  className="fb-button fb-button-quiet"
                  aria-label={`Not needed: ${title}`}
                  onClick={() => setAsking(true)}
                >
                  Not needed
                </button>
              </>
            ) : (
              <button
                type="button"
                className="fb-button fb-button-quiet"
                aria-label={`Take back what was said about ${title}`}
                disabled={tell.isPending}
                onClick={() => void tell.run('not-told')}
              >
                Take back
              </button>
            ))}
        </span>
        {tell.trouble && (
          <ErrorState title={tell.trouble.title} detail={tell.trouble.detail} next={tell.trouble.next} />
        )}
        <ReasonDialog
          ask={
            isAsking
              ? {
                  what: 'Note who was told',
                  title: `${title} need not be told`,
                  label: 'Why not',
                  text: 'The reason stands in the timeline.',
                  button: 'Need not be told',
                }
              : null
          }
          draftKey={`wave2.tell:${incident.id}:${cohort}`}
          send={(client, operationId, reason) =>
            client.wave2.tell({
              operationId,
              incidentId: incident.id,
              cohort,
              state: 'not-needed',
              reason,
              revisionShown,
            })
          }
          onDone={() => setAsking(false)}
        />
      </td>
    </tr>
  );
}
