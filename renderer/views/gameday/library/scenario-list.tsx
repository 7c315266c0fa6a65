import { useRef, type KeyboardEvent } from 'react';
import { rowToFocus } from '#renderer/parts/data-table.tsx';
import type { DrillSummary } from '#shared/model/drill.ts';
import { pointsPercent } from '../words.ts';
import type { ScenarioGroup } from './group-scenarios.ts';
import styles from './library.module.css';

/** The scenarios by group; arrow keys walk them, Enter or a click chooses. */
export function ScenarioList(props: {
  readonly groups: readonly ScenarioGroup[];
  readonly chosenId: string | null;
  readonly reports: readonly DrillSummary[];
  readonly onChoose: (scenarioId: string) => void;
}) {
  const { groups, chosenId, reports, onChoose } = props;
  const box = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...(box.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const to = rowToFocus(event.key, all.indexOf(document.activeElement as HTMLElement), all.length);
    if (to === null) return;
    event.preventDefault();
    all[to]?.focus();
  };
  return (
    <div className={styles.groups} ref={box}>
      {groups.map((group) => (
        <section key={group.id} aria-labelledby={`scenarios-${group.id}`}>
          <h3 id={`scenarios-${group.id}`} className="fb-label">
            {group.title}
          </h3>
          <ul>
            {group.scenarios.map((scenario) => {
              const last = reports.find(
                ({ scenarioId, outcome }) => scenarioId === scenario.id && outcome === 'finished',
              );
              return (
                <li key={scenario.id}>
                  <button
                    type="button"
                    className={styles.scenario}
                    aria-pressed={scenario.id === chosenId}
                    onKeyDown={onKeyDown}
                    onClick={() => onChoose(scenario.id)}
                  >
                    <span className={styles.leak}>
                      {scenario.leak === null ? '' : `leak ${scenario.leak}`}
                    </span>
                    <span className={styles.scenarioTitle}>{scenario.title}</span>
                    <span className={`fb-num ${styles.scenarioSub}`}>
                      {last !== undefined && `last ${pointsPercent(last.points)} %`}
                    </span>
                    <span className={`fb-num ${styles.scenarioSub}`}>{scenario.minutes} min</span>
                  </button>
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </div>
  );
}
