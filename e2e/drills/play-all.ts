import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { drillReportSchema, type DrillReport } from '#shared/model/drill.ts';

const CLI = join(import.meta.dirname, '..', '..', 'electron', 'hosts', 'cli.ts');

/** Plays scenarios with the scripted responder in one process, through the command line; every report as it comes. */
async function playIn(
  ids: readonly string[],
  seeds: number,
  onReport: (report: DrillReport) => void,
): Promise<void> {
  if (ids.length === 0) return;
  const args = [CLI, 'drill', 'run', ...ids, '--seeds', String(seeds), '--json'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    onReport(drillReportSchema.parse(JSON.parse(line)));
  }
  const code = await ended;
  // 1: played, and something was missed; the reports say what.
  if (code !== 0 && code !== 1) throw new Error(`fusebox drill run ended with ${code}: ${complaints}`);
}

/** All of them over two processes, dealt out so that neighbours in the list do not land together. At least two seeds: one report a line. */
export async function playAll(ids: readonly string[], seeds: number): Promise<DrillReport[]> {
  const reports: DrillReport[] = [];
  const dealt = [ids.filter((_, index) => index % 2 === 0), ids.filter((_, index) => index % 2 === 1)];
  await Promise.all(dealt.map((share) => playIn(share, seeds, (report) => reports.push(report))));
  return reports;
}
