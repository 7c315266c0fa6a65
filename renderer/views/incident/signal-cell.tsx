import { useOverlays } from '#renderer/app/overlays.ts';
import type { Client } from '#renderer/client/client.ts';
import { usePulled } from '#renderer/live/use-pulled.ts';
import {
  effectWords,
  looksLikeWords,
  sigmaWords,
  STREAM_TITLES,
} from '#renderer/parts/certainty/evidence-words.ts';
import { SIGMA_LINES } from '#renderer/parts/certainty/sigma-lines.ts';
import { StandingChip } from '#renderer/parts/certainty/standing-chip.tsx';
import { standingOf } from '#renderer/parts/certainty/standing.ts';
import { CertaintyStrip } from '#renderer/parts/charts/certainty-strip.tsx';
import type { Marker } from '#renderer/parts/charts/chart-model.ts';
import { SignalChart } from '#renderer/parts/charts/signal-chart.tsx';
import type { EvidenceReading, MeterReading } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { SignalComparison, SignalId } from '#shared/model/signal.ts';
import { SIGNALS } from '#shared/model/signal.ts';
import { signalValue, signedDifference } from './incident-facts.ts';
import { SignalTable } from './signal-table.tsx';
import styles from './signals.module.css';
import panelParts from './panel-parts.module.css';
import tones from './tones.module.css';

/** Fine enough to see a flip, coarse enough for one request of an hour. */
const BUCKET_MS = 30_000;

type Props = {
  readonly signal: SignalId;
  readonly comparison: SignalComparison | null;
  readonly evidence: EvidenceReading | null;
  readonly meter: MeterReading | null;
  readonly incident: Incident;
  readonly hasCandidate: boolean;
  readonly cohort: string;
  readonly window: Window;
  readonly markers: readonly Marker[];
  readonly dataUpToMs: number | null;
  readonly form: 'chart' | 'table';
};

/** One signal in one cohort: its two versions, how sure one may be, both over time. */
export function SignalCell(props: Props) {
  const { signal, comparison, evidence, incident, cohort, window, markers, dataUpToMs, form } = props;
  const openRule = useOverlays((overlays) => overlays.openRule);
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
  const certainty = usePulled(
    `certainty:${incident.id}:${signal}:${cohort}:${window.fromMs}:${dataUpToMs}`,
    (client: Client) => client.evidence.certainty({ promptId: incident.promptId, signal, cohort, window }),
    { minIntervalMs: 8_000 },
  );
  const standing = standingOf(props);
  const points = certainty.data?.points ?? [];
  const { title, unit } = SIGNALS[signal];
  const headingId = `signal-${signal}`;
  const trouble = series.data?.error ?? series.error;
  return (
    <section
      id={signalCellId(signal)}
      tabIndex={-1}
      className={styles.signal}
      aria-labelledby={headingId}
      data-signal={signal}
    >
      <header className={styles.signalHead}>
        <h3 id={headingId}>{title}</h3>
        <StandingChip
          standing={standing}
          note={comparison?.note}
          onExplain={() => openRule({ promptId: incident.promptId, signal, cohort })}
        />
      </header>
      <Figures comparison={comparison} evidence={evidence} incident={incident} signal={signal} />
      {form === 'table' ? (
        <div className={styles.signalTable}>
          {series.data ? (
            <SignalTable series={series.data} certainty={points} title={title} />
          ) : (
            <p className="fb-faint">{series.error ?? 'Loading the figures.'}</p>
          )}
        </div>
      ) : (
        <>
          <div className={styles.signalChart}>
            {series.data ? (
              <SignalChart
                series={series.data}
                markers={markers}
                digits={unit === '%' ? 1 : 0}
                onset={evidence?.state === 'quiet' ? null : (evidence?.onset ?? null)}
              />
            ) : (
              <p className="fb-faint">{series.error ?? 'Loading the curve.'}</p>
            )}
            {trouble !== null && series.data && (
              <p className={`${panelParts.kept} ${styles.keptOver}`} title={trouble}>
                {series.data.error ?? `curve kept from before: ${series.error}`}
              </p>
            )}
          </div>
          {certainty.data === null && certainty.error !== null ? (
            <p className={`fb-faint ${styles.noStrip}`} title={certainty.error}>
              no evidence over time: {certainty.error}
            </p>
          ) : (
            <CertaintyStrip
              name={STREAM_TITLES[signal]}
              points={points}
              window={window}
              lines={SIGMA_LINES}
            />
          )}
        </>
      )}
      <Sigmas comparison={comparison} evidence={evidence} />
      <p className="fb-hidden">{comparison?.note}</p>
    </section>
  );
}

/** Where a link to a signal's evidence leads. */
export function signalCellId(signal: string): string {
  return `signal-cell-${signal}`;
}

/** Both versions' values, and the effect with its interval; the plain difference where no interval can be given. */
function Figures(props: Pick<Props, 'comparison' | 'evidence' | 'incident' | 'signal'>) {
  const { comparison, evidence, incident, signal } = props;
  const isHistory = evidence?.basis === 'history';
  const effect = effectWords(signal, evidence?.effect ?? null);
  return (
    <p className={styles.figures} title={comparison?.note}>
      <span className={`fb-mono ${tones.candidateFigure}`}>
        {signalValue({ signal }, comparison?.candidateValue ?? null)}
      </span>
      <span className="fb-faint">{incident.badVersion ?? 'candidate'}</span>
      <span className={`fb-mono ${tones.controlFigure}`}>
        {signalValue({ signal }, comparison?.controlValue ?? null)}
      </span>
      {isHistory ? (
        <span
          className={styles.weaker}
          title="Nobody runs the control, so this compares with the time before. A shared outage looks the same."
        >
          history: weaker
        </span>
      ) : (
        <span className="fb-faint">{incident.goodVersion}</span>
      )}
      {effect !== null ? (
        <span
          className={styles.effect}
          title="Estimate with its 95 % interval, valid however often one looks"
        >
          {effect}
        </span>
      ) : (
        comparison && <span className={`fb-mono ${styles.effect}`}>{signedDifference(comparison)}</span>
      )}
    </p>
  );
}

/** The figure everybody knows beside the one that may be acted on. */
function Sigmas({ comparison, evidence }: Pick<Props, 'comparison' | 'evidence'>) {
  const looksLike = looksLikeWords(comparison);
  return (
    <p className={styles.sigmas}>
      <span className="fb-dim" title={looksLike === null ? undefined : `looks like ${looksLike}`}>
        {looksLike === null ? 'no plain sigma yet' : `looks like ${looksLike}`}
      </span>
      {evidence === null ? (
        <span className="fb-faint">not tested yet</span>
      ) : (
        <span className={styles.safe} data-state={evidence.state}>
          evidence {sigmaWords(evidence.anytimeSigma)}
        </span>
      )}
      {evidence?.isFrozen === true && (
        <span
          className={styles.weaker}
          title="The feed of this signal is stale for one version: nothing is learned."
        >
          paused
        </span>
      )}
    </p>
  );
}
