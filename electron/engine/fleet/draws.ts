import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import { createRandom } from './random.ts';

/** Length of a slice of simulated time: what happens in slice k of a prompt depends on the seed, the prompt and k alone. */
export const SLICE_MS = 1_000;

/**
 * One conversation as chance has it, before anybody knows which version will serve it. The places (0..1) are compared with the chances of
 * whatever serves it, so that the same conversation can be asked how it would have gone otherwise.
 */
export type Draw = {
  /** From the beginning of the world. */
  readonly startMs: number;
  readonly worker: number;
  readonly cohort: string;
  readonly user: number;
  readonly durationMs: number;
  readonly firstTurnMs: number;
  readonly complaintAt01: number;
  readonly safetyAt01: number;
  readonly downstreamAt01: number;
  readonly fallbackAt01: number;
  readonly hasRating: boolean;
  /** Standard normal. */
  readonly rating: number;
  readonly complaintLagMs: number;
  readonly ratingLagMs: number;
  readonly unversionedAt01: number;
  readonly textAt01: number;
  /** 32 and twice 16 hex digits. */
  readonly traceId: string;
  readonly firstSpanId: string;
  readonly lastSpanId: string;
};

/** FNV-1a over texts and numbers: seeds that have nothing to do with each other. */
export function seedOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of parts.join('\u0000')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  // FNV leaves neighbours alike in their upper bits.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0').slice(-digits);

/** Share of a day's busiest hour at an hour of the day, 0..24: quiet at night, two humps by day. */
function dayShape01(hour: number): number {
  const hump = (at: number, width: number) => Math.exp(-(((hour - at) / width) ** 2));
  return Math.min(1, 0.12 + 0.8 * hump(10.5, 2.6) + 0.75 * hump(15, 2.6));
}

/** The hour of the day at which every world begins, wherever and whenever it is played. */
const FIRST_HOUR = 9.5;

export type Draws = {
  /** The conversations that begin in slice `index`, in order. */
  of(index: number): Draw[];
};

/**
 * Chance for one prompt. Deterministic in the seed and the prompt's id; ids also say in which second of all time a conversation began, so
 * that a fleet which is started again tells of no conversation twice.
 */
export function createDraws(prompt: ScenarioPrompt, seed: number, users: number, originMs: number): Draws {
  const perSlice = (prompt.conversationsPerHour * SLICE_MS) / 3_600_000;
  const firstSecond = Math.floor(originMs / SLICE_MS);
  const promptHex = hex(seedOf(seed, prompt.id), 8);
  const seconds = (range: readonly [number, number], at01: number) =>
    1000 * (range[0] + (range[1] - range[0]) * at01);

  function cohortAt(at01: number): string {
    const total = prompt.cohorts.reduce((sum, { share01 }) => sum + share01, 0);
    let left = at01 * total;
    for (const { name, share01 } of prompt.cohorts) {
      left -= share01;
      if (left < 0) return name;
    }
    return prompt.cohorts[0]?.name ?? '';
  }

  return {
    of(index) {
      const random = createRandom(seedOf(seed, prompt.id, index));
      const hour = (FIRST_HOUR + (index * SLICE_MS) / 3_600_000) % 24;
      const count = random.poisson(prompt.hasDayShape ? perSlice * dayShape01(hour) : perSlice);
      const secondHex = hex(firstSecond + index, 8);
      const draws: Draw[] = [];
      for (let nth = 0; nth < count; nth += 1) {
        const id = `${secondHex}${hex(nth, 4)}`;
        const startMs = Math.floor((index + random.next()) * SLICE_MS);
        // Most conversations are short: the square of a uniform number leans to the left.
        const durationMs = Math.round(seconds(prompt.conversationSeconds, random.next() ** 2));
        draws.push({
          startMs,
          worker: Math.floor(random.next() * prompt.workers),
          cohort: cohortAt(random.next()),
          user: Math.floor(random.next() * users),
          durationMs,
          firstTurnMs: Math.round(Math.min(durationMs, random.between(800, 3_000))),
          complaintAt01: random.next(),
          safetyAt01: random.next(),
          downstreamAt01: random.next(),
          fallbackAt01: random.next(),
          hasRating: random.chance(prompt.csatAnswered01),
          rating: random.normal(0, 1),
          complaintLagMs: Math.round(seconds(prompt.feedbackSeconds, random.next())),
          ratingLagMs: Math.round(seconds(prompt.feedbackSeconds, random.next())),
          unversionedAt01: random.next(),
          textAt01: random.next(),
          traceId: `${promptHex}${id}${hex(seed, 8)}0001`.padEnd(32, '0'),
          firstSpanId: `${id}a${promptHex.slice(0, 3)}`,
          lastSpanId: `${id}b${promptHex.slice(0, 3)}`,
        });
      }
      return draws.toSorted((a, b) => a.startMs - b.startMs);
    },
  };
}
