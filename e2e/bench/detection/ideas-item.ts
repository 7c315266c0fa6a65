import { atLeast, type BenchItem, type Measure, type Scale, shown } from '../bench-item.ts';
import { createIdeaTest, IDEAS } from './ideas.ts';
import { chanceOfAtLeast } from './intervals.ts';
import { merging } from './merging.ts';
import { createUniform } from './random.ts';
import { createReference, DOCUMENT, evenly, PAGE_LINE, type ReferenceSettings } from './reference.ts';
import { createSource, type Counts } from './source.ts';
import {
  complaints4x,
  type Effect,
  EFFECTS,
  PERIOD_TICKS,
  quietWorld,
  RATE_SIGNALS,
  regressionWorld,
  TICKS_PER_DAY,
  TICKS_PER_HOUR,
} from './world.ts';

// Can the document's detector be beaten at the same budget? Every idea on the same streams as the document's own choice.

/** Something that is fed a stream and crosses its line once. */
type Runner = { readonly crossedAt: number | null; tick(age: number, counts: Counts): void };
type Cell = {
  readonly group: string;
  readonly effect: Effect;
  readonly perHour: number;
  readonly onsetTick: number;
};

const RATES = EFFECTS.filter(({ signal }) => signal !== 'csat');
const CSAT = EFFECTS.filter(({ signal }) => signal === 'csat');
const BEGINNINGS = [
  ['launch', 0],
  ['after 1 h', TICKS_PER_HOUR],
  ['after 24 h', TICKS_PER_DAY],
] as const;

const cellsOf = (effects: readonly Effect[], traffics: readonly number[]): Cell[] =>
  BEGINNINGS.flatMap(([group, onsetTick]) =>
    traffics.flatMap((perHour) => effects.map((effect) => ({ group, effect, perHour, onsetTick }))),
  );

const dense = (group: string, rate01: number): Cell => ({
  group,
  effect: complaints4x(rate01),
  perHour: 4000,
  onsetTick: 0,
});

const reference = (settings: ReferenceSettings): Runner => {
  const detector = createReference(settings);
  return {
    get crossedAt() {
      return detector.pagedAt;
    },
    tick: detector.tick,
  };
};

/** Other choices for csat, within the whole detector. */
const CSAT_IDEAS: readonly { readonly name: string; readonly settings: ReferenceSettings }[] = [
  { name: "the document's", settings: DOCUMENT },
  { name: 'blocks of 40', settings: { ...DOCUMENT, blockUnits: 40 } },
  { name: 'blocks of 60', settings: { ...DOCUMENT, blockUnits: 60 } },
  { name: 'blocks of 100', settings: { ...DOCUMENT, blockUnits: 100 } },
  { name: 'tilts 0.3, 0.9', settings: { ...DOCUMENT, tilts: evenly([0.3, 0.9]) } },
  { name: 'tilts 0.2, 0.4, 0.8', settings: { ...DOCUMENT, tilts: evenly([0.2, 0.4, 0.8]) } },
];

type Candidate = { readonly name: string; readonly create: (cell: Cell) => Runner };

/** ln of the delay ratio to the first candidate, candidate by candidate and cell by cell. */
function compare(cells: readonly Cell[], candidates: readonly Candidate[], streams: number): number[][] {
  const table = candidates.map((): number[] => []);
  for (const cell of cells) {
    const world = regressionWorld(cell.effect, cell.perHour, cell.onsetTick);
    const sums = candidates.map(() => 0);
    let counted = 0;
    for (let stream = 0; stream < streams; stream += 1) {
      const source = createSource(world, createUniform(42_000 + stream + cell.perHour));
      const runners = candidates.map(({ create }) => create(cell));
      let open = runners;
      for (let tick = 0; tick < world.ticks && open.length > 0; tick += 1) {
        source.next(tick);
        for (const runner of open) runner.tick(tick, source.counts);
        if (open.some(({ crossedAt }) => crossedAt !== null))
          open = open.filter(({ crossedAt }) => crossedAt === null);
      }
      const ticks = runners.map(({ crossedAt }) =>
        crossedAt === null ? PERIOD_TICKS : Math.min(PERIOD_TICKS, crossedAt - cell.onsetTick + 1),
      );
      // A page before the regression is a false one; the stream says nothing about the delay.
      if (ticks.some((count) => count <= 0)) continue;
      counted += 1;
      ticks.forEach((count, at) => {
        sums[at] = (sums[at] ?? 0) + Math.log(count);
      });
    }
    sums.forEach((sum, at) => table[at]?.push((sum - (sums[0] ?? 0)) / counted));
  }
  return table;
}

function tableOf(cells: readonly Cell[], candidates: readonly Candidate[], table: number[][]): string {
  const groups = [...new Set(cells.map(({ group }) => group))];
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  return [
    line(['delay, x the document', ...groups]),
    line(['---', ...groups.map(() => '---')]),
    ...candidates.map(({ name }, at) =>
      line([
        name,
        ...groups.map((group) => {
          const values = (table[at] ?? []).filter((_, cell) => cells[cell]?.group === group);
          return Math.exp(values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3);
        }),
      ]),
    ),
  ].join('\n');
}

/** On streams without a fault the line 20 may be crossed by one stream in twenty: a line low enough for few streams to tell. */
function keepsLine(streams: number): Measure[] {
  const LINE = 20;
  return IDEAS.filter(({ topped }) => topped === 'always')
    .slice(0, 1)
    .concat(IDEAS.slice(0, 1))
    .map((idea) => {
      let crossed = 0;
      const world = quietWorld(100_000, TICKS_PER_DAY);
      for (let stream = 0; stream < streams; stream += 1) {
        const source = createSource(world, createUniform(66_000 + stream));
        const test = createIdeaTest(idea, 0, LINE);
        for (let tick = 0; tick < world.ticks && test.crossedAt === null; tick += 1) {
          source.next(tick);
          test.tick(tick, source.counts);
        }
        if (test.crossedAt !== null) crossed += 1;
      }
      return atLeast(
        `${idea.name}: chance of so many crossings of 20 at 5%`,
        chanceOfAtLeast(crossed, streams, 1 / LINE),
        '',
        0.01,
        `${crossed} of ${streams} streams of a day`,
      );
    });
}

async function run(scale: Scale): Promise<Measure[]> {
  const { isQuick, say } = scale;
  const streams = isQuick ? 2 : 60;
  const rateCells = [
    ...cellsOf(RATES, isQuick ? [100_000] : [1000, 10_000, 100_000]),
    dense('2% at 4,000/h', 0.02),
    dense('10% at 4,000/h', 0.1),
  ];
  const rateIdeas = IDEAS.map((idea) => ({
    name: idea.name,
    create: ({ effect }: Cell) =>
      createIdeaTest(
        idea,
        Math.max(
          0,
          RATE_SIGNALS.findIndex((signal) => signal === effect.signal),
        ),
        PAGE_LINE,
      ),
  }));
  const rates = compare(rateCells, rateIdeas, streams);
  say(`rates, geometric means over ${streams} streams a cell\n\n${tableOf(rateCells, rateIdeas, rates)}\n`);
  const csatCells = cellsOf(CSAT, isQuick ? [100_000] : [1000, 10_000, 100_000]);
  const csatIdeas = CSAT_IDEAS.map(({ name, settings }) => ({ name, create: () => reference(settings) }));
  const csat = compare(csatCells, csatIdeas, streams);
  say(`csat\n\n${tableOf(csatCells, csatIdeas, csat)}\n`);
  merging(scale);
  const best = rates
    .map((values, at) => ({ at, mean: values.reduce((sum, value) => sum + value, 0) / values.length }))
    .toSorted((a, b) => a.mean - b.mean)[0];
  return await Promise.resolve([
    shown(
      'best idea, delay against the document',
      Math.exp(best?.mean ?? 0),
      'x',
      IDEAS[best?.at ?? 0]?.name ?? '',
    ),
    ...keepsLine(isQuick ? 10 : 2000),
  ]);
}

export const detectionIdeas: BenchItem = {
  name: 'detection-ideas',
  title: "Detector: other choices against the document's",
  isOfSource: true,
  isOnRequest: true,
  run,
};
