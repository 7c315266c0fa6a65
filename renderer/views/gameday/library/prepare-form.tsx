import { useId, useState } from 'react';
import { useCommand } from '#renderer/client/use-command.ts';
import { usePrompts } from '#renderer/live/hooks.ts';
import { useRefusal } from '#renderer/live/use-refusal.ts';
import { ErrorState } from '#renderer/parts/error-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { useDraft } from '#renderer/parts/use-draft.ts';
import type { ScenarioSummary } from '#shared/model/drill.ts';
import { readNames, readSeed } from './prepare-input.ts';
import styles from './library.module.css';

type Wish = { readonly seed: number | undefined; readonly participants: string[] };

/** Who plays, with which seed, for which prompt of the workspace; then the world is built. */
export function PrepareForm({ scenario }: { readonly scenario: ScenarioSummary }) {
  const id = useId();
  const prompts = usePrompts() ?? [];
  const [seedText, setSeedText] = useState('');
  const [castId, setCastId] = useState('');
  // The same team plays the next scenario.
  const [namesText, setNamesText] = useDraft('drill-participants');
  const seed = readSeed(seedText);
  const names = readNames(namesText);
  const prepare = useCommand('Prepare the drill', (client, operationId, wish: Wish) =>
    client.drill.prepare(
      {
        operationId,
        scenarioId: scenario.id,
        castPromptId: castId === '' ? null : castId,
        participants: wish.participants,
        ...(wish.seed === undefined ? {} : { seed: wish.seed }),
      },
      // A world takes as long to build as the machine needs.
      { context: { timeoutMs: 120_000 } },
    ),
  );
  const refusal = useRefusal('drill.prepare');
  const canPrepare = refusal === null && seed.ok && names.ok && !prepare.isPending;
  return (
    <Panel title="Prepare">
      <form
        className="fb-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (seed.ok && names.ok) void prepare.run({ seed: seed.value, participants: names.value });
        }}
      >
        <label>
          <span>Participants</span>
          <textarea
            rows={2}
            value={namesText}
            placeholder="ana, ben"
            aria-describedby={`${id}-names`}
            aria-invalid={!names.ok}
            onChange={(event) => setNamesText(event.currentTarget.value)}
          />
        </label>
        <Hint id={`${id}-names`} problem={names.ok ? null : names.problem} text="Stand in the report." />
        <label>
          <span>Stands for</span>
          <select
            value={castId}
            aria-describedby={`${id}-cast`}
            onChange={(event) => setCastId(event.currentTarget.value)}
          >
            <option value="">no prompt of the workspace</option>
            {prompts.map((prompt) => (
              <option key={prompt.id} value={prompt.id}>
                {prompt.title}
              </option>
            ))}
          </select>
        </label>
        <Hint
          id={`${id}-cast`}
          problem={null}
          text="The drill then carries its name, versions and owner, and counts as practice for it."
        />
        <label>
          <span>Seed</span>
          <input
            className={styles.seed}
            inputMode="numeric"
            value={seedText}
            placeholder="drawn at random"
            aria-describedby={`${id}-seed`}
            aria-invalid={!seed.ok}
            onChange={(event) => setSeedText(event.currentTarget.value)}
          />
        </label>
        <Hint
          id={`${id}-seed`}
          problem={seed.ok ? null : seed.problem}
          text="The same seed gives the same drill, at any speed."
        />
        {prepare.trouble !== null && (
          <ErrorState
            title={prepare.trouble.title}
            detail={prepare.trouble.detail}
            next={prepare.trouble.next}
          />
        )}
        {refusal !== null && <p className="fb-warn-text">{refusal}</p>}
        <div className="fb-row">
          <button type="submit" className="fb-button fb-button-primary" disabled={!canPrepare}>
            {prepare.isPending ? 'Preparing' : 'Prepare drill'}
          </button>
          <span className="fb-dim">Nothing begins yet: you begin it.</span>
        </div>
      </form>
    </Panel>
  );
}

function Hint(props: { readonly id: string; readonly problem: string | null; readonly text: string }) {
  return (
    <p id={props.id} className={props.problem === null ? styles.hint : styles.problem} aria-live="polite">
      {props.problem ?? props.text}
    </p>
  );
}
