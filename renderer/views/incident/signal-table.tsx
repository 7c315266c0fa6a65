import { certaintyAt } from '#renderer/parts/charts/certainty-path.ts';
import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import { ScrollArea } from '#renderer/parts/scroll-area.tsx';
import type { CertaintySeries } from '#shared/model/detection.ts';
import type { SignalSeries } from '#shared/model/evidence.ts';
import { signalValue } from './incident-facts.ts';
import panelParts from './panel-parts.module.css';

/** The table twin of a signal's curve and of its evidence. */
export function SignalTable(props: {
  readonly series: SignalSeries;
  readonly certainty: CertaintySeries['points'];
  readonly title: string;
}) {
  const { series, certainty, title } = props;
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
            <th scope="col">safe sigma</th>
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
              <td>{certaintyAt(certainty, atMs + series.bucketMs)?.toFixed(1) ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
