import { useState, type ReactNode } from 'react';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import type { DrillSummary, ScenarioSummary } from '#shared/model/drill.ts';
import { Bundles } from './bundles.tsx';
import { groupScenarios } from './group-scenarios.ts';
import { PrepareForm } from './prepare-form.tsx';
import { ScenarioDetail } from './scenario-detail.tsx';
import { ScenarioList } from './scenario-list.tsx';
import { UnusableFiles } from './unusable-files.tsx';
import styles from './library.module.css';

/** Every scenario in its group; the chosen one with what a facilitator must know, and what it takes to prepare it. */
export function Library(props: { readonly reports: readonly DrillSummary[]; readonly children: ReactNode }) {
  const [filter, setFilter] = useState('');
  const [chosenId, setChosenId] = useState<string | null>(null);
  const pulled = usePulled('drill-scenarios', (client) => client.drill.scenarios());
  const mayRun = useRefusal('drill.scenarioProblems') === null;
  const scenarios = pulled.data;
  const groups = groupScenarios(scenarios ?? [], filter);
  const chosen: ScenarioSummary | null =
    scenarios?.find(({ id }) => id === chosenId) ?? groups[0]?.scenarios[0] ?? null;
  const onAdded = (added: ScenarioSummary) => {
    setFilter('');
    setChosenId(added.id);
    pulled.reload();
  };
  return (
    <>
      <Panel
        title="Scenarios"
        note={scenarios === null ? undefined : `${scenarios.length}`}
        className={styles.library}
        isStale={pulled.isKept}
      >
        <label className={styles.filter}>
          <span className="fb-hidden">Filter scenarios</span>
          <input
            type="search"
            value={filter}
            placeholder={mayRun ? 'Filter: worker, leak 5, quiet' : 'Filter by title'}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
        {pulled.error !== null && (
          <ErrorState
            title={pulled.isKept ? 'The library may be out of date' : 'The library could not be read'}
            detail={pulled.error}
            onRetry={pulled.reload}
          />
        )}
        {scenarios === null && pulled.error === null && <LoadingState what="the scenarios" rows={8} />}
        {scenarios?.length === 0 && (
          <EmptyState
            title="No scenario yet"
            text="The library came without any. Open a bundle from a file, or record an incident as a scenario."
          />
        )}
        {scenarios !== null && scenarios.length > 0 && groups.length === 0 && (
          <EmptyState title="No scenario matches" text={`None has "${filter.trim()}" in its words.`}>
            <button type="button" className="fb-button" onClick={() => setFilter('')}>
              Show all scenarios
            </button>
          </EmptyState>
        )}
        <div className={styles.scroll}>
          <ScenarioList
            groups={groups}
            chosenId={chosen?.id ?? null}
            reports={props.reports}
            onChoose={setChosenId}
          />
        </div>
        {mayRun && scenarios !== null && <UnusableFiles refreshOn={scenarios.length} />}
        <Bundles onAdded={onAdded} />
      </Panel>
      <div className={styles.right}>
        {chosen !== null && (
          <div className={styles.chosen}>
            <ScenarioDetail scenario={chosen} />
            <PrepareForm key={chosen.id} scenario={chosen} />
          </div>
        )}
        {props.children}
      </div>
    </>
  );
}
