import { IconAlertTriangle, IconCheck, IconCircleDotted, IconX } from '@tabler/icons-react';
import { Chip } from '#renderer/parts/chip.tsx';
import { spanWords } from '#shared/domain/history/words.ts';
import type { DrillReport } from '#shared/model/drill.ts';
import { drillClock } from '../words.ts';
import { STEP_VERDICTS } from './report-text.ts';
import styles from './debrief.module.css';

type StepVerdict = DrillReport['steps'][number]['verdict'];

/** The seven steps: how long, target, verdict, points. */
export function StepsTable({ report }: { readonly report: DrillReport }) {
  return (
    <div className="fb-table-wrap">
      <table className="fb-table" aria-label="Each step against its target">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col" data-align="end">
              Took
            </th>
            <th scope="col" data-align="end">
              Target
            </th>
            <th scope="col">Verdict</th>
            <th scope="col" data-align="end">
              Points
            </th>
          </tr>
        </thead>
        <tbody>
          {report.steps.map(({ id, title, tookMs, targetMs, verdict, points, possible }) => (
            <tr key={id}>
              <th scope="row">{title}</th>
              <td data-align="end">{spanWords(tookMs)}</td>
              <td data-align="end" className="fb-dim">
                {spanWords(targetMs)}
              </td>
              <td>
                <VerdictChip verdict={verdict} />
              </td>
              <td data-align="end">{possible === 0 ? '–' : `${points} of ${possible}`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function VerdictChip({ verdict }: { readonly verdict: StepVerdict }) {
  const words = STEP_VERDICTS[verdict];
  switch (verdict) {
    case 'within':
      return (
        <Chip tone="ok" isQuiet icon={<IconCheck size={13} />}>
          {words}
        </Chip>
      );
    case 'late':
      return (
        <Chip tone="warn" isQuiet icon={<IconAlertTriangle size={13} />}>
          {words}
        </Chip>
      );
    case 'missed':
      return (
        <Chip tone="warn" icon={<IconX size={13} />}>
          {words}
        </Chip>
      );
    case 'not-needed':
      return (
        <Chip isQuiet icon={<IconCircleDotted size={13} />}>
          {words}
        </Chip>
      );
  }
}

/** What cost points, when. */
export function WrongTurns({ report }: { readonly report: DrillReport }) {
  if (report.wrongTurns.length === 0)
    return <p className="fb-dim">No wrong turn: nothing was flipped twice, closed early or missed.</p>;
  return (
    <ul className={styles.turns}>
      {report.wrongTurns.map(({ id, atMs, sentence, points }) => (
        <li key={`${id}:${atMs ?? ''}`}>
          <span className="fb-mono fb-dim">{atMs === null ? '' : drillClock(atMs, report.beginMs)}</span>
          <span>{sentence}</span>
          <strong className="fb-num fb-warn-text">{points > 0 ? `-${points}` : points}</strong>
        </li>
      ))}
    </ul>
  );
}

/** What the scenario expects of the product's verdict and advice, beside what came of it. */
export function ChecksTable({ checks }: { readonly checks: DrillReport['checks'] }) {
  if (checks.length === 0) return <p className="fb-dim">This scenario expects nothing in particular.</p>;
  return (
    <div className="fb-table-wrap">
      <table className="fb-table" aria-label="What Fusebox had to say">
        <thead>
          <tr>
            <th scope="col">Expected of it</th>
            <th scope="col">Expected</th>
            <th scope="col">Got</th>
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {checks.map(({ what, expected, got, isHit }) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>{expected}</td>
              <td>{got}</td>
              <td>
                {isHit ? (
                  <Chip tone="ok" isQuiet icon={<IconCheck size={13} />}>
                    hit
                  </Chip>
                ) : (
                  <Chip tone="warn" icon={<IconX size={13} />}>
                    missed
                  </Chip>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
