// Runs every gate on the project; with names as arguments only those whose name contains one of them.
import { join } from 'node:path';
import { GATES } from './gates/all.ts';
import { runGates, type GateRun } from './gates/run-gates.ts';

const root = join(import.meta.dirname, '..');

function line({ gate, verdict, tookMs }: GateRun): string {
  const note = verdict.ok && verdict.note !== undefined ? `  (${verdict.note})` : '';
  return `${verdict.ok ? 'ok  ' : 'FAIL'}  ${gate.padEnd(24)} ${(tookMs / 1000).toFixed(1)} s${note}`;
}

const wanted = process.argv.slice(2);
const gates =
  wanted.length === 0 ? GATES : GATES.filter(({ name }) => wanted.some((part) => name.includes(part)));
if (gates.length === 0) {
  console.error(`no gate is named like that; there are: ${GATES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const runs = await runGates(gates, root, (run) => console.log(line(run)));
let failed = 0;
for (const { gate, verdict } of runs) {
  if (verdict.ok) continue;
  failed += 1;
  console.log(`\n--- ${gate} ---\n${verdict.report.trimEnd()}`);
}
console.log(`\n${runs.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
