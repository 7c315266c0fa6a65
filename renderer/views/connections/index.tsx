import { useRoute } from '#renderer/app/router.ts';
import { useClockSpeed, useEngine, useNowMs, useSources } from '#renderer/live/hooks.ts';
import { CopyButton } from '#renderer/parts/copy-button.tsx';
import { EmptyState } from '#renderer/parts/empty-state.tsx';
import { LoadingState } from '#renderer/parts/loading-state.tsx';
import { roleWords } from '#shared/domain/team/may.ts';
import type { Person } from '#shared/model/team.ts';
import { connectionsSentence } from './connections-sentence.ts';
import { SourceCard } from './source-card.tsx';
import './connections.css';

/** Every outside system: how it answers, what it may do, what went wrong, and a test. */
export function ConnectionsView() {
  const sources = useSources();
  const nowMs = useNowMs();
  const clockSpeed = useClockSpeed();
  const { params } = useRoute();
  if (sources === null) return <LoadingState what="the sources" />;
  return (
    <div className="fb-view">
      <header className="fb-view-head">
        <h1>Connections</h1>
        <p>{connectionsSentence(sources, nowMs, clockSpeed)}</p>
      </header>
      <OtlpDoor />
      <Roles />
      {sources.length === 0 && (
        <EmptyState
          title="No source is configured"
          text="Name your flag, metrics and trace systems under `sources` in fusebox.yaml. Secrets stay out of the file: it names an environment variable or a keychain entry."
        />
      )}
      <ul className="fb-sources">
        {sources.map((source) => (
          <li key={source.id}>
            <SourceCard source={source} nowMs={nowMs} isNamed={params.sourceId === source.id} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Who may do what, and what that is worth: names come from the account, nobody is authenticated. */
function Roles() {
  const person: Person | undefined = useEngine()?.person;
  if (!person || person.team.length === 0) return null;
  return (
    <section aria-label="Roles" className="fb-panel fb-otlp">
      <p>
        You are {person.name} here: {roleWords(person.roles)}. Roles come from <code>team:</code> in the
        workspace file and go by the account that runs Fusebox. They guard against mistakes, not against
        somebody who controls this machine; what a system lets you do is decided by its own token.
      </p>
      <ul className="fb-roles">
        {person.team.map((one) => (
          <li key={one.name}>
            {one.name}: {roleWords(one.roles)}
            {one.owns.length > 0 && ` (owns ${one.owns.join(', ')})`}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The front door for evidence: one environment variable in the service. */
function OtlpDoor() {
  const engine = useEngine();
  if (engine === null) return null;
  if (engine.otlpEndpoint === null) {
    return (
      <p className="fb-warn-text" role="status">
        The OTLP receiver is not open: services cannot send traces here. Its port may be taken; see
        telemetry.port in the workspace file.
      </p>
    );
  }
  const variable = `OTEL_EXPORTER_OTLP_ENDPOINT=${engine.otlpEndpoint}`;
  return (
    <section aria-label="Send traces here" className="fb-panel fb-otlp">
      <p>A service that exports OpenTelemetry appears here with one environment variable:</p>
      <code className="fb-mono">{variable}</code>
      <CopyButton label="Copy" text={variable} />
    </section>
  );
}
