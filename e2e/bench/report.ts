import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMet, type Measure } from './bench-item.ts';

export type ItemReport = {
  readonly name: string;
  readonly title: string;
  readonly measures: readonly Measure[];
  /** Why it did not run (missing on this machine), or why it failed. */
  readonly skipped: string | null;
  readonly failed: string | null;
  readonly tookMs: number;
};

function figure(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return Number(value.toPrecision(3)).toString();
}

function limitText({ rule, limit, unit }: Measure): string {
  if (limit === null || rule === 'shown') return '';
  return `${rule === 'at most' ? '<=' : '>='} ${figure(limit)}${unit === '' ? '' : ` ${unit}`}`;
}

/** The report as text: one line per measure, grouped by item. */
export function tableOf(reports: readonly ItemReport[]): string {
  const lines: string[] = [];
  for (const report of reports) {
    lines.push('', `${report.title} (${Math.round(report.tookMs / 1000)} s)`);
    if (report.skipped !== null) lines.push(`  SKIPPED  ${report.skipped}`);
    if (report.failed !== null) lines.push(`  FAILED   ${report.failed}`);
    for (const measure of report.measures) {
      const mark = measure.rule === 'shown' ? '      ' : isMet(measure) ? 'pass  ' : 'MISSED';
      const value = `${figure(measure.value)}${measure.unit === '' ? '' : ` ${measure.unit}`}`;
      const parts = [mark, measure.what.padEnd(48), value.padStart(14), limitText(measure).padStart(14)];
      lines.push(`  ${parts.join('  ')}${measure.note === '' ? '' : `  ${measure.note}`}`);
    }
  }
  return lines.join('\n');
}

export function isGood(report: ItemReport): boolean {
  return report.failed === null && report.measures.every(isMet);
}

/** Writes the report as JSON and returns its path. */
export async function writeReport(
  folder: string,
  context: object,
  reports: readonly ItemReport[],
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'bench.json');
  const items = reports.map((report) => ({
    ...report,
    measures: report.measures.map((measure) => ({ ...measure, isMet: isMet(measure) })),
  }));
  await writeFile(path, `${JSON.stringify({ ...context, items }, null, 2)}\n`);
  return path;
}
