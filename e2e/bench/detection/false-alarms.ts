import { quantile, type Scale } from '../bench-item.ts';
import { createWatched } from './product.ts';
import { createUniform } from './random.ts';
import { createReference } from './reference.ts';
import { plainZ, RIVALS, type Rule } from './rivals/rules.ts';
import { createLaunchTotals, createRunningTotals } from './rivals/totals.ts';
import { createSource } from './source.ts';
import { PERIOD_TICKS, quietWorld, SIGNALS, TICKS_PER_HOUR } from './world.ts';

export type Tally = { streams: number; streamsWithAny: number; episodes: number };
export type FalseAlarms = {
  readonly perHour: number;
  readonly byRule: ReadonlyMap<string, Tally>;
};

export const PRODUCT_PAGE = 'Fusebox, PAGE';
export const PRODUCT_WATCH = 'Fusebox, WATCH';
export const DOCUMENT_PAGE = "document's detector, PAGE";
export const DOCUMENT_WATCH = "document's detector, WATCH";

/** An alarm of a rule without memory is a new episode when it was off for an hour before. */
const QUIET_BETWEEN_TICKS = TICKS_PER_HOUR;

type Episodes = { readonly rule: Rule; count: number; lastOn: number };

/** Thirty days without a fault: which rules cry wolf, and how often. Rivals and the document's detector may run on fewer streams than the product. */
export function falseAlarms(
  perHour: number,
  streams: number,
  rivalStreams: number,
  { say }: Pick<Scale, 'say'>,
): FalseAlarms {
  const byRule = new Map<string, Tally>();
  const note = (name: string, episodes: number) => {
    const tally = byRule.get(name) ?? { streams: 0, streamsWithAny: 0, episodes: 0 };
    tally.streams += 1;
    tally.streamsWithAny += episodes > 0 ? 1 : 0;
    tally.episodes += episodes;
    byRule.set(name, tally);
  };
  const world = quietWorld(perHour);
  for (let stream = 0; stream < streams; stream += 1) {
    const source = createSource(world, createUniform(perHour * 1000 + stream));
    const product = createWatched();
    const reference = createReference();
    const rivals: Episodes[] = (stream < rivalStreams ? Object.values(RIVALS) : []).map((create) => ({
      rule: create(),
      count: 0,
      lastOn: Number.NEGATIVE_INFINITY,
    }));
    const totals = createRunningTotals();
    for (let tick = 0; tick < PERIOD_TICKS; tick += 1) {
      source.next(tick);
      product.tick(tick, source.counts);
      if (rivals.length === 0) continue;
      reference.tick(tick, source.counts);
      totals.add(tick, source.counts);
      for (const rival of rivals) {
        if (!rival.rule.isOn(tick, totals)) continue;
        if (tick - rival.lastOn > QUIET_BETWEEN_TICKS) rival.count += 1;
        rival.lastOn = tick;
      }
    }
    note(PRODUCT_PAGE, product.pagedAt === null ? 0 : 1);
    note(PRODUCT_WATCH, product.watchedAt === null ? 0 : 1);
    for (const { rule, count } of rivals) note(rule.name, count);
    if (rivals.length === 0) continue;
    note(DOCUMENT_PAGE, reference.pagedAt === null ? 0 : 1);
    note(DOCUMENT_WATCH, reference.watchedAt === null ? 0 : 1);
  }
  say(`${perHour}/h: ${streams} streams of 30 days without a fault (rivals: ${rivalStreams})`);
  return { perHour, byRule };
}

/** The z since launch that 1 % of `streams` streams of 30 days without a fault reach at any time, on any signal. */
export function raisedLineOf(perHour: number, streams: number): number {
  const world = quietWorld(perHour);
  const highest: number[] = [];
  for (let stream = 0; stream < streams; stream += 1) {
    const source = createSource(world, createUniform(3_000_000 + perHour * 1000 + stream));
    const totals = createLaunchTotals();
    let maxZ = 0;
    for (let tick = 0; tick < PERIOD_TICKS; tick += 1) {
      source.next(tick);
      totals.add(source.counts);
      for (let signal = 0; signal < SIGNALS.length; signal += 1)
        maxZ = Math.max(maxZ, plainZ(totals.launch, signal));
    }
    highest.push(maxZ);
  }
  return quantile(highest, 0.99);
}
