import type { WorkerShare } from '#shared/model/evidence.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import styles from './serving.module.css';
import panelParts from './panel-parts.module.css';
import tones from './tones.module.css';

/** What a worker serves, in one word. Before a flip serving the bad version is expected; after it, it is stale. */
type WorkerTone = 'good' | 'bad' | 'mixed' | 'other';

function toneOf(worker: WorkerShare, good: string, bad: string | null): WorkerTone {
  const versions = worker.versions.filter((share) => share.conversations > 0).map((share) => share.version);
  if (bad !== null && versions.includes(bad)) return versions.length > 1 ? 'mixed' : 'bad';
  return versions.every((version) => version === good) ? 'good' : 'other';
}

const byName = (a: WorkerShare, b: WorkerShare) => a.worker.localeCompare(b.worker, 'en', { numeric: true });

/** One square a worker: blue serves the good version; after a flip a ringed orange one still starts conversations on the bad one. */
export function WorkerStrip(props: {
  readonly workers: readonly WorkerShare[];
  readonly good: string;
  readonly bad: string | null;
  readonly isFlipped: boolean;
}) {
  const { workers, good, bad, isFlipped } = props;
  if (workers.length === 0)
    return <p className={`fb-faint ${styles.strip}`}>No worker has reported in the last two minutes.</p>;
  const stale = workers.filter((worker) => worker.isStale);
  const onBad = workers.filter((worker) => toneOf(worker, good, bad) !== 'good');
  const words = isFlipped
    ? stale.length === 0
      ? 'none stale'
      : `${stale.length} stale: ${stale
          .toSorted(byName)
          .slice(0, 4)
          .map((worker) => worker.worker)
          .join(', ')}${stale.length > 4 ? ' …' : ''}`
    : `${onBad.length} served ${bad ?? 'another version'}`;
  return (
    <div className={styles.strip}>
      <span className="fb-dim">{workers.length} workers</span>
      <span className={styles.squares} role="img" aria-label={`${workers.length} workers, ${words}`}>
        {workers.toSorted(byName).map((worker) => (
          <span
            key={worker.worker}
            className={styles.square}
            data-tone={toneOf(worker, good, bad)}
            data-stale={worker.isStale}
            title={`${worker.worker}: ${worker.versions.map((share) => `${share.version} ${share.conversations}`).join(', ')}`}
          />
        ))}
      </span>
      <span className={stale.length > 0 ? tones.warn : 'fb-dim'}>{words}</span>
    </div>
  );
}

/** Every worker by name, stale ones first. */
export function WorkerTable(props: {
  readonly workers: readonly WorkerShare[];
  readonly good: string;
  readonly bad: string | null;
}) {
  const { workers, good, bad } = props;
  if (workers.length === 0) return <p className="fb-dim">No worker has reported in the last two minutes.</p>;
  const rows = workers.toSorted((a, b) => Number(b.isStale) - Number(a.isStale) || byName(a, b));
  const countOf = (worker: WorkerShare, version: string | null) =>
    worker.versions.find((share) => share.version === version)?.conversations ?? 0;
  return (
    <ScrollArea className={panelParts.tableTwin} name="Workers">
      <table>
        <thead>
          <tr>
            <th scope="col">worker</th>
            <th scope="col">{good}</th>
            {bad !== null && <th scope="col">{bad}</th>}
            <th scope="col">last version</th>
            <th scope="col">last seen</th>
            <th scope="col">state</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((worker) => (
            <tr key={worker.worker}>
              <th scope="row">{worker.worker}</th>
              <td>{countOf(worker, good)}</td>
              {bad !== null && <td>{countOf(worker, bad)}</td>}
              <td>{worker.lastVersion ?? 'none'}</td>
              <td>{clockLabel(worker.lastSeenMs, true)}</td>
              <td className={worker.isStale ? tones.warn : undefined}>
                {worker.isStale ? 'stale flag: restart or flush' : 'ok'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
