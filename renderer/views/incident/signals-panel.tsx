import { SegmentedControl, Select } from '@mantine/core';
import { useState } from 'react';
import type { Client } from '#renderer/client/client.ts';
import { useNowMs } from '#renderer/live/hooks.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import { MeterTable } from '#renderer/parts/certainty/meter-table.tsx';
import type { Marker } from '#renderer/parts/charts/chart-model.ts';
import { Panel } from '#renderer/parts/panel.tsx';
import type { Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import { AlarmStrip } from './alarm-strip.tsx';
import { SignalCell, signalCellId } from './signal-cell.tsx';
import { incidentEvidence, readingOf } from '#renderer/live/stream-evidence.ts';
import styles from './signals.module.css';

type Form = 'chart' | 'table' | 'meter';

type Props = {
  readonly incident: Incident;
  readonly prompt: PromptStatus | null;
  readonly window: Window;
  readonly markers: readonly Marker[];
  readonly dataUpToMs: number | null;
  readonly onShowTraces: () => void;
};

/** What alarmed and why; then four signals, candidate against control, for one cohort. Or what could be seen at all. */
export function SignalsPanel({ incident, prompt, window, markers, dataUpToMs, onShowTraces }: Props) {
  const [cohort, setCohort] = useState(incident.alarm?.cohort ?? incident.cohort);
  const nowMs = useNowMs();
  const [form, setForm] = useState<Form>('chart');
  const candidate = incident.badVersion ?? prompt?.candidate ?? null;
  // Its own cohort and all of them come with the incident; others are asked for.
  const known = incident.signals.filter((comparison) => comparison.cohort === cohort);
  const pulled = usePulled(
    known.length > 0 || !candidate ? null : `comparisons:${incident.id}:${cohort}:${dataUpToMs}`,
    (client: Client) =>
      client.evidence.comparisons({ promptId: incident.promptId, cohort, candidate: candidate ?? undefined }),
  );
  const comparisons = known.length > 0 ? known : (pulled.data ?? []);
  const cohorts = [...new Set(['all', ...(prompt?.cohorts ?? []), incident.cohort, cohort])];
  const evidence = incidentEvidence(incident, prompt);
  const meter = prompt?.meter ?? [];

  return (
    <Panel
      title="Signals"
      note={`${candidate ?? 'candidate'} against ${incident.goodVersion}`}
      aside={
        <span className="fb-row">
          <Select
            size="xs"
            w={160}
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
              { value: 'meter', label: 'Meter' },
            ]}
            value={form}
            onChange={(value) => setForm(value)}
          />
        </span>
      }
    >
      <AlarmStrip
        incident={incident}
        prompt={prompt}
        evidence={evidence}
        onShow={(signal, ofCohort) => {
          setCohort(ofCohort);
          if (form === 'meter') setForm('chart');
          // After the cell is there again.
          requestAnimationFrame(() => document.getElementById(signalCellId(signal))?.focus());
        }}
        onShowTraces={onShowTraces}
      />
      {form === 'meter' ? (
        <MeterTable
          name="What could be seen"
          meter={meter.filter((reading) => reading.cohort === cohort)}
          advice={prompt?.meterAdvice ?? []}
          nowMs={nowMs}
        />
      ) : (
        <div className={styles.signals}>
          {SIGNAL_IDS.map((signal) => (
            <SignalCell
              key={`${signal}:${cohort}`}
              signal={signal}
              comparison={comparisons.find((comparison) => comparison.signal === signal) ?? null}
              evidence={readingOf(evidence, signal, cohort)}
              meter={readingOf(meter, signal, cohort)}
              incident={incident}
              hasCandidate={candidate !== null}
              cohort={cohort}
              window={window}
              markers={markers}
              dataUpToMs={dataUpToMs}
              form={form}
            />
          ))}
        </div>
      )}
    </Panel>
  );
}
