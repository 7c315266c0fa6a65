import { usePulled } from '#renderer/live/use-pulled.ts';
import type { Client } from '#renderer/client/client.ts';
import { useDataUpToMs } from '#renderer/live/hooks.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import { UntrustedText } from '#renderer/parts/untrusted-text.tsx';
import type { Incident } from '#shared/model/incident.ts';
import { SIGNALS } from '#shared/model/signal.ts';
import { withSample, type Draft } from './draft.ts';
import styles from './eval.module.css';

const AROUND_MS = 15 * 60_000;

/** When the bad version was serving, as far as it is known. */
function badWindow(incident: Incident): { fromMs: number; toMs: number } {
  const times = [incident.declaredAtMs, ...incident.rollbacks.map(({ pressedAtMs }) => pressedAtMs)];
  const fromMs = Math.min(incident.shippedAtMs ?? incident.declaredAtMs, incident.declaredAtMs) - AROUND_MS;
  return { fromMs, toMs: Math.max(...times) + AROUND_MS };
}

/** Bad conversations of the incident, to make a case of; or typed in by hand. */
export function PickPanel(props: {
  readonly incident: Incident;
  readonly draft: Draft;
  readonly onPick: (draft: Draft) => void;
  readonly onEdit: (change: Partial<Draft>) => void;
}) {
  const { incident, draft, onPick, onEdit } = props;
  const { badVersion, promptId } = incident;
  const dataUpToMs = useDataUpToMs();
  const samples = usePulled(
    badVersion === null ? null : `bad:${incident.id}:${badVersion}`,
    (client: Client) =>
      client.evidence.samples({
        promptId,
        version: badVersion ?? '',
        kind: 'bad',
        signal: incident.trigger.signal ?? undefined,
        limit: 30,
        window: badWindow(incident),
      }),
    { refreshOn: dataUpToMs === null ? null : Math.floor(dataUpToMs / 60_000) },
  );
  const readable = samples.data?.filter(({ output }) => output !== null) ?? null;
  const first = draft.inputs[0] ?? { name: 'user_message', text: '' };
  return (
    <Panel title="1 Pick" note={`a bad output of ${badVersion ?? 'the bad version'}`}>
      {badVersion === null && (
        <p className="fb-warn-text">
          The bad version is not known: identify it on the incident, or type the conversation below.
        </p>
      )}
      {samples.error !== null && <p className="fb-warn-text">{samples.error}</p>}
      {badVersion !== null && samples.data === null && samples.error === null && (
        <LoadingState what="bad conversations" rows={2} />
      )}
      {readable?.length === 0 && (
        <p className="fb-dim">
          No bad conversation with its text is stored for this incident. Type what was said below.
        </p>
      )}
      {readable !== null && readable.length > 0 && (
        <ScrollArea className={styles.samples} name="Bad conversations">
          {readable.map((sample) => (
            <article key={`${sample.traceId}:${sample.spanId}`} className={styles.sample}>
              <p className="fb-dim">
                {clockLabel(sample.atMs, true)} · {sample.cohort}
                {sample.flags.map((signal) => ` · ${SIGNALS[signal].title.toLowerCase()}`)}
              </p>
              {sample.input !== null && <UntrustedText label="user" text={sample.input} limit={200} />}
              <UntrustedText label="assistant" text={sample.output ?? ''} limit={200} />
              <button
                type="button"
                className="fb-button"
                aria-pressed={draft.source?.traceId === sample.traceId}
                onClick={() => onPick(withSample(draft, sample))}
              >
                {draft.source?.traceId === sample.traceId ? 'Picked' : 'Pick this one'}
              </button>
            </article>
          ))}
        </ScrollArea>
      )}
      <div className="fb-form">
        <label>
          What the user said
          <textarea
            rows={3}
            value={first.text}
            onChange={(event) =>
              onEdit({
                inputs: [{ ...first, text: event.currentTarget.value }, ...draft.inputs.slice(1)],
                isConfirmed: false,
              })
            }
          />
        </label>
        <label>
          The bad output
          <textarea
            rows={3}
            value={draft.badOutput}
            onChange={(event) => onEdit({ badOutput: event.currentTarget.value, isConfirmed: false })}
          />
        </label>
      </div>
    </Panel>
  );
}
