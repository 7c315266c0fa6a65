import { spanWords, tooFewWords } from '#shared/domain/history/words.ts';
import { type HistorySet, RESPONSE_METRICS } from '#shared/model/history.ts';
import { Against } from './key-figures.tsx';

/** Every measured time against its target: the seven steps and the spans over them. */
export function StepsTable(props: {
  readonly label: string;
  readonly figures: HistorySet;
  readonly withMeans: boolean;
}) {
  const { label, figures, withMeans } = props;
  return (
    <div className="fb-table-wrap">
      <table className="fb-table" aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Measured</th>
            <th scope="col" data-align="end">
              Target
            </th>
            <th scope="col" data-align="end">
              Median
            </th>
            <th scope="col" data-align="end">
              p90
            </th>
            {withMeans && (
              <th scope="col" data-align="end">
                Mean
              </th>
            )}
            <th scope="col" data-align="end">
              Within target
            </th>
          </tr>
        </thead>
        <tbody>
          {RESPONSE_METRICS.map(({ id, title, targetMs, meaning }) => {
            const one = figures.metrics.find(({ metric }) => metric === id);
            const tooFew = one === undefined ? 'not measured yet' : tooFewWords(one);
            return (
              <tr key={id}>
                <th scope="row" title={meaning}>
                  {title}
                </th>
                <td data-align="end">{spanWords(targetMs)}</td>
                {one === undefined || tooFew !== null ? (
                  <td data-align="end" colSpan={withMeans ? 4 : 3} className="fb-dim">
                    {tooFew}
                  </td>
                ) : (
                  <>
                    <td data-align="end">
                      <Against ms={one.medianMs} targetMs={targetMs} /> {spanWords(one.medianMs)}
                    </td>
                    <td data-align="end">{spanWords(one.p90Ms)}</td>
                    {withMeans && <td data-align="end">{spanWords(one.meanMs)}</td>}
                    <td data-align="end">
                      {one.withinTarget} of {one.count}
                    </td>
                  </>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
