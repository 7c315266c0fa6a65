import { type Command, InvalidArgumentError, Option } from 'commander';
import { drillList, drillReplay, drillRun } from './drill.ts';
import { EXIT } from './exit-codes.ts';

type Say = (line: string) => void;
type DrillFlags = {
  all?: boolean;
  scenarios?: string;
  bundle?: string;
  speed?: string;
  seed: number;
  seeds?: number;
  responder?: 'auto' | 'none' | 'recorded';
  json?: boolean;
};

const DRILL_HELP = `
With --responder auto a script does what Fusebox advises, through the same contract as a person, so that the advice itself is judged.
A bundle (\`fusebox drill record\`) is replayed: what people declared, decided and flipped is done when they did it, and verdict and times of the
steps are held beside the recorded ones. With --responder auto or none it is played as a drill instead.
Exit codes: 0 played, whatever the score; a replay: the same verdict and every step within 10 s;
  1 Fusebox said something else than a scenario expects (responder auto), or a replay differs; 2 usage, or a bundle that cannot be used.`;

const OWN_SCENARIOS = ['--scenarios <folder>', "the team's own scenarios beside the library"] as const;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 2_147_483_647)
    throw new InvalidArgumentError('0 to 2147483647, whole.');
  return value;
}

/** `drill list` and `drill run`. Drills open worlds of their own: no data directory, no workspace. */
export function addDrills(
  drill: Command,
  { say, complain }: { readonly say: Say; readonly complain: Say },
): void {
  drill
    .command('list')
    .description('the scenario library')
    .option(...OWN_SCENARIOS)
    .option('--json', 'the scenarios, one JSON value')
    .exitOverride()
    .action(async ({ json, scenarios }: DrillFlags) => {
      process.exitCode = await drillList({ isJson: json ?? false, own: scenarios ?? null }, say, complain);
    });
  drill
    .command('run [scenarios...]')
    .description('play scenarios, or a recorded incident, in worlds of their own and score them')
    .option('--all', 'every scenario of the library')
    .option(...OWN_SCENARIOS)
    .option('--bundle <file>', 'a recorded incident')
    .addOption(
      new Option('--speed <n>', 'live at 1x, 10x or 60x (default: as fast as the machine goes)').choices([
        '1',
        '10',
        '60',
      ]),
    )
    .option('--seed <n>', 'the (first) seed: the same one gives the same drill', wholeNumber, 1)
    .option('--seeds <n>', 'so many seeds of each scenario (default: 1; with --all 20)', wholeNumber)
    .addOption(
      new Option(
        '--responder <who>',
        'auto: a script that does what Fusebox advises; none: nobody responds; recorded: a bundle as it was (default: auto, of a bundle recorded)',
      ).choices(['auto', 'none', 'recorded']),
    )
    .option('--json', 'one report, one JSON value; several, one a line')
    .addHelpText('after', DRILL_HELP)
    .exitOverride()
    .action(async (ids: string[], flags: DrillFlags) => {
      const { seed: firstSeed, json: isJson = false, bundle = null, scenarios: own = null } = flags;
      const responder = flags.responder ?? (bundle === null ? 'auto' : 'recorded');
      const isReplay = responder === 'recorded';
      const chosen = [ids.length > 0, flags.all === true, bundle !== null].filter(Boolean).length;
      if (chosen !== 1) {
        complain('fusebox drill run: name scenarios, or give --all, or --bundle.');
        process.exitCode = EXIT.usage;
      } else if (isReplay && (bundle === null || flags.speed !== undefined || flags.seeds !== undefined)) {
        complain('fusebox drill run: a replay takes --bundle, and neither --speed nor --seeds.');
        process.exitCode = EXIT.usage;
      } else if (isReplay) {
        process.exitCode = await drillReplay({ file: bundle ?? '', seed: firstSeed, isJson }, say, complain);
      } else {
        const seeds = flags.seeds ?? (flags.all ? 20 : 1);
        const speed = flags.speed === undefined ? null : Number(flags.speed);
        const options = { ids, own, bundle, firstSeed, seeds, speed, responder, isJson };
        process.exitCode = await drillRun(options, say, complain);
      }
    });
}
