import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { drillReportSchema, type DrillReport } from '#shared/model/drill.ts';

const CLI = join(import.meta.dirname, '..', '..', 'electron', 'hosts', 'cli.ts');

/** `fusebox drill run` with these arguments, in a process: its reports. Throws when it could not play. */
export async function play(args: readonly string[]): Promise<DrillReport[]> {
  const child = spawn(process.execPath, [CLI, 'drill', 'run', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, complaints, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  // 1: played, and something was missed; the reports say what.
  if (code !== 0 && code !== 1) throw new Error(`fusebox drill run ended with ${code}: ${complaints}`);
  // One report is one JSON value over many lines, several are one a line.
  return said.split(/\n(?=\{)/).map((report) => drillReportSchema.parse(JSON.parse(report)));
}

/** All of them over two processes, dealt out so that neighbours in the list do not land together. */
export async function playAll(ids: readonly string[], seeds: number): Promise<DrillReport[]> {
  const dealt = [ids.filter((_, index) => index % 2 === 0), ids.filter((_, index) => index % 2 === 1)];
  const reports = await Promise.all(dealt.map((share) => play([...share, '--seeds', String(seeds)])));
  return reports.flat();
}
