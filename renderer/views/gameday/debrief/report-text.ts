import { spanWords } from '#shared/domain/history/words.ts';
import type { DrillReport } from '#shared/model/drill.ts';
import { drillClock, pointsWords } from '../words.ts';

export const STEP_VERDICTS: Record<DrillReport['steps'][number]['verdict'], string> = {
  within: 'within target',
  late: 'over target',
  missed: 'missed',
  'not-needed': 'not needed',
};

/** The debrief as plain text for a channel or a document; says first that it was a drill. */
export function reportText(report: DrillReport): string {
  const { badConversations: bad, killswitch } = report;
  const lines = [
    `DRILL: ${report.title}, ${report.outcome}, ${new Date(report.startedAtMs).toISOString().slice(0, 16)}Z`,
    report.sentence,
    `Points: ${pointsWords(report.points)}; hints given: ${report.hintsGiven}`,
    `Facilitator: ${report.facilitator}; participants: ${report.participants.join(', ') || 'not named'}; seed ${report.seed}; ${report.drillId}`,
    `Bad conversations: ${round(bad.served)} served, ${round(bad.best)} at best, ${round(bad.untouched)} without any response`,
    killswitch === null
      ? 'Killswitch: not used'
      : `Killswitch: ${killswitch.lever}, ${spanWords(killswitch.tookMs)} from press to seen in traffic, by ${killswitch.by}`,
    '',
    'Steps:',
    ...report.steps.map(
      ({ title, tookMs, targetMs, verdict, points, possible }) =>
        `  ${title}: ${spanWords(tookMs)} (target ${spanWords(targetMs)}), ${STEP_VERDICTS[verdict]}, ${points} of ${possible}`,
    ),
    'Wrong turns:',
    ...(report.wrongTurns.length === 0 ? ['  none'] : report.wrongTurns.map(turnLine(report))),
    'Expected of Fusebox:',
    ...report.checks.map(
      ({ what, expected, got, isHit }) =>
        `  ${isHit ? 'hit' : 'MISS'}: ${what}, expected ${expected}, got ${got}`,
    ),
    'Timeline:',
    ...report.events.map(
      ({ atMs, who, text }) =>
        `  ${drillClock(atMs, report.beginMs)} ${who}: ${text.replaceAll(/\s+/g, ' ')}`,
    ),
  ];
  return lines.join('\n');
}

const turnLine =
  ({ beginMs }: DrillReport) =>
  ({ atMs, sentence, points }: DrillReport['wrongTurns'][number]) =>
    `  ${atMs === null ? '' : `${drillClock(atMs, beginMs)} `}${sentence} (${points})`;

function round(count: number): string {
  return Math.round(count).toLocaleString('en');
}
