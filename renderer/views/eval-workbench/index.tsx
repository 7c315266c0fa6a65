import { useState } from 'react';
import { useAction } from '#renderer/app/actions.ts';
import { RoleNote } from '#renderer/app/role-note.tsx';
import { hrefTo } from '#renderer/app/routes.ts';
import { useRoute } from '#renderer/app/router.ts';
import type { Client } from '#renderer/client/client.ts';
import { useIncident, useNowMs } from '#renderer/live/hooks.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import type { EvalCase } from '#shared/model/eval-case.ts';
import type { Incident } from '#shared/model/incident.ts';
import { StateChip } from './state-chip.tsx';
import { Workbench } from './workbench.tsx';
import styles from './eval.module.css';

/** The eval cases of an incident: from a bad output to a case that is proven and gated. */
export function EvalWorkbenchView() {
  const { params } = useRoute();
  const incidentId = params.incidentId ?? null;
  const live = useIncident(incidentId);
  const pulled = usePulled(
    live === null && incidentId !== null ? `incident:${incidentId}` : null,
    (client: Client) => client.incident.get({ incidentId: incidentId ?? '' }),
    { resetOnKeyChange: true },
  );
  const incident = live ?? pulled.data;
  if (incidentId === null) {
    return <EmptyState title="No incident chosen" text="Open one from the Board or from Incidents." />;
  }
  if (incident === null) {
    return pulled.error === null ? (
      <LoadingState what={`incident ${incidentId}`} />
    ) : (
      <Failed
        incidentId={incidentId}
        title={`Incident ${incidentId}`}
        detail={pulled.error}
        onRetry={pulled.reload}
      />
    );
  }
  return <Cases key={incident.id} incident={incident} />;
}

/** The same head as ever, so that the way back is where it was. */
function Failed(props: {
  readonly incidentId: string;
  readonly title: string;
  readonly detail: string;
  readonly onRetry: () => void;
}) {
  const { incidentId, ...error } = props;
  return (
    <div className="fb-view">
      <header className="fb-view-head">
        <h1>Eval case</h1>
        <a className="fb-mono" href={hrefTo('incident', { incidentId })}>
          {incidentId}
        </a>
      </header>
      <ErrorState {...error} />
    </div>
  );
}

type Chosen = {
  readonly id: string | null;
  /** A new one that was saved meanwhile. */
  readonly createdId: string | null;
  readonly turn: number;
};

function Cases({ incident }: { readonly incident: Incident }) {
  const nowMs = useNowMs();
  const [isProving, setProving] = useState(false);
  const pulled = usePulled(
    `evals:${incident.id}`,
    async (client: Client) => {
      const found = await client.evalCase.list({ incidentId: incident.id });
      setProving(found.some(({ state }) => state === 'proving'));
      return found;
    },
    { refreshOn: isProving ? Math.floor(nowMs / 1_000) : JSON.stringify(incident.evals), minIntervalMs: 500 },
  );
  const suites = usePulled(`suites:${incident.promptId}`, (client: Client) =>
    client.evalCase.suites({ promptId: incident.promptId }),
  );
  /** The case on the bench: at first the newest; null = a new one. */
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const cases = pulled.data;
  if (chosen === null && cases !== null) setChosen({ id: cases[0]?.id ?? null, createdId: null, turn: 0 });
  const open = (id: string | null) =>
    setChosen((before) => ({ id, createdId: null, turn: (before?.turn ?? 0) + 1 }));
  const openNew = () => open(null);
  useAction({ id: 'eval.new', title: 'Begin another eval case', keys: 'a', run: openNew });

  if (cases === null || chosen === null) {
    return pulled.error === null ? (
      <LoadingState what="the eval cases" />
    ) : (
      <Failed
        incidentId={incident.id}
        title="The eval cases could not be read"
        detail={pulled.error}
        onRetry={pulled.reload}
      />
    );
  }
  const openId = chosen.createdId ?? chosen.id;
  return (
    <div className="fb-view">
      <header className="fb-view-head">
        <h1>Eval case</h1>
        <a className="fb-mono" href={hrefTo('incident', { incidentId: incident.id })}>
          {incident.id}
        </a>
        <span>
          {incident.promptTitle}: must fail on{' '}
          <strong>{incident.badVersion ?? 'the bad version (not known yet)'}</strong> and pass on{' '}
          <strong>{incident.goodVersion}</strong>
        </span>
        <div className="fb-view-head-end">
          <button type="button" className="fb-button" onClick={openNew}>
            New case
          </button>
        </div>
      </header>
      <RoleNote procedure="evalCase.save" promptId={incident.promptId} />
      {pulled.error !== null && <p className="fb-warn-text">{pulled.error}</p>}
      {cases.length > 0 && <CaseList cases={cases} openId={openId} onOpen={open} />}
      <Workbench
        key={chosen.turn}
        incident={incident}
        opened={cases.find(({ id }) => id === chosen.id) ?? null}
        cases={cases}
        suites={suites.data}
        suitesError={suites.error}
        onCreated={(one) => {
          setChosen({ ...chosen, createdId: one.id });
          pulled.reload();
        }}
        onChange={() => {
          pulled.reload();
          suites.reload();
        }}
      />
    </div>
  );
}

function CaseList(props: {
  readonly cases: readonly EvalCase[];
  readonly openId: string | null;
  readonly onOpen: (id: string) => void;
}) {
  return (
    <ul className={styles.cases} aria-label="Cases of this incident">
      {props.cases.map((one) => (
        <li key={one.id}>
          <button
            type="button"
            className={styles.case}
            aria-pressed={one.id === props.openId}
            onClick={() => props.onOpen(one.id)}
          >
            <span className="fb-ellipsis">{one.content.name}</span>
            <StateChip one={one} />
          </button>
        </li>
      ))}
    </ul>
  );
}
