import { SegmentedControl, Select } from '@mantine/core';
import { useState } from 'react';
import type { Client } from '#renderer/client/client.ts';
import { SignalChart } from '#renderer/parts/charts/signal-chart.tsx';
import type { Marker } from '#renderer/parts/charts/chart-model.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { VerdictChip } from '#renderer/parts/verdict-chip.tsx';
import { usePulled } from '#renderer/live/use-pulled.ts';
import type { SignalSeries, Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SignalComparison, SignalId } from '#shared/model/signal.ts';
import { SIGNAL_IDS, SIGNALS } from '#shared/model/signal.ts';
import { signalValue, signedDifference } from './incident-facts.ts';
import styles from './signals.module.css';
import panelParts from './panel-parts.module.css';
import tones from './tones.module.css';

/** Fine enough to see a flip, coarse enough for one request of an hour. */
const BUCKET_MS = 30_000;

type Props = {
  readonly incident: Incident;
  readonly prompt: PromptStatus | null;
  readonly window: Window;
  readonly markers: readonly Marker[];
  readonly dataUpToMs: number | null;
};

/** Four signals, candidate against control, for one cohort: figures, verdict, curve; after the flip the expected band. */
export function SignalsPanel({ incident, prompt, window, markers, dataUpToMs }: Props) {
  const [cohort, setCohort] = useState(incident.cohort);
  const [form, setForm] = useState<'chart' | 'table'>('chart');
  const candidate = incident.badVersion ?? prompt?.candidate ?? null;
  const isOwnCohort = cohort === incident.cohort;
  const pulled = usePulled(
    isOwnCohort || !candidate ? null : `comparisons:${incident.id}:${cohort}:${dataUpToMs}`,
    (client: Client) =>
      client.evidence.comparisons({ promptId: incident.promptId, cohort, candidate: candidate ?? undefined }),
  );
  const comparisons = isOwnCohort ? incident.signals : (pulled.data ?? []);
  const cohorts = [...new Set(['all', ...(prompt?.cohorts ?? []), incident.cohort])];

  return (
    <Panel
      title="Signals"
      note={`${candidate ?? 'candidate'} against ${incident.goodVersion}, curves over 5 min`}
      aside={
        <span className="fb-row">
          <Select
            size="xs"
            w={170}
            aria-label="Cohort"
            allowDeselect={false}
            data={cohorts.map((id) => ({ value: id, label: id === 'all' ? 'all cohorts' : id }))}
            value={cohort}
            onChange={(value) => setCohort(value ?? 'all')}
          />
          <SegmentedControl
            size="xs"
            aria-label="Show signals as"
            data={[
              { value: 'chart', label: 'Chart' },
              { value: 'table', label: 'Show as table' },
            ]}
            value={form}
            onChange={(value) => setForm(value)}
          />
        </span>
      }
    >
      <div className={styles.signals}>
        {SIGNAL_IDS.map((signal) => (
          <SignalCell
            key={`${signal}:${cohort}`}
            signal={signal}
            comparison={comparisons.find((comparison) => comparison.signal === signal) ?? null}
            incident={incident}
            cohort={cohort}
            window={window}
            markers={markers}
            dataUpToMs={dataUpToMs}
            form={form}
          />
        ))}
      </div>
    </Panel>
  );
}

function SignalCell(props: {
  readonly signal: SignalId;
  readonly comparison: SignalComparison | null;
  readonly incident: Incident;
  readonly cohort: string;
  readonly window: Window;
  readonly markers: readonly Marker[];
  readonly dataUpToMs: number | null;
  readonly form: 'chart' | 'table';
}) {
  const { signal, comparison, incident, cohort, window, markers, dataUpToMs, form } = props;
  const series = usePulled(
    `series:${incident.id}:${signal}:${cohort}:${window.fromMs}:${dataUpToMs}`,
    (client: Client) =>
      client.evidence.series({
        promptId: incident.promptId,
        signal,
        cohort,
        window,
        incidentId: incident.id,
        bucketMs: BUCKET_MS,
      }),
    { minIntervalMs: 4_000 },
  );
  const { title, unit } = SIGNALS[signal];
  const headingId = `signal-${signal}`;
  return (
    <section className={styles.signal} aria-labelledby={headingId} data-signal={signal}>
      <header className={styles.signalHead}>
        <h3 id={headingId}>{title}</h3>
        <VerdictChip
          verdict={comparison?.verdict ?? 'unknown'}
          minutesNeeded={comparison?.minutesNeeded ?? null}
        />
      </header>
      <p className={styles.figures} title={comparison?.note}>
        <span className={`fb-mono ${tones.candidateFigure}`}>
          {signalValue({ signal }, comparison?.candidateValue ?? null)}
        </span>
        <span className="fb-faint">{incident.badVersion ?? 'candidate'}</span>
        <span className={`fb-mono ${tones.controlFigure}`}>
          {signalValue({ signal }, comparison?.controlValue ?? null)}
        </span>
        <span className="fb-faint">{incident.goodVersion}</span>
        {comparison && <span className="fb-mono">{signedDifference(comparison)}</span>}
        <span className={`fb-dim ${styles.sigma}`}>
          {comparison?.sigma === null || comparison === null
            ? 'no sigma'
            : `${comparison.sigma.toFixed(1)} sigma${comparison.sigmaKind === 'exact' ? ' exact' : ''}`}
        </span>
      </p>
      <div className={styles.signalChart}>
        {series.data ? (
          form === 'chart' ? (
            <SignalChart series={series.data} markers={markers} digits={unit === '%' ? 1 : 0} />
          ) : (
            <SeriesTable series={series.data} title={title} />
          )
        ) : (
          <p className="fb-faint">{series.error ?? 'Loading the curve.'}</p>
        )}
        {(series.data?.error ?? series.error) !== null && series.data && (
          <p className={`${panelParts.kept} ${styles.keptOver}`} title={series.data.error ?? series.error ?? undefined}>
            {series.data.error ?? `curve kept from before: ${series.error}`}
          </p>
        )}
      </div>
      <p className="fb-hidden">{comparison?.note}</p>
    </section>
  );
}

/** The chart's table twin. */
function SeriesTable({ series, title }: { readonly series: SignalSeries; readonly title: string }) {
  return (
    <ScrollArea className={panelParts.tableTwin} name={`${title} as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">time</th>
            {series.lines.map((line) => (
              <th key={line.version} scope="col">
                {line.version}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {series.startsMs.map((atMs, index) => (
            <tr key={atMs}>
              <th scope="row">{clockLabel(atMs, true)}</th>
              {series.lines.map((line) => (
                <td key={line.version}>
                  {signalValue({ signal: series.signal }, line.values[index] ?? null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
