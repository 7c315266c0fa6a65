import { atLeast, atMost, type BenchItem, type Measure, median, type Scale, shown } from '../bench-item.ts';
import { type Delays, delays, pairedRatio, RAISED } from './delays.ts';
import {
  DOCUMENT_PAGE,
  type FalseAlarms,
  falseAlarms,
  PRODUCT_PAGE,
  PRODUCT_WATCH,
  raisedLineOf,
} from './false-alarms.ts';
import { chanceOfAtLeast, upperShare } from './intervals.ts';
import { PAGE_LINE } from './reference.ts';
import { RIVALS } from './rivals/rules.ts';
import { robustness, type Robustness } from './robustness.ts';
import { speed } from './speed.ts';
import { delayTable, falseAlarmTable } from './tables.ts';
import { EFFECTS, informationLimit, TICKS_PER_DAY } from './world.ts';

type Plan = {
  readonly perHour: number;
  /** Streams without a fault, and how many of them the rivals see too. */
  readonly quiet: number;
  readonly quietRivals: number;
  /** Streams with a regression, per effect and beginning. */
  readonly faulty: number;
  readonly faultyRivals: number;
};

const FULL: readonly Plan[] = [
  { perHour: 100, quiet: 200, quietRivals: 40, faulty: 16, faultyRivals: 8 },
  { perHour: 1000, quiet: 120, quietRivals: 40, faulty: 30, faultyRivals: 16 },
  { perHour: 10_000, quiet: 100, quietRivals: 40, faulty: 80, faultyRivals: 40 },
  { perHour: 100_000, quiet: 80, quietRivals: 16, faulty: 80, faultyRivals: 40 },
];
const QUICK: readonly Plan[] = [
  { perHour: 100, quiet: 4, quietRivals: 2, faulty: 0, faultyRivals: 0 },
  { perHour: 1000, quiet: 2, quietRivals: 1, faulty: 0, faultyRivals: 0 },
  { perHour: 10_000, quiet: 1, quietRivals: 1, faulty: 4, faultyRivals: 2 },
  { perHour: 100_000, quiet: 1, quietRivals: 0, faulty: 4, faultyRivals: 2 },
];
/** Streams without a fault from which the plain rule's line is fitted afterwards. */
const FITTED_ON = 100;

/** Guaranteed under the worst dependence of the signals: 4 x 0.135 % from one signal at 3 sigma, 4.6 % from two at 2 sigma. */
const PAGE_BUDGET_PERCENT = 5.14;
/** The same if the signals are independent: 0.54 % + 0.31 %. */
const PAGE_BUDGET_INDEPENDENT = 0.0085;
const WATCH_BUDGET_PERCENT = 9.1;
/** Rivals that promise no more false alarms than the product: the others buy their speed with false alarms. */
const SAME_BUDGET = [RIVALS.sequence3Sigma().name, RIVALS.mixtureSprt().name];

function falseAlarmMeasures({ perHour, byRule }: FalseAlarms): Measure[] {
  const page = byRule.get(PRODUCT_PAGE);
  const watch = byRule.get(PRODUCT_WATCH);
  if (page === undefined || watch === undefined) return [];
  const seen = ({ streamsWithAny, streams }: typeof page) => `${streamsWithAny} of ${streams} streams`;
  return [
    atMost(
      `false pages in 30 days, ${perHour}/h, upper 95% limit`,
      100 * upperShare(page.streamsWithAny, page.streams),
      '%',
      PAGE_BUDGET_PERCENT,
      seen(page),
    ),
    atLeast(
      `the same: chance of so many at 0.85%`,
      chanceOfAtLeast(page.streamsWithAny, page.streams, PAGE_BUDGET_INDEPENDENT),
      '',
      0.01,
    ),
    atMost(
      `false watches in 30 days, ${perHour}/h`,
      (100 * watch.streamsWithAny) / watch.streams,
      '%',
      WATCH_BUDGET_PERCENT,
      seen(watch),
    ),
  ];
}

const caseOf = ({ effect, perHour, onsetTick }: Delays): string =>
  `${effect.name}, ${perHour}/h, ${onsetTick === 0 ? 'from launch' : 'after 24 h'}`;

function delayMeasures(results: readonly Delays[]): Measure[] {
  const measures = results.map((result) =>
    atMost(
      caseOf(result),
      pairedRatio(result.byRule.get(PRODUCT_PAGE), result.byRule.get(DOCUMENT_PAGE)),
      '',
      1.05,
      "delay against the document's detector, same streams",
    ),
  );
  for (const rival of [...SAME_BUDGET, RAISED]) {
    const ratios = results
      .filter(({ byRule }) => (byRule.get(rival)?.length ?? 0) > 0)
      .map((result) => ({
        result,
        ratio: pairedRatio(result.byRule.get(PRODUCT_PAGE), result.byRule.get(rival)),
      }));
    const worst = ratios.toSorted((a, b) => b.ratio - a.ratio)[0];
    if (worst === undefined) continue;
    const what = `delay against ${rival}`;
    measures.push(
      shown(
        `${what}, on average`,
        Math.exp(ratios.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / ratios.length),
        '',
      ),
      rival === RAISED
        ? shown(
            `${what}, worst case`,
            worst.ratio,
            '',
            `${caseOf(worst.result)}; its line is fitted afterwards`,
          )
        : atMost(`${what}, worst case`, worst.ratio, '', 1, caseOf(worst.result)),
    );
  }
  for (const result of results) {
    if (result.perHour !== 10_000 || result.onsetTick !== 0 || result.conversations.length === 0) continue;
    const limit = informationLimit(result.effect, PAGE_LINE);
    const needed = median(result.conversations);
    measures.push(
      shown(
        `${result.effect.name}: candidate conversations to PAGE`,
        needed,
        '',
        `${(needed / limit).toFixed(2)} x the information limit of ${Math.round(limit)}`,
      ),
    );
  }
  return measures;
}

/** The split check cries wolf in at most 0.1 % of the periods of one share (evidence of 1,000). */
const SPLIT_BUDGET = 0.001;

const splitMeasures = (rows: readonly Robustness[]): Measure[] => {
  const sound = rows.filter(({ isSplitWrong }) => !isSplitWrong);
  const total = (pick: (row: Robustness) => number) => sound.reduce((sum, row) => sum + pick(row), 0);
  return [
    ...rows
      .filter(({ isSplitWrong }) => isSplitWrong)
      .map(({ name, streams, productSplits }) =>
        atLeast(`${name}: told that the split is wrong`, (100 * productSplits) / streams, '%', 95),
      ),
    atLeast(
      'right split, notices that it is wrong: chance of so many at 0.1%',
      chanceOfAtLeast(
        total(({ productSplits }) => productSplits),
        total(({ sharePeriods }) => sharePeriods),
        SPLIT_BUDGET,
      ),
      '',
      0.01,
      `${total(({ productSplits }) => productSplits)} of ${total(({ sharePeriods }) => sharePeriods)} periods`,
    ),
  ];
};

const robustnessMeasures = (rows: readonly Robustness[]): Measure[] =>
  rows.map(({ name, streams, productPages, naivePages, fooled }) =>
    atLeast(
      `${name}: chance of so many pages at 0.85%`,
      chanceOfAtLeast(productPages, streams, PAGE_BUDGET_INDEPENDENT),
      '',
      0.01,
      `${productPages} of ${streams} streams; plain rule pages in ${naivePages}` +
        (fooled === null ? '' : `, ${fooled.what} in ${fooled.pages}`),
    ),
  );

async function run(scale: Scale): Promise<Measure[]> {
  const plans = scale.isQuick ? QUICK : FULL;
  const measures = await speed(scale);
  const quiet = plans.map(({ perHour, quiet, quietRivals }) =>
    falseAlarms(perHour, quiet, quietRivals, scale),
  );
  scale.say(`false alarms without a fault\n\n${falseAlarmTable(quiet)}\n`);
  const lines = new Map(
    plans
      .filter(({ faultyRivals }) => faultyRivals > 0)
      .map(({ perHour }) => [perHour, raisedLineOf(perHour, scale.isQuick ? 2 : FITTED_ON)]),
  );
  scale.say(`line of the plain rule fitted afterwards: ${JSON.stringify([...lines])}`);
  const found = [0, TICKS_PER_DAY].flatMap((onsetTick) => {
    const results = plans
      .filter(({ faulty }) => faulty > 0)
      .flatMap(({ perHour, faulty, faultyRivals }) =>
        EFFECTS.map((effect) =>
          delays(
            { effect, perHour, onsetTick },
            { streams: faulty, rivalStreams: faultyRivals, line: lines.get(perHour) ?? 3 },
            scale,
          ),
        ),
      );
    scale.say(
      `delay to the alarm, median / p90, ${onsetTick === 0 ? 'from launch' : 'starting 24 h after launch'}\n\n${delayTable(results)}\n`,
    );
    return results;
  });
  measures.push(...quiet.flatMap(falseAlarmMeasures), ...delayMeasures(found));
  const rows = robustness(scale.isQuick ? 2 : 40, scale);
  measures.push(...robustnessMeasures(rows), ...splitMeasures(rows));
  return measures;
}

export const detection: BenchItem = {
  name: 'detection',
  title: 'Detector: false alarms, delay, robustness, speed',
  isOfSource: true,
  run,
};
