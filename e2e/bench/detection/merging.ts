import type { Scale } from '../bench-item.ts';
import { createUniform } from './random.ts';
import { createReference, DOCUMENT, PAGE_LINE, ratioFactors, WATCH_LINE } from './reference.ts';
import { createSource } from './source.ts';
import {
  BASE_CSAT,
  type Effect,
  EFFECTS,
  lowered,
  PERIOD_TICKS,
  quietWorld,
  regressionWorld,
  SOUND,
  TICK_S,
} from './world.ts';

// Merging over signals and over cohorts: the lines of the specification against averages of e-values.

type SignalRule = { readonly name: string; readonly isPage: (evidence: readonly number[]) => boolean };

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const twoAtWatch = (evidence: readonly number[]): boolean =>
  evidence.filter((e) => e >= WATCH_LINE).length >= 2;

/** Guarantee under any dependence: 5.14 %, 0.54 %, 0.54 %, 0.85 %, 5.45 %. The mean of four e-values is one, so sum >= 4 / alpha keeps alpha. */
const SIGNAL_RULES: readonly SignalRule[] = [
  {
    name: "the document's: one at 740.8, or two at 43.956",
    isPage: (evidence) => evidence.some((e) => e >= PAGE_LINE) || twoAtWatch(evidence),
  },
  { name: 'one at 740.8 only', isPage: (evidence) => evidence.some((e) => e >= PAGE_LINE) },
  { name: 'sum of four at 740.8', isPage: (evidence) => sum(evidence) >= PAGE_LINE },
  { name: 'sum of four at 470.6', isPage: (evidence) => sum(evidence) >= 4 / 0.0085 },
  {
    name: 'sum of four at 470.6, or two at 43.956',
    isPage: (evidence) => sum(evidence) >= 4 / 0.0085 || twoAtWatch(evidence),
  },
];

const BOTH: Effect = {
  name: 'complaint 0.5% to 1% with csat -1.2',
  signal: 'complaints',
  before: SOUND,
  after: { events: [0.01, 0.0005, 0.002], csat: lowered(BASE_CSAT, 1.2) },
};

type Row = { readonly name: string; readonly cells: readonly string[] };

const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;

function tableOf(head: readonly string[], rows: readonly Row[]): string {
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map(({ name, cells }) => line([name, ...cells])),
  ].join('\n');
}

function signalTable(streams: number): string {
  const effects = [...EFFECTS.filter(({ name }) => name === 'complaint 0.5% to 2%'), BOTH];
  const columns = effects.map((effect) => {
    const world = regressionWorld(effect, 10_000, 0);
    const sums = SIGNAL_RULES.map(() => 0);
    for (let stream = 0; stream < streams; stream += 1) {
      const source = createSource(world, createUniform(71_000 + stream));
      const detector = createReference();
      const paged = SIGNAL_RULES.map(() => 0);
      for (let tick = 0; tick < PERIOD_TICKS && paged.includes(0); tick += 1) {
        source.next(tick);
        detector.tick(tick, source.counts);
        const evidence = detector.evidence();
        SIGNAL_RULES.forEach((rule, at) => {
          if (paged[at] === 0 && rule.isPage(evidence)) paged[at] = tick + 1;
        });
      }
      paged.forEach((ticks, at) => {
        sums[at] = (sums[at] ?? 0) + Math.log(ticks === 0 ? PERIOD_TICKS : ticks);
      });
    }
    return sums.map((total) => Math.exp((total - (sums[0] ?? 0)) / streams).toFixed(3));
  });
  return tableOf(
    ['page rule, 10,000/h, delay x the document', ...effects.map(({ name }) => name)],
    SIGNAL_RULES.map(({ name }, at) => ({ name, cells: columns.map((column) => column[at] ?? '') })),
  );
}

const COHORTS = 20;
/** Sizes like 1/n: the largest has 28 % of the traffic. */
const SIZES = Array.from({ length: COHORTS }, (_, at) => 1 / (at + 1));
const SHARES = SIZES.map((size) => size / sum(SIZES));

type CohortRule = {
  readonly name: string;
  readonly pooled: number;
  readonly each: readonly number[];
  readonly isSummed: boolean;
};

const equally = (total: number) => SHARES.map(() => total / COHORTS);
const bySize = (total: number) => SHARES.map((share) => total * share);
const byRoot = (total: number) => {
  const roots = SHARES.map(Math.sqrt);
  return roots.map((root) => (total * root) / sum(roots));
};

const COHORT_RULES: readonly CohortRule[] = [
  { name: "the document's: all together 1/2, each 1/40", pooled: 0.5, each: equally(0.5), isSummed: false },
  { name: 'the same, weighted evidence summed', pooled: 0.5, each: equally(0.5), isSummed: true },
  { name: 'all together 3/4', pooled: 0.75, each: equally(0.25), isSummed: false },
  { name: 'all together 1/4', pooled: 0.25, each: equally(0.75), isSummed: false },
  { name: 'cohorts by traffic', pooled: 0.5, each: bySize(0.5), isSummed: false },
  { name: 'cohorts by the root of their traffic', pooled: 0.5, each: byRoot(0.5), isSummed: false },
  { name: 'by the root, summed', pooled: 0.5, each: byRoot(0.5), isSummed: true },
];

const FAULTS: readonly {
  readonly name: string;
  readonly isHit: (cohort: number) => boolean;
  readonly times: number;
}[] = [
  { name: 'all, 4x', isHit: () => true, times: 4 },
  { name: 'largest, 4x', isHit: (cohort) => cohort === 0, times: 4 },
  { name: 'third, 6x', isHit: (cohort) => cohort === 2, times: 6 },
  { name: 'tenth, 10x', isHit: (cohort) => cohort === 9, times: 10 },
  { name: 'second to fifth, 4x', isHit: (cohort) => cohort >= 1 && cohort <= 4, times: 4 },
];

const RATIOS = DOCUMENT.ratios.points;

type Evidence = { value: number; readonly stakes: Float64Array };

/** Complaints of 20 cohorts, 10,000 conversations an hour in all: the ticks to the first page by rule. */
function cohortDelays(seed: number, isHit: (cohort: number) => boolean, times: number): number[] {
  const uniform = createUniform(seed);
  const bad = { ...SOUND, events: [0.005 * times, 0.0005, 0.002] as const };
  const sources = SHARES.map((share, cohort) => {
    const world = quietWorld(10_000 * share);
    const candidate = isHit(cohort) ? bad : SOUND;
    return createSource(
      { ...world, segmentAt: (tick) => ({ ...world.segmentAt(tick), candidate }) },
      uniform,
    );
  });
  const fresh = (): Evidence => ({ value: 1, stakes: new Float64Array(RATIOS.length) });
  const pooled = fresh();
  const cohorts = SHARES.map(fresh);
  const open = SHARES.map(() => [0, 0, 0, 0]);
  let spent = 0;
  const paged = COHORT_RULES.map(() => 0);
  for (let tick = 0; tick < PERIOD_TICKS && paged.includes(0); tick += 1) {
    const due = (DOCUMENT.onset.spentAt[tick] ?? 0) - spent;
    spent += due;
    for (const { stakes } of [pooled, ...cohorts])
      for (let k = 0; k < stakes.length; k += 1) stakes[k] = (stakes[k] ?? 0) + due;
    let isChanged = false;
    sources.forEach((source, cohort) => {
      source.next(tick);
      const { candidate, control } = source.counts;
      const [mc = 0, m0 = 0, xc = 0, x0 = 0] = open[cohort] ?? [];
      const block = [
        mc + candidate.conversations,
        m0 + control.conversations,
        xc + (candidate.events[0] ?? 0),
        x0 + (control.events[0] ?? 0),
      ] as const;
      const isClosed = block[0] >= 1 && block[1] >= 1 && block[0] + block[1] >= DOCUMENT.blockUnits;
      open[cohort] = isClosed ? [0, 0, 0, 0] : [...block];
      if (!isClosed || block[2] + block[3] === 0) return;
      isChanged = true;
      const factors = ratioFactors(RATIOS, ...block);
      for (const { stakes } of [pooled, cohorts[cohort] ?? pooled])
        for (let k = 0; k < stakes.length; k += 1) stakes[k] = (stakes[k] ?? 0) * (factors[k] ?? 1);
    });
    if (!isChanged) continue;
    for (const evidence of [pooled, ...cohorts])
      evidence.value = sum([...evidence.stakes]) / RATIOS.length + 1 - spent;
    COHORT_RULES.forEach((rule, at) => {
      if (paged[at] !== 0) return;
      const weighted = [
        rule.pooled * pooled.value,
        ...cohorts.map(({ value }, n) => (rule.each[n] ?? 0) * value),
      ];
      if ((rule.isSummed ? sum(weighted) : Math.max(...weighted)) >= PAGE_LINE) paged[at] = tick + 1;
    });
  }
  return paged.map((ticks) => (ticks === 0 ? PERIOD_TICKS : ticks));
}

function cohortTable(streams: number): string {
  const columns = FAULTS.map(({ isHit, times }) => {
    const logs = COHORT_RULES.map(() => 0);
    for (let stream = 0; stream < streams; stream += 1)
      cohortDelays(83_000 + stream, isHit, times).forEach((ticks, at) => {
        logs[at] = (logs[at] ?? 0) + Math.log(ticks);
      });
    return logs.map((log, at) =>
      at === 0
        ? `1 (${Math.round((Math.exp(log / streams) * TICK_S) / 60)} min)`
        : Math.exp((log - (logs[0] ?? 0)) / streams).toFixed(3),
    );
  });
  return tableOf(
    ['cohort rule, delay x the document', ...FAULTS.map(({ name }) => name)],
    COHORT_RULES.map(({ name }, at) => ({ name, cells: columns.map((column) => column[at] ?? '') })),
  );
}

/** Says both tables. */
export function merging({ isQuick, say }: Scale): void {
  say(`over signals\n\n${signalTable(isQuick ? 3 : 100)}\n`);
  say(`over 20 cohorts\n\n${cohortTable(isQuick ? 1 : 30)}\n`);
}
