/** A source of numbers in [0, 1) that repeats for the same seed (mulberry32). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How often things go wrong with one version. Rates are shares of conversations. */
type Quality = {
  complaintRate01: number;
  safetyTripRate01: number;
  downstreamErrorRate01: number;
  csatMean: number;
  csatDeviation: number;
};

const HEALTHY: Quality = {
  complaintRate01: 0.01,
  safetyTripRate01: 0.003,
  downstreamErrorRate01: 0.003,
  csatMean: 86,
  csatDeviation: 9,
};

/** The greeting regression: customers miss being addressed, and a parser that looks for the greeting line fails. */
const GREETING_REGRESSION: Quality = {
  complaintRate01: 0.09,
  safetyTripRate01: 0.004,
  downstreamErrorRate01: 0.12,
  csatMean: 71,
  csatDeviation: 14,
};

const CSAT_ANSWER_RATE01 = 0.6;

const COHORTS = [
  { cohort: 'tenant_cohort_A', share01: 0.6 },
  { cohort: 'tenant_cohort_B', share01: 0.3 },
  { cohort: 'tenant_cohort_C', share01: 0.1 },
] as const;

export const COHORT_NAMES: readonly string[] = COHORTS.map((one) => one.cohort);

const CUSTOMERS = ['Amara', 'Bilal', 'Chiara', 'Dmitri', 'Elif', 'Farid', 'Grace', 'Hiro'] as const;
const QUESTIONS = [
  'Where is my parcel?',
  'The box arrived open. What now?',
  'Can I change the delivery address?',
  'The tracking page has not moved for three days.',
] as const;

export type Conversation = {
  cohort: string;
  durationMs: number;
  /** 0-100; null when the customer gave none. */
  csat: number | null;
  hasComplaint: boolean;
  hasSafetyTrip: boolean;
  hasDownstreamError: boolean;
  input: string;
  output: string;
};

/** Draws one conversation. `isRegressed` says whether the version that serves it behaves badly. */
export function drawConversation(random: Random, isRegressed: boolean, ticket: string): Conversation {
  const quality = isRegressed ? GREETING_REGRESSION : HEALTHY;
  const customer = pick(random, CUSTOMERS);
  const greeting = isRegressed ? '' : `Hello ${customer}, thank you for writing to us. `;
  return {
    cohort: drawCohort(random),
    durationMs: 150 + Math.round(random() * 700),
    csat: random() < CSAT_ANSWER_RATE01 ? drawScore(random, quality.csatMean, quality.csatDeviation) : null,
    hasComplaint: random() < quality.complaintRate01,
    hasSafetyTrip: random() < quality.safetyTripRate01,
    hasDownstreamError: random() < quality.downstreamErrorRate01,
    input: `This is ${customer}. ${pick(random, QUESTIONS)}`,
    output: `${greeting}Your parcel is at the depot and goes out tomorrow.\n${ticket}`,
  };
}

function drawCohort(random: Random): string {
  let left = random();
  for (const one of COHORTS) {
    left -= one.share01;
    if (left < 0) return one.cohort;
  }
  return COHORTS[0].cohort;
}

/** A normal draw (Box-Muller) cut to 0-100. */
function drawScore(random: Random, mean: number, deviation: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.round(Math.min(100, Math.max(0, mean + deviation * normal)));
}

function pick<Item>(random: Random, items: readonly [Item, ...Item[]]): Item {
  return items[Math.floor(random() * items.length)] ?? items[0];
}
