import { IconDownload, IconPrinter } from '@tabler/icons-react';
import { useState } from 'react';
import { describeFailure } from '#renderer/client/failure.ts';
import { useClient } from '#renderer/client/use-client.ts';
import { download } from '#renderer/parts/download.ts';
import { usePrint } from '#renderer/parts/use-print.ts';
import type { HistorySummary } from '#shared/model/history.ts';
import type { HistoryAddress } from './address.ts';
import { exportFile, type ExportKind } from './export.ts';

const KINDS: readonly { readonly kind: ExportKind; readonly words: string }[] = [
  { kind: 'figures-csv', words: 'Figures CSV' },
  { kind: 'figures-json', words: 'Figures JSON' },
  { kind: 'incidents-csv', words: 'Incidents CSV' },
  { kind: 'incidents-json', words: 'Incidents JSON' },
];

/** Takes the figures or the incidents away as a file, or prints the report. */
export function ExportBar(props: { readonly address: HistoryAddress; readonly summary: HistorySummary }) {
  const client = useClient();
  const [said, setSaid] = useState<string | null>(null);
  const { print, said: printed } = usePrint();
  const [isBusy, setBusy] = useState(false);
  const run = async (kind: ExportKind) => {
    setBusy(true);
    setSaid(null);
    try {
      const file = await exportFile(kind, { client, ...props }, (done, total) =>
        setSaid(`${done} of ${total}`),
      );
      download(file);
      setSaid(`saved as ${file.name}`);
    } catch (error) {
      setSaid(`Not exported: ${describeFailure(error)}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="fb-history-export fb-history-screen" role="group" aria-label="Export">
      <output className="fb-dim">{said ?? printed}</output>
      {KINDS.map(({ kind, words }) => (
        <button
          key={kind}
          type="button"
          className="fb-button fb-button-quiet"
          disabled={isBusy}
          onClick={() => void run(kind)}
        >
          <IconDownload size={14} aria-hidden /> {words}
        </button>
      ))}
      <button
        type="button"
        className="fb-button"
        onClick={() => {
          setSaid(null);
          print('fusebox-history');
        }}
      >
        <IconPrinter size={14} aria-hidden /> Print report
      </button>
    </div>
  );
}
