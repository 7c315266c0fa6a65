import type { Scale } from '../bench-item.ts';
import { createWatched } from './product.ts';
import { createUniform } from './random.ts';
import { createReference } from './reference.ts';
import { raisedLine, RIVALS, type Rule } from './rivals/rules.ts';
import { createRunningTotals } from './rivals/totals.ts';
import { createSource } from './source.ts';
import { type Effect, PERIOD_TICKS, regressionWorld } from './world.ts';
import { DOCUMENT_PAGE, DOCUMENT_WATCH, PRODUCT_PAGE, PRODUCT_WATCH } from './false-alarms.ts';

/** Per rule the ticks from the beginning of the regression to the alarm, stream by stream; Infinity = none within 30 days, NaN = paged before. */
export type Delays = {
  readonly effect: Effect;
  readonly perHour: number;
  readonly onsetTick: number;
  readonly byRule: ReadonlyMap<string, readonly number[]>;
  /** Candidate conversations from the beginning of the regression to the product's PAGE. */
  readonly conversations: readonly number[];
};

/** Rivals asked for their delay; those that cry wolf every day are left to the table of false alarms. */
const ASKED = [RIVALS.plainLaunch, RIVALS.sequence5, RIVALS.sequence3Sigma, RIVALS.mixtureSprt];
export const RAISED = 'cumulative z, line raised to 1% A/A';

type Case = { readonly effect: Effect; readonly perHour: number; readonly onsetTick: number };
type Plan = { readonly streams: number; readonly rivalStreams: number; readonly line: number };

/** The same streams for every rule. A page of a latched rule before the regression is a false one: that stream says nothing about its delay. */
export function delays(
  { effect, perHour, onsetTick }: Case,
  plan: Plan,
  { say }: Pick<Scale, 'say'>,
): Delays {
  const byRule = new Map<string, number[]>();
  const conversations: number[] = [];
  const note = (name: string, tick: number | null) => {
    const list = byRule.get(name) ?? [];
    const isFalse = tick !== null && tick < onsetTick;
    list.push(isFalse ? Number.NaN : tick === null ? Number.POSITIVE_INFINITY : tick - onsetTick + 1);
    byRule.set(name, list);
  };
  const world = regressionWorld(effect, perHour, onsetTick);
  for (let stream = 0; stream < plan.streams; stream += 1) {
    const source = createSource(world, createUniform(900_000_000 + perHour * 1000 + stream));
    const product = createWatched();
    const reference = createReference();
    const rules: Rule[] =
      stream < plan.rivalStreams ? [...ASKED.map((create) => create()), raisedLine(plan.line)] : [];
    const firstOn = new Map<Rule, number>();
    const totals = createRunningTotals();
    let seen = 0;
    let isDone = false;
    for (let tick = 0; tick < onsetTick + PERIOD_TICKS && !isDone; tick += 1) {
      source.next(tick);
      if (product.pagedAt === null) {
        product.tick(tick, source.counts);
        if (tick >= onsetTick) seen += source.counts.candidate.conversations;
        if (product.pagedAt !== null && tick >= onsetTick) conversations.push(seen);
      }
      if (reference.pagedAt === null) reference.tick(tick, source.counts);
      if (rules.length > 0) {
        totals.add(tick, source.counts);
        if (tick >= onsetTick)
          for (const rule of rules)
            if (!firstOn.has(rule) && rule.isOn(tick, totals)) firstOn.set(rule, tick);
      }
      isDone = product.pagedAt !== null && reference.pagedAt !== null && firstOn.size === rules.length;
    }
    note(PRODUCT_PAGE, product.pagedAt);
    note(PRODUCT_WATCH, product.watchedAt);
    note(DOCUMENT_PAGE, reference.pagedAt);
    note(DOCUMENT_WATCH, reference.watchedAt);
    for (const rule of rules) note(rule.name, firstOn.get(rule) ?? null);
  }
  say(
    `${effect.name} at ${perHour}/h, ${onsetTick === 0 ? 'from launch' : 'after 24 h'}: ${plan.streams} streams`,
  );
  return { effect, perHour, onsetTick, byRule, conversations };
}

/**
 * Geometric mean of the ratio of two rules' delays, stream by stream; a delay beyond 30 days counts as 30 days for both. 1 where neither ever
 * alarms. Only streams in which both have a delay at all; NaN where there are none.
 */
export function pairedRatio(a: readonly number[] = [], b: readonly number[] = []): number {
  let pairs = 0;
  let sum = 0;
  for (let at = 0; at < Math.min(a.length, b.length); at += 1) {
    const first = a[at] ?? Number.NaN;
    const second = b[at] ?? Number.NaN;
    if (Number.isNaN(first + second) || second === 0) continue;
    pairs += 1;
    sum += Math.log(Math.min(PERIOD_TICKS, first) / Math.min(PERIOD_TICKS, second));
  }
  return Math.exp(sum / pairs);
}
