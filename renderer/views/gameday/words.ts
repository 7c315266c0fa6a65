import type {
  DrillEvent,
  DrillPhase,
  DrillSpeed,
  DrillSummary,
  ScenarioSummary,
} from '#shared/model/drill.ts';
import type { Scenario } from '#shared/model/scenario.ts';

export const KIND_TITLES: Record<Scenario['kind'], string> = {
  regression: 'Regressions',
  leak: 'Leaks of the loop',
  'not-the-prompt': 'Not the prompt',
  quiet: 'Nothing is wrong',
};

/** What each leak of the loop is, by its number in the table of leaks. */
export const LEAK_TITLES: Readonly<Record<number, string>> = {
  1: 'no flag wraps the prompt',
  2: 'customers complain for two days after',
  3: 'eval still passes after the incident',
  4: 'nobody knows which SHA',
  5: 'half the workers still serve the bad version',
  6: 'flipped, and the metric never recovered',
  7: "rolled back, then the old version's own bug was back",
  8: 'postmortem skipped the eval',
  9: 'two earlier incidents had the same cause',
  10: 'nobody could find the flag console',
  11: 'trace search was slow under pressure',
};

export const SOURCE_TITLES: Record<ScenarioSummary['source'], string> = {
  library: 'from the library',
  own: "your team's own",
  recorded: 'recorded',
};

export const PHASE_WORDS: Record<DrillPhase, string> = {
  preparing: 'preparing',
  briefing: 'briefing',
  running: 'running',
  finished: 'finished',
  aborted: 'aborted',
  failed: 'failed',
};

export const SPEEDS: readonly {
  readonly speed: DrillSpeed;
  readonly title: string;
  readonly keys: string;
}[] = [
  { speed: 0, title: 'Pause', keys: 'P' },
  { speed: 1, title: '1x', keys: '1' },
  { speed: 10, title: '10x', keys: '2' },
  { speed: 60, title: '60x', keys: '3' },
];

export const BY_WORDS: Record<DrillEvent['by'], string> = {
  world: 'world',
  fusebox: 'Fusebox',
  facilitator: 'facilitator',
  participant: 'participant',
};

/** "18 of 24, 75 %"; without possible points there is nothing to divide by. */
export function pointsWords({ earned, possible }: DrillSummary['points']): string {
  return possible === 0 ? 'no points' : `${earned} of ${possible}, ${pointsPercent({ earned, possible })} %`;
}

/** Share of the possible points in whole percent; never below zero, whatever wrong turns cost. */
export function pointsPercent({ earned, possible }: DrillSummary['points']): number {
  return possible === 0 ? 0 : Math.max(0, Math.round((earned / possible) * 100));
}

/** Simulated time against the beginning of the drill: "-3:20", "+0:00", "+12:05". */
export function drillClock(atMs: number, beginMs: number | null): string {
  if (beginMs === null) return '–';
  const seconds = Math.floor(Math.abs(atMs - beginMs) / 1000);
  const minutes = Math.floor(seconds / 60);
  const sign = atMs < beginMs && seconds > 0 ? '-' : '+';
  return `${sign}${minutes}:${String(seconds % 60).padStart(2, '0')}`;
}
