import { Chip } from '#renderer/parts/chip.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import type { ScenarioSummary } from '#shared/model/drill.ts';
import { LEAK_TITLES, SOURCE_TITLES } from '../words.ts';
import styles from './library.module.css';

/** What a facilitator must know before choosing it. */
export function ScenarioDetail({ scenario }: { readonly scenario: ScenarioSummary }) {
  const { title, purpose, brief, leak, minutes, prompts, source, bundleOf } = scenario;
  return (
    <Panel
      title="Chosen"
      aside={
        <Chip tone={source === 'library' ? 'plain' : 'accent'}>
          {SOURCE_TITLES[source]}
          {bundleOf !== null && ` from ${bundleOf}`}
        </Chip>
      }
    >
      <h3 className={styles.title}>{title}</h3>
      <div className={styles.prose}>
        {purpose !== '' && (
          <>
            <h4>What a team practises with it</h4>
            <p>{purpose}</p>
          </>
        )}
        <h4>Brief, read out at the start</h4>
        <p>{brief}</p>
      </div>
      <dl className="fb-facts">
        {leak !== null && (
          <div>
            <dt>leak</dt>
            <dd>
              {leak}: {LEAK_TITLES[leak]}
            </dd>
          </div>
        )}
        <div>
          <dt>length</dt>
          <dd>
            {minutes} min of its own time; {Math.max(1, Math.ceil(minutes / 10))} min at 10x
          </dd>
        </div>
        {prompts.length > 0 && (
          <div>
            <dt>{prompts.length === 1 ? 'prompt' : 'prompts'}</dt>
            <dd className="fb-mono">{prompts.join(', ')}</dd>
          </div>
        )}
      </dl>
    </Panel>
  );
}
