import { IconAlertTriangle, IconArrowLeft, IconDownload, IconFlag, IconPrinter } from '@tabler/icons-react';
import { hrefTo } from '#renderer/app/routes.ts';
import { Chip } from '#renderer/parts/chip.tsx';
import { CopyButton } from '#renderer/parts/copy-button.tsx';
import { download } from '#renderer/parts/download.ts';
import { Panel } from '#renderer/parts/panel.tsx';
import { usePrint } from '#renderer/parts/use-print.ts';
import { spanWords } from '#shared/domain/history/words.ts';
import type { DrillReport } from '#shared/model/drill.ts';
import { pointsPercent } from '../words.ts';
import { BadPanel } from './bad-panel.tsx';
import { ChecksTable, StepsTable, WrongTurns } from './findings.tsx';
import { ReplayPanel } from './replay-panel.tsx';
import { reportText } from './report-text.ts';
import styles from './debrief.module.css';

/** One drill looked at afterwards: the score, each step, what was missed, what it cost, and how it went. */
export function Debrief({ report }: { readonly report: DrillReport }) {
  const { points, killswitch } = report;
  const { print, said: printed } = usePrint();
  return (
    <div className={`fb-view ${styles.debrief}`}>
      <header className={styles.head}>
        <div className={styles.score} data-outcome={report.outcome}>
          {report.outcome === 'finished' ? (
            <>
              <strong className="fb-num">{pointsPercent(points)} %</strong>
              <span className="fb-dim fb-num">
                {points.earned} of {points.possible} points
              </span>
            </>
          ) : (
            <>
              <strong>no score</strong>
              <span className="fb-dim">aborted</span>
            </>
          )}
        </div>
        <div className={styles.headText}>
          <h1>
            Debrief: {report.title}{' '}
            {report.outcome === 'finished' ? (
              <Chip tone="ok" icon={<IconFlag size={12} />}>
                finished
              </Chip>
            ) : (
              <Chip tone="warn" icon={<IconAlertTriangle size={12} />}>
                aborted
              </Chip>
            )}
          </h1>
          <p className={styles.sentence}>{report.sentence}</p>
          <p className="fb-dim">{about(report)}</p>
        </div>
        <div className={styles.actions} role="group" aria-label="Export">
          <a className="fb-button fb-button-quiet" href={hrefTo('gameday')}>
            <IconArrowLeft size={14} aria-hidden /> All drills
          </a>
          <output className="fb-dim">{printed}</output>
          <CopyButton label="Copy as text" text={() => reportText(report)} />
          <button
            type="button"
            className="fb-button"
            onClick={() =>
              download({
                name: `fusebox-drill-${report.drillId}.json`,
                type: 'application/json',
                parts: [`${JSON.stringify(report, null, 2)}\n`],
              })
            }
          >
            <IconDownload size={14} aria-hidden /> JSON
          </button>
          <button
            type="button"
            className="fb-button"
            onClick={() => print(`fusebox-drill-${report.drillId}`)}
          >
            <IconPrinter size={14} aria-hidden /> Print
          </button>
        </div>
      </header>
      <div className={styles.columns}>
        <div className={styles.column}>
          <Panel title="Each step against its target">
            <StepsTable report={report} />
          </Panel>
          <Panel
            title="Wrong turns"
            note={report.wrongTurns.length === 0 ? 'none' : `${report.wrongTurns.length}`}
          >
            <WrongTurns report={report} />
          </Panel>
        </div>
        <div className={styles.column}>
          <BadPanel bad={report.badConversations} />
          <Panel
            title="What Fusebox had to say"
            note={`${report.checks.filter(({ isHit }) => isHit).length} of ${report.checks.length} hit`}
          >
            <ChecksTable checks={report.checks} />
            <p className="fb-dim">
              {killswitch === null
                ? 'The killswitch was not used in this drill.'
                : `Killswitch ${killswitch.lever}: ${spanWords(killswitch.tookMs)} from press to seen in traffic, by ${killswitch.by}.`}
            </p>
          </Panel>
        </div>
      </div>
      <ReplayPanel report={report} />
    </div>
  );
}

function about(report: DrillReport): string {
  const { participants, facilitator, seed, hintsGiven, castPromptId, promptId } = report;
  const day = `${new Date(report.startedAtMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return [
    day,
    `played by ${participants.length === 0 ? 'nobody named' : participants.join(', ')}`,
    `facilitator ${facilitator}`,
    castPromptId === null ? `prompt ${promptId}` : `stood for ${castPromptId}`,
    `${hintsGiven} ${hintsGiven === 1 ? 'hint' : 'hints'}`,
    `seed ${seed}`,
    report.drillId,
  ].join(' · ');
}
