import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { Chip } from '#renderer/parts/chip.tsx';
import { spanWords, tooFewWords, withinWords } from '#shared/domain/history/words.ts';
import {
  type HistorySet,
  type MetricFigures,
  RESPONSE_METRICS,
  type ResponseMetric,
} from '#shared/model/history.ts';

/** The spans a manager asks for first; the steps stand in the table below. */
const KEY_METRICS: readonly ResponseMetric[] = ['detect', 'time-to-rollback', 'time-to-recover', 'total'];

/** The four spans as cards: median against its target, p90, how many kept the target. */
export function KeyFigures({
  figures,
  withMeans,
}: {
  readonly figures: HistorySet;
  readonly withMeans: boolean;
}) {
  return (
    <ul className="fb-history-keys" aria-label="Key figures">
      {KEY_METRICS.map((id) => {
        const metric = RESPONSE_METRICS.find((one) => one.id === id);
        const one = figures.metrics.find((found) => found.metric === id);
        if (metric === undefined || one === undefined) return null;
        return (
          <li key={id} className="fb-panel">
            <h2 className="fb-label">{metric.title}</h2>
            <Median figures={one} targetMs={metric.targetMs} />
            <p className="fb-dim">
              {one.p90Ms !== null && <>p90 {spanWords(one.p90Ms)} · </>}
              {withMeans && one.meanMs !== null && <>mean {spanWords(one.meanMs)} · </>}
              target {spanWords(metric.targetMs)}
            </p>
            <p className="fb-dim">{one.count === 0 ? metric.meaning : withinWords(one)}</p>
          </li>
        );
      })}
    </ul>
  );
}

function Median({ figures, targetMs }: { readonly figures: MetricFigures; readonly targetMs: number }) {
  const tooFew = tooFewWords(figures);
  if (tooFew !== null) {
    return (
      <p className="fb-history-few">
        <Chip tone="unknown">{figures.count === 0 ? 'not measured' : 'too few incidents'}</Chip> {tooFew}
      </p>
    );
  }
  return (
    <p className="fb-history-median">
      <strong>{spanWords(figures.medianMs)}</strong> <span className="fb-dim">median</span>{' '}
      <Against ms={figures.medianMs} targetMs={targetMs} />
    </p>
  );
}

/** On target or over it, as a word with a shape. */
export function Against({ ms, targetMs }: { readonly ms: number | null; readonly targetMs: number }) {
  if (ms === null) return null;
  return ms <= targetMs ? (
    <Chip tone="ok" isQuiet icon={<IconCircleCheck size={12} />}>
      on target
    </Chip>
  ) : (
    <Chip tone="warn" isQuiet icon={<IconAlertTriangle size={12} />}>
      over
    </Chip>
  );
}
