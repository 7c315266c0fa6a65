import { IconBulb } from '@tabler/icons-react';
import { useCommand } from '#renderer/client/use-command.ts';
import { useEngine, useNowMs, usePrompt } from '#renderer/live/hooks.ts';
import { Chip } from '#renderer/parts/chip.tsx';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { UntrustedText } from '#renderer/parts/untrusted-text.tsx';
import type { Wave2Phase } from '#shared/domain/wave2/clock.ts';
import {
  isFinished,
  plannedChecklists,
  PLAYBOOKS,
  type PlannedChecklist,
} from '#shared/domain/wave2/playbooks.ts';
import type { Incident } from '#shared/model/incident.ts';
import {
  PLAYBOOK_IDS,
  type ErrorType,
  type PlaybookId,
  type PlaybookSuggestion,
  type Wave2,
  type Wave2Look,
} from '#shared/model/wave2.ts';
import { StepRow } from './step-row.tsx';
import styles from './wave2.module.css';

/** Which repairs are needed, suggested from the errors, and their checklists. */
export function RepairPanel(props: {
  readonly incident: Incident;
  readonly phase: Wave2Phase;
  readonly look: Wave2Look | null;
}) {
  const { incident, phase, look } = props;
  const wave2 = incident.wave2 ?? null;
  const lists = wave2 === null ? [] : plannedChecklists(wave2);
  const owners = useOwners(incident);
  return (
    <Panel title="Repair" note={wave2 === null ? undefined : 'each step with an owner and a state'}>
      <ul className={styles.playbooks} aria-label="Playbooks">
        {PLAYBOOK_IDS.map((id) => (
          <PlaybookRow
            key={id}
            id={id}
            incidentId={incident.id}
            wave2={wave2}
            suggestion={look?.suggestions.find(({ playbook }) => playbook === id) ?? null}
          />
        ))}
      </ul>
      {look !== null && look.errorTypes.length > 0 && <ErrorTypes types={look.errorTypes} />}
      {lists.length === 0 && (
        <EmptyState
          title={wave2 === null ? 'No repair under way' : 'No playbook chosen'}
          text={
            wave2 === null
              ? phase === 'suspected'
                ? 'Wave 2 opens by itself within seconds of the verdict; you can open it at once.'
                : 'Checklists begin with wave 2. Open it by hand if stored bad output is found some other way.'
              : 'Choose the one that fits where the bad output lies; several may.'
          }
        />
      )}
      {lists.map((list) => (
        <Checklist key={list.id} list={list} incidentId={incident.id} owners={owners} />
      ))}
      <datalist id="wave2-owners">
        {owners.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </datalist>
    </Panel>
  );
}

/** Who is likely to own a step: whoever sits here, the prompt's owner, who drives the incident, who owns one already. */
function useOwners({ promptId, driver, wave2 }: Incident): readonly string[] {
  const me = useEngine()?.actor ?? null;
  const owner = usePrompt(promptId)?.owner ?? null;
  const owning = Object.values(wave2?.steps ?? {}).map((step) => step.owner);
  return [...new Set([me, owner, driver, ...owning].filter((name) => name !== null))];
}

function PlaybookRow(props: {
  readonly id: PlaybookId;
  readonly incidentId: string;
  readonly wave2: Wave2 | null;
  readonly suggestion: PlaybookSuggestion | null;
}) {
  const { id, incidentId, wave2, suggestion } = props;
  const { title, when } = PLAYBOOKS[id];
  const now = wave2?.playbooks[id] ?? null;
  const isChosen = now?.isChosen ?? false;
  const choose = useCommand('Choose the playbook', (client, operationId, next: boolean) =>
    client.wave2.choose({
      operationId,
      incidentId,
      playbook: id,
      isChosen: next,
      revisionShown: now?.revision ?? 0,
    }),
  );
  return (
    <li className={styles.playbook} data-chosen={isChosen || undefined}>
      <label className={styles.choose}>
        <input
          type="checkbox"
          checked={isChosen}
          disabled={wave2 === null || choose.isPending}
          onChange={(event) => void choose.run(event.currentTarget.checked)}
        />
        <strong>{title}</strong>
        {suggestion !== null && (
          <Chip tone="accent" icon={<IconBulb size={13} />}>
            suggested
          </Chip>
        )}
      </label>
      <p className="fb-dim">{when}</p>
      {suggestion !== null && <p className={styles.because}>{suggestion.reason}</p>}
      {choose.trouble && (
        <ErrorState title={choose.trouble.title} detail={choose.trouble.detail} next={choose.trouble.next} />
      )}
    </li>
  );
}

function Checklist(props: {
  readonly list: PlannedChecklist;
  readonly incidentId: string;
  readonly owners: readonly string[];
}) {
  const { list, incidentId, owners } = props;
  const nowMs = useNowMs();
  const finished = list.steps.filter(isFinished).length;
  return (
    <section className={styles.checklist} aria-label={list.title}>
      <h3>
        {list.title}{' '}
        <span className="fb-dim">
          {finished} of {list.steps.length}
        </span>
      </h3>
      <ol className={styles.steps}>
        {list.steps.map((step) => (
          <StepRow
            // What somebody else changed meanwhile replaces what stands in the fields.
            key={`${step.key}/${step.now?.revision ?? 0}`}
            step={step}
            incidentId={incidentId}
            owners={owners}
            nowMs={nowMs}
          />
        ))}
      </ol>
    </section>
  );
}

/** What failing spans say of themselves: what the suggestions rest on. */
function ErrorTypes({ types }: { readonly types: readonly ErrorType[] }) {
  return (
    <details className={styles.errors}>
      <summary>
        What failing spans say: {types.length} {types.length === 1 ? 'kind' : 'kinds'} of error
      </summary>
      <ul>
        {types.map(({ type, sample, count, sinceFlip }) => (
          <li key={type}>
            <UntrustedText
              label={`${count.toLocaleString('en')} in the bad window, ${sinceFlip.toLocaleString('en')} since the flip`}
              text={sample === '' || sample === type ? type : `${type}: ${sample}`}
              limit={240}
            />
          </li>
        ))}
      </ul>
    </details>
  );
}
