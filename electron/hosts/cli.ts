import { realpathSync } from 'node:fs';
import { ORPCError } from '@orpc/client';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { defaultDataDir } from './data-dir.ts';
import { auditAnchor, auditVerify } from './cli/audit.ts';
import { backtest } from './cli/backtest.ts';
import { addDrills } from './cli/drill-commands.ts';
import { drillRecord } from './cli/drill-record.ts';
import { doctor } from './cli/doctor.ts';
import { evals } from './cli/evals.ts';
import { EXIT } from './cli/exit-codes.ts';
import { recordsExport, recordsImport } from './cli/records.ts';
import { report } from './cli/report.ts';
import { postmortem } from './cli/postmortem.ts';
import { rollback } from './cli/rollback.ts';
import { start } from './cli/start.ts';
import { status } from './cli/status.ts';
import { wave2 } from './cli/wave2.ts';
import { findPackageRoot } from './package-root.ts';

const EXIT_CODES_HELP = `
Exit codes:
  0  done: the command succeeded; a rollback was read back and is in effect
  1  failed before anything was written (engine not reachable, problems found by doctor, an audit trail that does not fit)
  2  usage: wrong command or option, or input that cannot be used
  3  outcome unknown: a write went out and is not confirmed; look at the flag, or ask \`fusebox status\`
  4  refused by the provider or by Fusebox (your role among the reasons), or someone else changed the lever: not done by this command`;

type CommonFlags = { data: string; workspace?: string; json?: boolean };
type ReportFlags = CommonFlags & {
  from?: string;
  to?: string;
  prompt?: string;
  groupBy: string;
  means?: boolean;
  csv?: boolean;
};
type AuditFlags = CommonFlags & { file?: string; anchor: string[]; anchors?: string };
type AnchorFlags = CommonFlags & { toFile?: string; toGit?: string; toChat?: string; channel?: string };

const BACKTEST_HELP = `
FILE holds one JSON object per line: the counts of a 10-second tick, one cohort and version. Absent lines are zero.
  {"t":1767225600000,"cohort":"all","version":"v18","role":"candidate","conversations":3,"complaints":0,
   "safetyTrips":0,"downstreamErrors":0,"csat":[[75,1],[100,1]]}
  t: start of the tick, ms UTC, when the conversations began; role: candidate or control; counts are conversations;
  csat: [score 0-100, count]; also fallbacks, escalations, corrections; "seenAt": when late counts became known.
The first line may be {"options":{"cohorts":["a","b"],"intendedShare":0.05,"history":{"complaints":0.005}}}.
Between them events: {"event":"ramp","t":...,"share":0.25}, {"event":"rollback","t":...,"to":"v17"},
  {"event":"change","t":...,"what":"..."}.
Exit codes: 0 judged, whatever the verdict; 2 the input cannot be used (with the line).`;

const say = (line: string) => console.log(line);
const complain = (line: string) => console.error(line);
/** Resolves once it is out: a reader at the other end of a pipe may be slow. */
const write = (text: string) => new Promise<void>((done) => void process.stdout.write(text, () => done()));

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('0 to 65535.');
  return port;
}

const collect = (value: string, before: string[]) => [...before, value];

function settingsOf({ data, workspace }: CommonFlags) {
  return { dataDir: data, workspacePath: workspace ?? process.env['FUSEBOX_WORKSPACE'] ?? null };
}

function createProgram(): Command {
  const program = new Command('fusebox')
    .description('The cockpit for prompt incidents: see it, roll it back, prove the recovery.')
    .version(findPackageRoot().version)
    .addHelpText('after', EXIT_CODES_HELP)
    .exitOverride();
  const command = (spec: string, text: string, parent = program) =>
    parent
      .command(spec)
      .description(text)
      .option('--data <dir>', 'data directory', defaultDataDir())
      .option('--workspace <file>', 'workspace file (default: FUSEBOX_WORKSPACE, else the demonstration)')
      .addHelpText('after', EXIT_CODES_HELP)
      .exitOverride();

  command('start', 'run the engine and open the cockpit in a browser window')
    .option('--port <port>', 'loopback port; 0 takes a free one', portOf, 0)
    .option('--no-open', 'open nothing; print the address')
    .option('--print-url', 'the same as --no-open')
    .action(async (flags: CommonFlags & { port: number; open: boolean; printUrl?: boolean }) => {
      const isOpening = flags.open && flags.printUrl !== true;
      process.exitCode = await start({ ...settingsOf(flags), port: flags.port, isOpening }, say);
    });
  command('status', 'what serves, open incidents, sources')
    .option('--json', 'one JSON value')
    .action(async (flags: CommonFlags) => {
      process.exitCode = await status({ ...settingsOf(flags), isJson: flags.json ?? false }, say);
    });
  command('rollback <prompt>', 'serve the previous version to everyone, read it back, post and page')
    .option('--to <version>', 'version to go back to (default: the control version)')
    .option('--reason <text>', 'why, for the record and the channel')
    .option('--again', 'flip also inside the recovery window of an earlier flip')
    .option('--json', 'one JSON value')
    .action(
      async (promptId: string, flags: CommonFlags & { to?: string; reason?: string; again?: boolean }) => {
        process.exitCode = await rollback(
          {
            ...settingsOf(flags),
            promptId,
            toVersion: flags.to,
            reason: flags.reason ?? null,
            isHeld: flags.again ?? false,
            isJson: flags.json ?? false,
          },
          say,
        );
      },
    );
  command('doctor', 'look at engine, workspace, sources, prompts and stores, and say what to do')
    .option('--json', 'one JSON value')
    .action(async (flags: CommonFlags) => {
      process.exitCode = await doctor({ ...settingsOf(flags), isJson: flags.json ?? false }, say);
    });
  command('postmortem <incident>', 'the postmortem of an incident, as Markdown')
    .addOption(
      new Option('--style <style>', 'house style (default: as chosen in it)').choices(['short', 'full']),
    )
    .option('--html', 'one HTML page that prints by itself')
    .addOption(new Option('--json', 'the record behind it, one JSON value').conflicts('html'))
    .action(async (incidentId: string, flags: CommonFlags & { style?: 'short' | 'full'; html?: boolean }) => {
      const format = flags.json ? 'json' : flags.html ? 'html' : 'markdown';
      const options = { ...settingsOf(flags), incidentId, style: flags.style ?? null, format } as const;
      process.exitCode = await postmortem(options, say);
    });
  command('evals <incident>', 'the eval cases of an incident; prove one, or check that CI runs it')
    .option('--prove <case>', 'run it on the bad and the good version; exit code 0 = accepted, 4 = refused')
    .option('--gate <case>', 'look whether a workflow runs its suite; exit code 0 = gated, 4 = not')
    .option('--json', 'one JSON value')
    .action(async (incidentId: string, flags: CommonFlags & { prove?: string; gate?: string }) => {
      const { prove = null, gate = null, json: isJson = false } = flags;
      process.exitCode = await evals(
        { ...settingsOf(flags), incidentId, prove, gate, isJson },
        say,
        complain,
      );
    });
  command(
    'wave2 <incident>',
    'what the bad version left behind: its repair, the affected tenants, the records',
  )
    .addOption(
      new Option('--export <format>', 'every record of the bad window, to standard output').choices([
        'csv',
        'ndjson',
      ]),
    )
    .addOption(new Option('--json', 'one JSON value').conflicts('export'))
    .action(async (incidentId: string, flags: CommonFlags & { export?: 'csv' | 'ndjson' }) => {
      const format = flags.export ?? (flags.json ? 'json' : 'text');
      const options = { ...settingsOf(flags), incidentId, format } as const;
      process.exitCode = await wave2(options, say, complain, write);
    });
  command(
    'report',
    'times to detect, roll back and recover against their targets: the figures of the History page',
  )
    .option('--from <date>', 'declared from this UTC date (2026-05-09) or ISO time on')
    .option('--to <date>', 'up to the end of this date, or before this time')
    .option('--prompt <id>', 'of one prompt')
    .option('--group-by <what>', 'week, prompt, team, trigger or lever', 'week')
    .option('--means', 'means as well: one long night moves them more than a quarter of work')
    .addOption(new Option('--json', 'one JSON value').conflicts('csv'))
    .option('--csv', 'one line per group and metric, times in ms')
    .action(async (flags: ReportFlags) => {
      const format = flags.json ? 'json' : flags.csv ? 'csv' : 'text';
      const { from, to, prompt: promptId, groupBy, means: withMeans = false } = flags;
      const options = { ...settingsOf(flags), from, to, promptId, groupBy, withMeans, format } as const;
      process.exitCode = await report(options, say, complain);
    });
  const audit = program.command('audit').description('the audit trail as a whole').exitOverride();
  command('verify', 'find what was edited, taken out, put in or moved in the trail', audit)
    .option('--file <copy>', "a copy of records.db (default: the data directory's own)")
    .option('--anchor <seq:hash>', 'an entry that must be in it; may be given more than once', collect, [])
    .option('--anchors <file>', 'a file that holds such lines; - reads stdin')
    .option('--json', 'one JSON value')
    .action(async (flags: AuditFlags) => {
      const { file, anchor: anchors, anchors: anchorsFrom, json: isJson = false } = flags;
      const options = { ...settingsOf(flags), file, anchors, anchorsFrom, isJson };
      process.exitCode = await auditVerify(options, say, complain);
    });
  command('anchor', 'copy the head of the trail to where this machine cannot change it unseen', audit)
    .option('--to-file <path>', 'append it to a file')
    .option('--to-git <checkout>', 'append it to the git note (ref fusebox-audit) of the present commit')
    .option('--to-chat <source>', 'post it through a chat source of the workspace')
    .option('--channel <name>', 'the channel for --to-chat')
    .option('--json', 'one JSON value')
    .action(async (flags: AnchorFlags) => {
      const { toFile, toGit, toChat, channel, json: isJson = false } = flags;
      const options = { ...settingsOf(flags), toFile, toGit, toChat, channel, isJson };
      process.exitCode = await auditAnchor(options, say, complain);
    });
  const records = program.command('records').description('move a record, to a team or back').exitOverride();
  command('export <file>', 'copy the whole record into a file', records).action(
    async (file: string, flags: CommonFlags) => {
      process.exitCode = await recordsExport({ ...settingsOf(flags), file }, say);
    },
  );
  command('import <file>', 'add what a file holds and the record lacks; again adds nothing', records).action(
    async (file: string, flags: CommonFlags) => {
      process.exitCode = await recordsImport({ ...settingsOf(flags), file }, say);
    },
  );
  const drill = program
    .command('drill')
    .description('practise the loop on simulated regressions')
    .exitOverride();
  addDrills(drill, { say, complain });
  command('record <incident>', 'save an incident as a bundle that replays it; texts redacted', drill)
    .requiredOption('--out <file>', 'where the bundle goes')
    .action(async (incidentId: string, flags: CommonFlags & { out: string }) => {
      process.exitCode = await drillRecord({ ...settingsOf(flags), incidentId, file: flags.out }, say);
    });
  program
    .command('backtest <file>')
    .description(
      'run a recorded stream through the detector: what would it have said, and when (- reads stdin)',
    )
    .option('--json', 'one JSON value')
    .addHelpText('after', BACKTEST_HELP)
    .exitOverride()
    .action(async (file: string, flags: { json?: boolean }) => {
      process.exitCode = await backtest({ file, isJson: flags.json ?? false }, say, complain);
    });
  return program;
}

/** Runs the command line; sets process.exitCode and never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version end here too, with 0; commander has printed what there is to say.
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
      return;
    }
    console.error(error instanceof Error ? error.message : String(error));
    const isRefused = error instanceof ORPCError && error.defined && error.code === 'REFUSED';
    process.exitCode = isRefused ? EXIT.refused : EXIT.failed;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  await main(process.argv);
  // Everything is closed by now; a socket that a peer keeps half open shall not keep the terminal waiting.
  setTimeout(() => process.exit(), 2_000).unref();
}
