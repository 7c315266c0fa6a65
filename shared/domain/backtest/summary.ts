import type { BacktestAlarm, BacktestResult, BlindStream } from './kind.ts';
import { inWords } from '../detection/meter-advice.ts';

/** More are in the JSON. */
const MOST_BLIND = 20;
const MOST_NOTICES = 10;

/** The result as a person reads it: verdict, alarms, verification, what could still be hidden, what was odd about the input. */
export function summaryLines(result: BacktestResult): string[] {
  const { alarms, sentence, verification, blind, notices, warnings, from, to, candidates } = result;
  const launches = candidates.map(({ version, launchedAt }) => `${version} from ${clock(launchedAt)}`);
  const lines = [
    `Recording ${clock(from)} to ${clock(to)} UTC${launches.length > 0 ? `; candidate ${launches.join(', ')}` : ''}`,
    sentence,
  ];
  if (alarms.length > 0) lines.push('', 'Alarms', ...alarms.map(alarmLine));
  if (verification) {
    const { verdict, at, to: version, flippedAt, detail } = verification;
    lines.push(
      '',
      `Rollback to ${version} at ${clock(flippedAt)}: ${WORDS[verdict]} (since ${clock(at)})`,
      `  ${detail}`,
    );
  }
  lines.push('', ...blindLines(blind));
  if (notices.length > 0)
    lines.push(
      '',
      'Notices',
      ...cut(
        notices.map((notice) => `  ${clock(notice.t)}  ${notice.sentence}`),
        MOST_NOTICES,
      ),
    );
  const [pages, watches] = [perMonth(result, 'page'), perMonth(result, 'watch')];
  lines.push('', `By chance alone, at most: ${pages} pages and ${watches} WATCHes a month on trial.`);
  if (warnings.length > 0) lines.push('', 'Warnings', ...warnings.map((warning) => `  ${warning}`));
  return lines;
}

const WORDS = {
  recovered: 'recovered',
  'not-recovered': 'NOT recovered',
  'not-propagated': 'NOT propagated',
  'cannot-tell': 'cannot tell yet',
};

function alarmLine({ t, class: kind, sentence, resolvedAt }: BacktestAlarm): string {
  const resolved = resolvedAt === null ? '' : ` (evidence gone again ${clock(resolvedAt)})`;
  return `  ${clock(t)}  ${kind === 'page' ? 'PAGE ' : 'WATCH'}  ${sentence}${resolved}`;
}

function blindLines(blind: readonly BlindStream[]): string[] {
  if (blind.length === 0)
    return ['Nothing is blind: a doubling since launch would have been seen in every stream.'];
  const width = Math.max(...blind.map(({ signal }) => signal.length));
  const cohortWidth = Math.max(...blind.map(({ cohort }) => cohort.length));
  const rows = blind.map(({ signal, cohort, until2xMin, until4xMin, because }) => {
    const [small, large] = signal === 'csat' ? ['2 points', '5 points'] : ['2x', '4x'];
    const figures = because ?? `${small} ${minutes(until2xMin)}, ${large} ${minutes(until4xMin)}`;
    return `  ${signal.padEnd(width)}  ${cohort.padEnd(cohortWidth)}  ${figures}`;
  });
  return ['Could still be hidden, and for how long at present traffic', ...cut(rows, MOST_BLIND)];
}

function minutes(left: number | null): string {
  if (left === null) return 'for ever';
  return left === 0 ? 'would have been seen' : inWords(left);
}

function cut(lines: string[], most: number): string[] {
  return lines.length <= most
    ? lines
    : [...lines.slice(0, most), `  and ${lines.length - most} more (--json)`];
}

function perMonth({ falseAlarmsPerMonth }: BacktestResult, kind: 'page' | 'watch'): string {
  const rules = kind === 'page' ? ['one-at-page', 'two-at-watch'] : ['one-at-watch'];
  const sum = falseAlarmsPerMonth
    .filter(({ rule }) => rules.includes(rule))
    .reduce((total, { atMostPerMonth }) => total + atMostPerMonth, 0);
  return sum.toFixed(2);
}

/** "2026-01-01 00:00:10", UTC */
function clock(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}
