import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { policyOutcomeWords, POLICY_TITLES } from '#renderer/parts/certainty/policy-words.ts';
import { CopyButton } from '#renderer/parts/copy-button.tsx';
import type { PromptStatus } from '#shared/model/prompt.ts';

/** What the cockpit may do by itself for this prompt, how to switch it on, and what it did. */
export function DetailPolicies({ prompt }: { readonly prompt: PromptStatus }) {
  const { policies } = prompt;
  const isAnyOff = !policies.tellOnWatch || !policies.freezeRampOnWatch || !policies.killswitchOnPage;
  return (
    <section aria-label="Policies">
      <h3 className="fb-label">Policies</h3>
      <dl className="fb-facts">
        <div>
          <dt>on watch</dt>
          <dd>
            {policies.freezeRampOnWatch ? (
              <strong>holds the ramp where it is</strong>
            ) : (
              <span className="fb-dim">does nothing by itself (off)</span>
            )}
          </dd>
        </div>
        <div>
          <dt>tells on watch</dt>
          <dd>
            {policies.tellOnWatch ? (
              <strong>one line into the prompt’s channel, once per signal</strong>
            ) : (
              <span className="fb-dim">only here and under Incidents (off)</span>
            )}
          </dd>
        </div>
        <div>
          <dt>on a page</dt>
          <dd>
            {policies.killswitchOnPage ? (
              <strong>rolls back, {policies.vetoSeconds} s after it said so; anybody may veto</strong>
            ) : (
              <span className="fb-dim">pages, and waits for a person (off)</span>
            )}
          </dd>
        </div>
      </dl>
      {isAnyOff && (
        <details className="fb-detail-policies">
          <summary>How to switch on</summary>
          <p className="fb-dim">
            In fusebox.yaml, under the prompt with the id <span className="fb-mono">{prompt.id}</span>. It is
            read again as soon as the file is saved.
          </p>
          <pre className="fb-mono">{SNIPPET}</pre>
          <CopyButton label="Copy the lines" text={SNIPPET} />
        </details>
      )}
      {prompt.policyActions.length > 0 && (
        <ul className="fb-lines">
          {prompt.policyActions.slice(0, 4).map((action) => (
            <li key={action.id}>
              <span className="fb-num">{clockLabel(action.announcedAtMs, true)}</span>{' '}
              <strong>{POLICY_TITLES[action.kind]}</strong>: {policyOutcomeWords(action)}{' '}
              <span className="fb-dim">{action.because}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const SNIPPET = [
  'policies:',
  '  tellOnWatch: true',
  '  freezeRampOnWatch: true',
  '  killswitchOnPage: true',
  '  vetoSeconds: 60',
].join('\n');
