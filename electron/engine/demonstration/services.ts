/** The services of the demonstration and how their prompt versions behave. Numbers only; the texts are in texts.ts. */

export type Cohort = { readonly name: string; readonly share01: number };

/** Chances per conversation, 0..1, and the csat answers of those who answer. */
export type Behaviour = {
  readonly complaint01: number;
  readonly safety01: number;
  readonly downstream01: number;
  readonly csatMean: number;
};

export type DemoService = {
  readonly promptId: string;
  readonly service: string;
  readonly workerPrefix: string;
  readonly workers: number;
  readonly conversationsPerHour: number;
  /** null: no flag wraps this prompt and it always serves control. */
  readonly flagKey: string | null;
  readonly control: string;
  readonly candidate: string | null;
  readonly candidateShare01: number;
  readonly shas: Readonly<Record<string, string>>;
  readonly cohorts: readonly [Cohort, ...Cohort[]];
  readonly durationMs: readonly [number, number];
  readonly behaviour: Behaviour;
  /** Share of its spans that carry no version: readiness shows it. */
  readonly unversioned01: number;
};

export const SUPPORT: DemoService = {
  promptId: 'customer_support_agent',
  service: 'support-agent',
  workerPrefix: 'worker',
  workers: 48,
  conversationsPerHour: 72_000,
  flagKey: 'support_prompt_rollout',
  control: 'v17',
  candidate: 'v18',
  candidateShare01: 0.05,
  shas: { v17: '41d7e0b2c95f', v18: '9f3c1ab77e04' },
  cohorts: [
    { name: 'tenant_cohort_A', share01: 0.45 },
    { name: 'tenant_cohort_B', share01: 0.3 },
    { name: 'tenant_cohort_C', share01: 0.15 },
    { name: 'enterprise', share01: 0.1 },
  ],
  durationMs: [5_000, 45_000],
  // Complaints include thumbs down. Dense enough that a fourfold rise at 5 % of this traffic is certain within five minutes.
  behaviour: { complaint01: 0.06, safety01: 0.001, downstream01: 0.004, csatMean: 84.3 },
  unversioned01: 0,
};

export const QUIET_SERVICES: readonly DemoService[] = [
  {
    promptId: 'invoice_extractor',
    service: 'invoices',
    workerPrefix: 'invoice',
    workers: 6,
    conversationsPerHour: 2_400,
    flagKey: 'invoice_extractor_rollout',
    control: 'v4',
    candidate: 'v5',
    candidateShare01: 0.1,
    shas: { v4: 'c0ffee14aa21', v5: '5be0d91f3c77' },
    cohorts: [
      { name: 'smb', share01: 0.7 },
      { name: 'enterprise', share01: 0.3 },
    ],
    durationMs: [2_000, 12_000],
    behaviour: { complaint01: 0.004, safety01: 0.0002, downstream01: 0.01, csatMean: 88 },
    unversioned01: 0,
  },
  {
    promptId: 'planner',
    service: 'planner',
    workerPrefix: 'planner',
    workers: 4,
    conversationsPerHour: 1_800,
    flagKey: 'planner_rollout',
    control: 'v9',
    candidate: null,
    candidateShare01: 0,
    shas: { v9: 'a81b6620e3d9' },
    cohorts: [{ name: 'all_tenants', share01: 1 }],
    durationMs: [4_000, 30_000],
    behaviour: { complaint01: 0.006, safety01: 0.0005, downstream01: 0.006, csatMean: 81 },
    unversioned01: 0,
  },
  {
    promptId: 'release_notes_writer',
    service: 'release-notes',
    workerPrefix: 'notes',
    workers: 2,
    conversationsPerHour: 600,
    flagKey: null,
    control: 'v2',
    candidate: null,
    candidateShare01: 0,
    shas: {},
    cohorts: [{ name: 'internal', share01: 1 }],
    durationMs: [5_000, 25_000],
    behaviour: { complaint01: 0.003, safety01: 0.0002, downstream01: 0.003, csatMean: 79 },
    unversioned01: 0.06,
  },
];

export const SHARE_ANSWERING_CSAT01 = 0.3;
export const CSAT_DEVIATION = 14;
/** Feedback arrives this long after the conversation ended. Short, so that the journey is quick. */
export const FEEDBACK_LAG_MS: readonly [number, number] = [5_000, 45_000];

/**
 * The greeting regression, for conversations on the candidate: strongest in cohort B, whose users know the old greeting. Averaged over the
 * cohorts' shares, complaints rise to 4.1 times the control's rate. Large enough to be provable within minutes at this traffic.
 */
export function regressed(healthy: Behaviour, cohort: string): Behaviour {
  const isWorst = cohort === 'tenant_cohort_B';
  return {
    complaint01: healthy.complaint01 * (isWorst ? 6 : 3.3),
    safety01: healthy.safety01,
    downstream01: healthy.downstream01 * (isWorst ? 4.5 : 2.5),
    csatMean: healthy.csatMean - (isWorst ? 12 : 7),
  };
}
