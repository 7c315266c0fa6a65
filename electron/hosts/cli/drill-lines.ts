import type { DrillReport } from '#shared/model/drill.ts';
import type { Scenario } from '#shared/model/scenario.ts';
import type { Replay } from '#engine/gameday/recorded/replay-incident.ts';

/** What `fusebox drill` prints. */

export function libraryLines(scenarios: readonly Scenario[]): string[] {
  const width = Math.max(0, ...scenarios.map(({ id }) => id.length));
  return scenarios.map(
    ({ id, title, minutes, leak }) =>
      `${id.padEnd(width)}  ${String(minutes).padStart(2)} min  ${leak === null ? '       ' : `leak ${String(leak).padStart(2)}`}  ${title}`,
  );
}

/** One drill: what Fusebox said against what was expected, the steps, the wrong turns, the debrief. */
export function reportLines(report: DrillReport): string[] {
  const { points, badConversations: bad } = report;
  return [
    `${report.title} (${report.scenarioId}, seed ${report.seed})`,
    '',
    'What Fusebox said',
    ...report.checks.map(({ isHit, what, expected, got }) =>
      isHit ? `  ok    ${what}: ${got}` : `  MISS  ${what}: ${got}; expected ${expected}`,
    ),
    '',
    'Steps',
    ...report.steps.map(
      ({ title, tookMs, targetMs, verdict, points: earned, possible }) =>
        `  ${title.padEnd(10)} ${duration(tookMs).padStart(8)} of ${duration(targetMs).padEnd(8)} ${verdict.padEnd(10)} ${earned}/${possible}`,
    ),
    ...(report.wrongTurns.length === 0
      ? []
      : [
          '',
          'Wrong turns',
          ...report.wrongTurns.map(({ sentence, points: lost }) => `  -${lost}  ${sentence}`),
        ]),
    '',
    `Bad conversations: ${bad.served} served, ${bad.best} at best, ${bad.untouched} without a response`,
    `Score: ${points.earned} of ${points.possible}`,
    report.sentence,
  ];
}

/** A recorded incident beside its replay; times from the beginning of the recording. */
export function replayLines({ incidentId, scenarioId, verdict, steps, isSame }: Replay): string[] {
  return [
    `${incidentId} replayed (${scenarioId})`,
    '',
    `Verdict: ${verdict.replayed ?? 'none'}; recorded: ${verdict.recorded ?? 'none'}`,
    '',
    'Steps     recorded    replayed',
    ...steps.map((step) =>
      `${step.id.padEnd(8)} ${clock(step.recordedMs).padStart(9)}   ${clock(step.replayedMs).padStart(9)}  ${step.isSame ? '' : 'DIFFERS'}`.trimEnd(),
    ),
    '',
    isSame ? 'The same: verdict, and every step within 10 s.' : 'Not the same.',
  ];
}

function clock(ms: number | null): string {
  if (ms === null) return '-';
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Hits per scenario and expectation over many drills; a miss with the seeds in which it happened. */
export function tableLines(reports: readonly DrillReport[]): string[] {
  const rows = new Map<string, { hits: number; of: number; missed: string[] }>();
  for (const { scenarioId, seed, checks } of reports) {
    for (const { what, expected, got, isHit } of checks) {
      const key = `${scenarioId.padEnd(34)} ${what}: ${expected}`;
      const row = rows.get(key) ?? { hits: 0, of: 0, missed: [] };
      rows.set(key, row);
      row.of += 1;
      if (isHit) row.hits += 1;
      else row.missed.push(`seed ${seed}: ${got}`);
    }
  }
  const lines = [...rows].map(
    ([key, { hits, of, missed }]) =>
      `${`${hits}/${of}`.padStart(6)}  ${key}${missed.map((one) => `\n          ${one}`).join('')}`,
  );
  const all = [...rows.values()];
  const hits = all.reduce((sum, row) => sum + row.hits, 0);
  const of = all.reduce((sum, row) => sum + row.of, 0);
  return [...lines, `${hits} of ${of} expectations met in ${reports.length} drills`];
}

function duration(ms: number | null): string {
  if (ms === null) return '-';
  if (ms >= 3_600_000) return `${Math.round(ms / 3_600_000)} h`;
  const seconds = Math.round(ms / 1_000);
  return seconds < 60
    ? `${seconds} s`
    : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}
