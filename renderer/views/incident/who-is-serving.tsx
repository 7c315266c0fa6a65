import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import type { Client } from '#renderer/client/client.ts';
import type { Marker } from '#renderer/parts/charts/chart-model.ts';
import {
  clockLabel,
  percent,
  recentShare,
  shareRows,
  shareSummary,
} from '#renderer/parts/charts/chart-model.ts';
import { ShareChart } from '#renderer/parts/charts/share-chart.tsx';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import { Panel } from '#renderer/parts/panel.tsx';
import { usePulled } from '#renderer/live/use-pulled.ts';
import type { Distribution, Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { flippedAtMs } from './incident-facts.ts';
import { WorkerStrip, WorkerTable } from './workers.tsx';
import styles from './serving.module.css';
import panelParts from './panel-parts.module.css';

type Mode = 'share' | 'volume' | 'workers';
const RECENT_MS = 2 * 60_000;

/** Which SHA serves: area by share or volume, or per worker; the workers' strip is always there. */
export function WhoIsServing(props: {
  readonly incident: Incident;
  readonly prompt: PromptStatus | null;
  readonly window: Window;
  readonly markers: readonly Marker[];
  readonly dataUpToMs: number | null;
}) {
  const { incident, prompt, window, markers, dataUpToMs } = props;
  const [mode, setMode] = useState<Mode>('share');
  const [isTable, setTable] = useState(false);
  const { promptId, goodVersion, badVersion } = incident;
  const flipped = flippedAtMs(incident);
  const workersFromMs = Math.max(window.toMs - RECENT_MS, window.fromMs, flipped ?? 0);

  const distribution = usePulled(
    `distribution:${promptId}:${window.fromMs}:${window.toMs}:${dataUpToMs}`,
    (client: Client) => client.evidence.distribution({ promptId, window }),
    { minIntervalMs: 2_000 },
  );
  const workers = usePulled(
    `workers:${promptId}:${workersFromMs}:${dataUpToMs}`,
    (client: Client) =>
      client.evidence.workers({
        promptId,
        window: { fromMs: workersFromMs, toMs: Math.max(window.toMs, workersFromMs + 1) },
        expectedVersion: flipped === null ? undefined : goodVersion,
      }),
    { minIntervalMs: 2_000 },
  );

  return (
    <Panel
      title="Who is serving"
      aside={
        <span className="fb-row">
          <span className="fb-dim">{sentence(prompt, distribution.data, badVersion)}</span>
          <button
            type="button"
            className="fb-button fb-button-quiet"
            aria-pressed={isTable}
            onClick={() => setTable(!isTable)}
          >
            {isTable ? 'Show as chart' : 'Show as table'}
          </button>
        </span>
      }
      lead={
        <SegmentedControl
          size="xs"
          aria-label="Show serving by"
          data={['share', 'volume', 'workers']}
          value={mode}
          onChange={(value) => setMode(value)}
        />
      }
    >
      <div className={styles.serving}>
        {mode === 'workers' ? (
          <WorkerTable workers={workers.data ?? []} good={goodVersion} bad={badVersion} />
        ) : !distribution.data ? (
          <p className="fb-faint">{distribution.error ?? 'Loading who is serving.'}</p>
        ) : distribution.data.versions.length === 0 ? (
          <p className="fb-dim">
            No conversations of this prompt in this window. Check the telemetry source on Connections.
          </p>
        ) : isTable ? (
          <DistributionTable distribution={distribution.data} />
        ) : (
          <ShareChart
            distribution={distribution.data}
            mode={mode}
            control={goodVersion}
            candidate={badVersion}
            markers={markers}
          />
        )}
      </div>
      {distribution.data && distribution.error !== null && (
        <p className={panelParts.kept} title={distribution.error}>
          drawn from older data: {distribution.error}
        </p>
      )}
      <p className="fb-hidden" aria-live="off">
        {distribution.data && shareSummary(shareRows(distribution.data, 'share'), goodVersion, badVersion)}
      </p>
      <WorkerStrip
        workers={workers.data ?? []}
        good={goodVersion}
        bad={badVersion}
        isFlipped={flipped !== null}
      />
    </Panel>
  );
}

/** Intended share (the flag's rules) beside the observed one. */
function sentence(
  prompt: PromptStatus | null,
  distribution: Distribution | null,
  bad: string | null,
): string {
  if (!bad) return '';
  const intended = prompt?.lever?.intended.find((share) => share.version === bad)?.share01;
  const observed = distribution === null ? null : recentShare(shareRows(distribution, 'volume'), bad);
  const parts = [
    prompt?.lever
      ? prompt.lever.isOn === false
        ? 'intended 0 %'
        : intended === undefined
          ? null
          : `intended ${percent(intended)}`
      : null,
    observed === null ? null : `observed ${percent(observed)}`,
  ];
  const words = parts.filter((part) => part !== null);
  return words.length > 0 ? `${bad}: ${words.join(', ')}` : '';
}

function DistributionTable({ distribution }: { readonly distribution: Distribution }) {
  return (
    <ScrollArea className={panelParts.tableTwin} name="Who is serving as a table">
      <table>
        <thead>
          <tr>
            <th scope="col">time</th>
            {distribution.versions.map((version) => (
              <th key={version.version} scope="col">
                {version.version}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {distribution.startsMs.map((atMs, index) => (
            <tr key={atMs}>
              <th scope="row">{clockLabel(atMs, true)}</th>
              {distribution.versions.map((version) => (
                <td key={version.version}>{version.counts[index] ?? 0}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
